package body

import (
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// GetConsumerStatusBody are the offsets that clients of a group have in memory: the reply's body of 221 and 223.
//
// Java: remoting.protocol.body.GetConsumerStatusBody (5.5.0).
type GetConsumerStatusBody struct {
	ConsumerTable     map[string]map[message.MessageQueue]int64 // by client id
	MessageQueueTable map[message.MessageQueue]int64
}

// Encode is the body as it goes over the wire.
func (b *GetConsumerStatusBody) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *GetConsumerStatusBody) Decode(data []byte) error {
	return decode("GetConsumerStatusBody", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *GetConsumerStatusBody) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("consumerTable")
	w.BeginObject()
	for _, key := range fastjson.SortedKeys(b.ConsumerTable) {
		w.Key(key)
		appendQueueOffsets(w, b.ConsumerTable[key])
	}
	w.EndObject()
	w.Key("messageQueueTable")
	appendQueueOffsets(w, b.MessageQueueTable)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *GetConsumerStatusBody) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "consumerTable":
			b.ConsumerTable = make(map[string]map[message.MessageQueue]int64)
			var key string
			r.Entries(func() { key = r.String() }, func() { b.ConsumerTable[key] = readQueueOffsets(r) })
		case "messageQueueTable":
			b.MessageQueueTable = readQueueOffsets(r)
		}
	})
}
