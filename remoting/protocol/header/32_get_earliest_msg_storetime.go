// GET_EARLIEST_MSG_STORETIME (32) asks when the first message of a queue was stored. Tools send it.

package header

import "github.com/plumemq/plume/remoting/protocol"

// GetEarliestMsgStoretimeRequestHeader is the header of GET_EARLIEST_MSG_STORETIME.
//
// Java: remoting.protocol.header.GetEarliestMsgStoretimeRequestHeader (5.5.0).
type GetEarliestMsgStoretimeRequestHeader struct {
	TopicRequestHeader
	Topic   string
	QueueID int32
}

// Fields implements protocol.CustomHeader.
func (h *GetEarliestMsgStoretimeRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	c.Int32("queueId", &h.QueueID, protocol.Required)
	h.TopicRequestHeader.Fields(c)
}

// GetEarliestMsgStoretimeResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.GetEarliestMsgStoretimeResponseHeader (5.5.0).
type GetEarliestMsgStoretimeResponseHeader struct {
	Timestamp int64 // milliseconds since the Unix epoch
}

// Fields implements protocol.CustomHeader.
func (h *GetEarliestMsgStoretimeResponseHeader) Fields(c *protocol.FieldCodec) {
	c.Int64("timestamp", &h.Timestamp, protocol.Required)
}
