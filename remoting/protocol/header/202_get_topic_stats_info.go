// GET_TOPIC_STATS_INFO (202) asks for the offsets of a topic's queues. Tools send it. The reply's body is a
// body.TopicStatsTable.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetTopicStatsInfoRequestHeader is the header of GET_TOPIC_STATS_INFO.
//
// Java: remoting.protocol.header.GetTopicStatsInfoRequestHeader (5.5.0).
type GetTopicStatsInfoRequestHeader struct {
	TopicRequestHeader
	Topic string
}

// Fields implements protocol.CustomHeader.
func (h *GetTopicStatsInfoRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	h.TopicRequestHeader.Fields(c)
}
