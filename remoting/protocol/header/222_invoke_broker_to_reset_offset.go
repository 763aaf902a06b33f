// INVOKE_BROKER_TO_RESET_OFFSET (222) sets a group back or forward to a time. Tools send it. The reply's body is a
// body.ResetOffsetBody.

package header

import "github.com/plumemq/plume/remoting/protocol"

// ResetOffsetRequestHeader is the header of INVOKE_BROKER_TO_RESET_OFFSET and RESET_CONSUMER_CLIENT_OFFSET.
//
// Java: remoting.protocol.header.ResetOffsetRequestHeader (5.5.0).
type ResetOffsetRequestHeader struct {
	TopicRequestHeader
	Topic     string
	Group     string
	QueueID   protocol.NullInt32 // absent or -1: all queues
	Offset    protocol.NullInt64 // absent or -1: by the time
	Timestamp int64              // milliseconds since the Unix epoch; -1: now
	IsForce   bool               // also where the group is behind that already
}

// Fields implements protocol.CustomHeader.
func (h *ResetOffsetRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	c.String("group", &h.Group, protocol.Required)
	c.NullInt32("queueId", &h.QueueID)
	c.NullInt64("offset", &h.Offset)
	c.Int64("timestamp", &h.Timestamp, protocol.Required)
	c.Bool("isForce", &h.IsForce, protocol.Required)
	h.TopicRequestHeader.Fields(c)
}
