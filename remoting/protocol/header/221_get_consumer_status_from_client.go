// GET_CONSUMER_STATUS_FROM_CLIENT (221) asks a consumer for its offsets. Brokers send it, when a tool asked them to (223).
// The reply's body is a body.GetConsumerStatusBody.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetConsumerStatusRequestHeader is the header of GET_CONSUMER_STATUS_FROM_CLIENT and INVOKE_BROKER_TO_GET_CONSUMER_STATUS.
//
// Java: remoting.protocol.header.GetConsumerStatusRequestHeader (5.5.0).
type GetConsumerStatusRequestHeader struct {
	TopicRequestHeader
	Topic      string
	Group      string
	ClientAddr string // only this client
}

// Fields implements protocol.CustomHeader.
func (h *GetConsumerStatusRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	c.String("group", &h.Group, protocol.Required)
	c.String("clientAddr", &h.ClientAddr, protocol.OmitZero)
	h.TopicRequestHeader.Fields(c)
}
