package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// ProducerConnection are the clients of a producer group: the reply's body of 204.
//
// Java: remoting.protocol.body.ProducerConnection (5.5.0).
type ProducerConnection struct {
	ConnectionSet []Connection
}

// Encode is the body as it goes over the wire.
func (b *ProducerConnection) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *ProducerConnection) Decode(data []byte) error { return decode("ProducerConnection", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *ProducerConnection) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("connectionSet")
	fastjson.AppendList(w, b.ConnectionSet)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *ProducerConnection) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "connectionSet":
			b.ConnectionSet = fastjson.ReadList[Connection](r)
		}
	})
}
