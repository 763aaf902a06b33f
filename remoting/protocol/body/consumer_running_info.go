package body

import (
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// ConsumerRunningInfo is a consumer's state: the reply's body of 307.
//
// Java: remoting.protocol.body.ConsumerRunningInfo (5.5.0).
type ConsumerRunningInfo struct {
	Jstack           string // the stacks of its threads, if asked for
	MQPopTable       map[message.MessageQueue]PopProcessQueueInfo
	MQTable          map[message.MessageQueue]ProcessQueueInfo
	Properties       map[string]string        // settings, and the Prop... ones
	StatusTable      map[string]ConsumeStatus // by topic
	SubscriptionSet  []heartbeat.SubscriptionData
	UserConsumerInfo map[string]string
}

// Encode is the body as it goes over the wire.
func (b *ConsumerRunningInfo) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *ConsumerRunningInfo) Decode(data []byte) error {
	return decode("ConsumerRunningInfo", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *ConsumerRunningInfo) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.OptionalString("jstack", b.Jstack)
	w.Key("mqPopTable")
	appendQueueTable(w, b.MQPopTable)
	w.Key("mqTable")
	appendQueueTable(w, b.MQTable)
	w.Key("properties")
	w.StringMap(b.Properties)
	w.Key("statusTable")
	fastjson.AppendTable(w, b.StatusTable)
	w.Key("subscriptionSet")
	fastjson.AppendList(w, b.SubscriptionSet)
	w.Key("userConsumerInfo")
	w.StringMap(b.UserConsumerInfo)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *ConsumerRunningInfo) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "jstack":
			b.Jstack = r.String()
		case "mqPopTable":
			b.MQPopTable = readQueueTable[PopProcessQueueInfo](r)
		case "mqTable":
			b.MQTable = readQueueTable[ProcessQueueInfo](r)
		case "properties":
			b.Properties = r.StringMap()
		case "statusTable":
			b.StatusTable = fastjson.ReadTable[ConsumeStatus](r)
		case "subscriptionSet":
			b.SubscriptionSet = fastjson.ReadList[heartbeat.SubscriptionData](r)
		case "userConsumerInfo":
			b.UserConsumerInfo = r.StringMap()
		}
	})
}
