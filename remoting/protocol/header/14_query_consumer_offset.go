// QUERY_CONSUMER_OFFSET (14) asks how far a group has come in a queue. Consumers send it when they are given the queue.
//
// The reply has QueryConsumerOffsetResponseHeader; QueryNotFound means that the group is new there.

package header

import "github.com/plumemq/plume/remoting/protocol"

// QueryConsumerOffsetRequestHeader is the header of QUERY_CONSUMER_OFFSET.
//
// Java: remoting.protocol.header.QueryConsumerOffsetRequestHeader (5.5.0).
type QueryConsumerOffsetRequestHeader struct {
	TopicRequestHeader
	ConsumerGroup     string
	Topic             string
	QueueID           int32
	SetZeroIfNotFound protocol.NullBool // false: a new group never starts at 0 on the broker's own decision; absent: as true
}

// Fields implements protocol.CustomHeader.
func (h *QueryConsumerOffsetRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("consumerGroup", &h.ConsumerGroup, protocol.Required)
	c.String("topic", &h.Topic, protocol.Required)
	c.Int32("queueId", &h.QueueID, protocol.Required)
	c.NullBool("setZeroIfNotFound", &h.SetZeroIfNotFound)
	h.TopicRequestHeader.Fields(c)
}

// QueryConsumerOffsetResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.QueryConsumerOffsetResponseHeader (5.5.0).
type QueryConsumerOffsetResponseHeader struct {
	Offset int64
}

// Fields implements protocol.CustomHeader.
func (h *QueryConsumerOffsetResponseHeader) Fields(c *protocol.FieldCodec) {
	c.Int64("offset", &h.Offset, protocol.Required)
}
