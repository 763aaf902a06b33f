package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// KVTable is a table of strings: the reply's body of 28, 103 and 219.
//
// Java: remoting.protocol.body.KVTable (5.5.0).
type KVTable struct {
	Table map[string]string
}

// Encode is the body as it goes over the wire.
func (b *KVTable) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *KVTable) Decode(data []byte) error { return decode("KVTable", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *KVTable) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("table")
	w.StringMap(b.Table)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *KVTable) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "table":
			b.Table = r.StringMap()
		}
	})
}
