// GET_PRODUCER_CONNECTION_LIST (204) asks for the clients of a producer group. Tools send it. The reply's body is a
// body.ProducerConnection.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetProducerConnectionListRequestHeader is the header of GET_PRODUCER_CONNECTION_LIST.
//
// Java: remoting.protocol.header.GetProducerConnectionListRequestHeader (5.5.0).
type GetProducerConnectionListRequestHeader struct {
	RPCRequestHeader
	ProducerGroup string
}

// Fields implements protocol.CustomHeader.
func (h *GetProducerConnectionListRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("producerGroup", &h.ProducerGroup, protocol.Required)
	h.RPCRequestHeader.Fields(c)
}
