// UPDATE_CONSUMER_OFFSET (15) says how far a group has come in a queue. Consumers send it every 5 s for each queue that
// moved, one-way in Java; tools send it too.
//
// The reply has no header.

package header

import "github.com/plumemq/plume/remoting/protocol"

// UpdateConsumerOffsetRequestHeader is the header of UPDATE_CONSUMER_OFFSET.
//
// Java: remoting.protocol.header.UpdateConsumerOffsetRequestHeader (5.5.0).
type UpdateConsumerOffsetRequestHeader struct {
	TopicRequestHeader
	ConsumerGroup string
	Topic         string
	QueueID       int32
	CommitOffset  int64 // the next message to consume
}

// Fields implements protocol.CustomHeader.
func (h *UpdateConsumerOffsetRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("consumerGroup", &h.ConsumerGroup, protocol.Required)
	c.String("topic", &h.Topic, protocol.Required)
	c.Int32("queueId", &h.QueueID, protocol.Required)
	c.Int64("commitOffset", &h.CommitOffset, protocol.Required)
	h.TopicRequestHeader.Fields(c)
}
