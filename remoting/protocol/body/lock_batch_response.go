package body

import (
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// LockBatchResponseBody are the queues that the client has locked now: the reply's body of 41.
//
// Java: remoting.protocol.body.LockBatchResponseBody (5.5.0).
type LockBatchResponseBody struct {
	LockOKMQSet []message.MessageQueue
}

// Encode is the body as it goes over the wire.
func (b *LockBatchResponseBody) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *LockBatchResponseBody) Decode(data []byte) error {
	return decode("LockBatchResponseBody", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *LockBatchResponseBody) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("lockOKMQSet")
	appendQueueList(w, b.LockOKMQSet)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *LockBatchResponseBody) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "lockOKMQSet":
			b.LockOKMQSet = readQueueList(r)
		}
	})
}
