package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// ProducerTableInfo are all producers of a broker, by group: the reply's body of 328.
//
// Java: remoting.protocol.body.ProducerTableInfo (5.5.0).
type ProducerTableInfo struct {
	Data map[string][]ProducerInfo
}

// Encode is the body as it goes over the wire.
func (b *ProducerTableInfo) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *ProducerTableInfo) Decode(data []byte) error { return decode("ProducerTableInfo", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *ProducerTableInfo) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("data")
	w.BeginObject()
	for _, key := range fastjson.SortedKeys(b.Data) {
		w.Key(key)
		fastjson.AppendList(w, b.Data[key])
	}
	w.EndObject()
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *ProducerTableInfo) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "data":
			b.Data = make(map[string][]ProducerInfo)
			var key string
			r.Entries(func() { key = r.String() }, func() { b.Data[key] = fastjson.ReadList[ProducerInfo](r) })
		}
	})
}
