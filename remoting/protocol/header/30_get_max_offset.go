// GET_MAX_OFFSET (30) asks for the end of a queue. Consumers that start from the last offset and tools send it.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetMaxOffsetRequestHeader is the header of GET_MAX_OFFSET.
//
// Java: remoting.protocol.header.GetMaxOffsetRequestHeader (5.5.0).
type GetMaxOffsetRequestHeader struct {
	TopicRequestHeader
	Topic     string
	QueueID   int32
	Committed protocol.NullBool // only what consumers can see; absent: true
}

// Fields implements protocol.CustomHeader.
func (h *GetMaxOffsetRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	c.Int32("queueId", &h.QueueID, protocol.Required)
	c.NullBool("committed", &h.Committed)
	h.TopicRequestHeader.Fields(c)
}

// GetMaxOffsetResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.GetMaxOffsetResponseHeader (5.5.0).
type GetMaxOffsetResponseHeader struct {
	Offset int64 // one behind the last message
}

// Fields implements protocol.CustomHeader.
func (h *GetMaxOffsetResponseHeader) Fields(c *protocol.FieldCodec) {
	c.Int64("offset", &h.Offset, protocol.Required)
}
