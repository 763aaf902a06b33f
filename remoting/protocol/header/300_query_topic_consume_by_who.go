// QUERY_TOPIC_CONSUME_BY_WHO (300) asks for the consumer groups of a topic. Tools send it. The reply's body is a
// body.GroupList.

package header

import "github.com/plumemq/plume/remoting/protocol"

// QueryTopicConsumeByWhoRequestHeader is the header of QUERY_TOPIC_CONSUME_BY_WHO.
//
// Java: remoting.protocol.header.QueryTopicConsumeByWhoRequestHeader (5.5.0).
type QueryTopicConsumeByWhoRequestHeader struct {
	TopicRequestHeader
	Topic string
}

// Fields implements protocol.CustomHeader.
func (h *QueryTopicConsumeByWhoRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	h.TopicRequestHeader.Fields(c)
}
