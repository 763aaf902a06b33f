// GET_CONSUME_STATS (208) asks how far a group has come in its queues. Tools send it. The reply's body is a
// body.ConsumeStats.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetConsumeStatsRequestHeader is the header of GET_CONSUME_STATS.
//
// Java: remoting.protocol.header.GetConsumeStatsRequestHeader (5.5.0).
type GetConsumeStatsRequestHeader struct {
	TopicRequestHeader
	ConsumerGroup string
	Topic         string // absent: all topics of the group
	TopicList     string // several topics with semicolons between (5.5)
}

// Fields implements protocol.CustomHeader.
func (h *GetConsumeStatsRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("consumerGroup", &h.ConsumerGroup, protocol.Required)
	c.String("topic", &h.Topic, protocol.OmitZero)
	c.String("topicList", &h.TopicList, protocol.OmitZero)
	h.TopicRequestHeader.Fields(c)
}
