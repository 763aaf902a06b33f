// DELETE_TOPIC_IN_BROKER (215) deletes a topic on a broker. Tools send it. The reply has no header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// DeleteTopicRequestHeader is the header of DELETE_TOPIC_IN_BROKER.
//
// Java: remoting.protocol.header.DeleteTopicRequestHeader (5.5.0).
type DeleteTopicRequestHeader struct {
	TopicRequestHeader
	Topic string
}

// Fields implements protocol.CustomHeader.
func (h *DeleteTopicRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	h.TopicRequestHeader.Fields(c)
}
