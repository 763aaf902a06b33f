package body

import (
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// UnlockBatchRequestBody are queues to be given back: the body of 42.
//
// Java: remoting.protocol.body.UnlockBatchRequestBody (5.5.0).
type UnlockBatchRequestBody struct {
	ClientID       string
	ConsumerGroup  string
	MQSet          []message.MessageQueue
	OnlyThisBroker bool
}

// Encode is the body as it goes over the wire.
func (b *UnlockBatchRequestBody) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *UnlockBatchRequestBody) Decode(data []byte) error {
	return decode("UnlockBatchRequestBody", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *UnlockBatchRequestBody) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.OptionalString("clientId", b.ClientID)
	w.OptionalString("consumerGroup", b.ConsumerGroup)
	w.Key("mqSet")
	appendQueueList(w, b.MQSet)
	w.BoolMember("onlyThisBroker", b.OnlyThisBroker)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *UnlockBatchRequestBody) ReadJSON(r *fastjson.Reader) {
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
