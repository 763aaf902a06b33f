package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// TopicOffset is the extent of a queue.
//
// Java: remoting.protocol.admin.TopicOffset (5.5.0).
type TopicOffset struct {
	LastUpdateTimestamp int64 // of the last message, milliseconds since the Unix epoch; 0 where there is none
	MaxOffset           int64 // one behind the last message
	MinOffset           int64
}

// Encode is the body as it goes over the wire.
func (b *TopicOffset) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *TopicOffset) Decode(data []byte) error { return decode("TopicOffset", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *TopicOffset) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.IntMember("lastUpdateTimestamp", b.LastUpdateTimestamp)
	w.IntMember("maxOffset", b.MaxOffset)
	w.IntMember("minOffset", b.MinOffset)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *TopicOffset) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "lastUpdateTimestamp":
			b.LastUpdateTimestamp = r.Int64()
		case "maxOffset":
			b.MaxOffset = r.Int64()
		case "minOffset":
			b.MinOffset = r.Int64()
		}
	})
}
