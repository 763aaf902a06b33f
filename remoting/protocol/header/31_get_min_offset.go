// GET_MIN_OFFSET (31) asks for the beginning of a queue. Tools send it, and consumers before they reset an offset.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetMinOffsetRequestHeader is the header of GET_MIN_OFFSET.
//
// Java: remoting.protocol.header.GetMinOffsetRequestHeader (5.5.0).
type GetMinOffsetRequestHeader struct {
	TopicRequestHeader
	Topic   string
	QueueID int32
}

// Fields implements protocol.CustomHeader.
func (h *GetMinOffsetRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	c.Int32("queueId", &h.QueueID, protocol.Required)
	h.TopicRequestHeader.Fields(c)
}

// GetMinOffsetResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.GetMinOffsetResponseHeader (5.5.0).
type GetMinOffsetResponseHeader struct {
	Offset int64 // of the first message that is still there
}

// Fields implements protocol.CustomHeader.
func (h *GetMinOffsetResponseHeader) Fields(c *protocol.FieldCodec) {
	c.Int64("offset", &h.Offset, protocol.Required)
}
