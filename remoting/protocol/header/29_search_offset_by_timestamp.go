// SEARCH_OFFSET_BY_TIMESTAMP (29) asks for the message of a queue that was stored at a time. Consumers that start from a
// timestamp and tools send it.

package header

import "github.com/plumemq/plume/remoting/protocol"

// SearchOffsetRequestHeader is the header of SEARCH_OFFSET_BY_TIMESTAMP.
//
// Java: remoting.protocol.header.SearchOffsetRequestHeader (5.5.0).
type SearchOffsetRequestHeader struct {
	TopicRequestHeader
	Topic        string
	LiteTopic    string // for lite topics (5.5)
	QueueID      int32
	Timestamp    int64  // milliseconds since the Unix epoch
	BoundaryType string // BoundaryLower or BoundaryUpper; absent: lower
}

// Fields implements protocol.CustomHeader.
func (h *SearchOffsetRequestHeader) Fields(c *protocol.FieldCodec) {
	c.String("topic", &h.Topic, protocol.Required)
	c.String("liteTopic", &h.LiteTopic, protocol.OmitZero)
	c.Int32("queueId", &h.QueueID, protocol.Required)
	c.Int64("timestamp", &h.Timestamp, protocol.Required)
	c.String("boundaryType", &h.BoundaryType, protocol.OmitZero)
	h.TopicRequestHeader.Fields(c)
}

// SearchOffsetResponseHeader is the header of its reply.
//
// Java: remoting.protocol.header.SearchOffsetResponseHeader (5.5.0).
type SearchOffsetResponseHeader struct {
	Offset int64
}

// Fields implements protocol.CustomHeader.
func (h *SearchOffsetResponseHeader) Fields(c *protocol.FieldCodec) {
	c.Int64("offset", &h.Offset, protocol.Required)
}

// The values of SearchOffsetRequestHeader.BoundaryType, which says what is meant where several messages, or none, have that time.
//
// Java: common.BoundaryType (5.5.0).
const (
	BoundaryLower = "LOWER" // the first of them, or the next later one
	BoundaryUpper = "UPPER" // the last of them, or the next earlier one
)
