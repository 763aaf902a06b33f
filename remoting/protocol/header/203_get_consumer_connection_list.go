// GET_CONSUMER_CONNECTION_LIST (203) asks for the clients and subscriptions of a consumer group. Tools send it. The
// reply's body is a body.ConsumerConnection; ConsumerNotOnline if there are none.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetConsumerConnectionListRequestHeader is the header of GET_CONSUMER_CONNECTION_LIST.
//
// Java: remoting.protocol.header.GetConsumerConnectionListRequestHeader (5.5.0).
type GetConsumerConnectionListRequestHeader struct {
	RPCRequestHeader
	ConsumerGroup string
}

// Fields implements protocol.CustomHeader.
func (h *GetConsumerConnectionListRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("consumerGroup", &h.ConsumerGroup, protocol.Required)
	h.RPCRequestHeader.Fields(c)
}
