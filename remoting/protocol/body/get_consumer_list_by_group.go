package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// GetConsumerListByGroupResponseBody are the client ids of a group: the reply's body of 38.
//
// Java: remoting.protocol.header.GetConsumerListByGroupResponseBody (5.5.0).
type GetConsumerListByGroupResponseBody struct {
	ConsumerIDList []string
}

// Encode is the body as it goes over the wire.
func (b *GetConsumerListByGroupResponseBody) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *GetConsumerListByGroupResponseBody) Decode(data []byte) error {
	return decode("GetConsumerListByGroupResponseBody", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *GetConsumerListByGroupResponseBody) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("consumerIdList")
	w.Strings(b.ConsumerIDList)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *GetConsumerListByGroupResponseBody) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "consumerIdList":
			b.ConsumerIDList = r.Strings()
		}
	})
}
