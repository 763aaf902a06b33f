// UNREGISTER_CLIENT (35) takes a client out of a group. Clients send it when they shut down, once for each group. The
// reply has no header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// UnregisterClientRequestHeader is the header of UNREGISTER_CLIENT.
//
// Java: remoting.protocol.header.UnregisterClientRequestHeader (5.5.0).
type UnregisterClientRequestHeader struct {
	RPCRequestHeader
	ClientID      string
	ProducerGroup string
	ConsumerGroup string
}

// Fields implements protocol.CustomHeader.
func (h *UnregisterClientRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("clientID", &h.ClientID, protocol.Required)
	c.String("producerGroup", &h.ProducerGroup, protocol.OmitZero)
	c.String("consumerGroup", &h.ConsumerGroup, protocol.OmitZero)
	h.RPCRequestHeader.Fields(c)
}
