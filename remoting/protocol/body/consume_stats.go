package body

import (
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// ConsumeStats is a group's progress in its queues: the reply's body of 208.
//
// Java: remoting.protocol.admin.ConsumeStats (5.5.0).
type ConsumeStats struct {
	ConsumeTPS  float64 // messages per second
	OffsetTable map[message.MessageQueue]OffsetWrapper
}

// Encode is the body as it goes over the wire.
func (b *ConsumeStats) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *ConsumeStats) Decode(data []byte) error { return decode("ConsumeStats", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *ConsumeStats) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.DoubleMember("consumeTps", b.ConsumeTPS)
	w.Key("offsetTable")
	appendQueueTable(w, b.OffsetTable)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *ConsumeStats) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "consumeTps":
			b.ConsumeTPS = r.Float64()
		case "offsetTable":
			b.OffsetTable = readQueueTable[OffsetWrapper](r)
		}
	})
}
