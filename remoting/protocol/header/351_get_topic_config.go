// GET_TOPIC_CONFIG (351) asks a broker for one topic. Tools send it. The reply's body is a body.TopicConfig; TopicNotExist
// if there is none.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetTopicConfigRequestHeader is the header of GET_TOPIC_CONFIG.
//
// Java: remoting.protocol.header.GetTopicConfigRequestHeader (5.5.0).
type GetTopicConfigRequestHeader struct {
	TopicRequestHeader
	Topic string
}

// Fields implements protocol.CustomHeader.
func (h *GetTopicConfigRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	h.TopicRequestHeader.Fields(c)
}
