package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// OffsetWrapper is a group's progress in a queue.
//
// Java: remoting.protocol.admin.OffsetWrapper (5.5.0).
type OffsetWrapper struct {
	BrokerOffset   int64 // one behind the last message
	ConsumerOffset int64 // the next message to consume
	LastTimestamp  int64 // of the last message consumed, milliseconds since the Unix epoch
	PullOffset     int64 // the next message to pull
}

// Encode is the body as it goes over the wire.
func (b *OffsetWrapper) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *OffsetWrapper) Decode(data []byte) error { return decode("OffsetWrapper", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *OffsetWrapper) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.IntMember("brokerOffset", b.BrokerOffset)
	w.IntMember("consumerOffset", b.ConsumerOffset)
	w.IntMember("lastTimestamp", b.LastTimestamp)
	w.IntMember("pullOffset", b.PullOffset)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *OffsetWrapper) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "brokerOffset":
			b.BrokerOffset = r.Int64()
		case "consumerOffset":
			b.ConsumerOffset = r.Int64()
		case "lastTimestamp":
			b.LastTimestamp = r.Int64()
		case "pullOffset":
			b.PullOffset = r.Int64()
		}
	})
}
