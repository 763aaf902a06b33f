package body

import (
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// ResetOffsetBody are the offsets at which a group is to go on: the body of 220 and the reply's of 222.
//
// Java: remoting.protocol.body.ResetOffsetBody (5.5.0).
type ResetOffsetBody struct {
	OffsetTable map[message.MessageQueue]int64
}

// Encode is the body as it goes over the wire.
func (b *ResetOffsetBody) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *ResetOffsetBody) Decode(data []byte) error { return decode("ResetOffsetBody", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *ResetOffsetBody) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("offsetTable")
	appendQueueOffsets(w, b.OffsetTable)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *ResetOffsetBody) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "offsetTable":
			b.OffsetTable = readQueueOffsets(r)
		}
	})
}
