package body

import (
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// LockBatchRequestBody are queues to be locked: the body of 41.
//
// Java: remoting.protocol.body.LockBatchRequestBody (5.5.0).
type LockBatchRequestBody struct {
	ClientID       string
	ConsumerGroup  string
	MQSet          []message.MessageQueue
	OnlyThisBroker bool
}

// Encode is the body as it goes over the wire.
func (b *LockBatchRequestBody) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *LockBatchRequestBody) Decode(data []byte) error {
	return decode("LockBatchRequestBody", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *LockBatchRequestBody) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.OptionalString("clientId", b.ClientID)
	w.OptionalString("consumerGroup", b.ConsumerGroup)
	w.Key("mqSet")
	appendQueueList(w, b.MQSet)
	w.BoolMember("onlyThisBroker", b.OnlyThisBroker)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *LockBatchRequestBody) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "clientId":
			b.ClientID = r.String()
		case "consumerGroup":
			b.ConsumerGroup = r.String()
		case "mqSet":
			b.MQSet = readQueueList(r)
		case "onlyThisBroker":
			b.OnlyThisBroker = r.Bool()
		}
	})
}
