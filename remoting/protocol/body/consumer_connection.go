package body

import (
	"github.com/plumemq/plume/remoting/protocol/fastjson"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// ConsumerConnection are the clients and subscriptions of a consumer group: the reply's body of 203.
//
// Java: remoting.protocol.body.ConsumerConnection (5.5.0).
type ConsumerConnection struct {
	ConnectionSet     []Connection
	ConsumeFromWhere  heartbeat.ConsumeFromWhere
	ConsumeType       heartbeat.ConsumeType
	MessageModel      heartbeat.MessageModel
	SubscriptionTable map[string]heartbeat.SubscriptionData // by topic
}

// Encode is the body as it goes over the wire.
func (b *ConsumerConnection) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *ConsumerConnection) Decode(data []byte) error { return decode("ConsumerConnection", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *ConsumerConnection) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("connectionSet")
	fastjson.AppendList(w, b.ConnectionSet)
	w.OptionalString("consumeFromWhere", string(b.ConsumeFromWhere))
	w.OptionalString("consumeType", string(b.ConsumeType))
	w.OptionalString("messageModel", string(b.MessageModel))
	w.Key("subscriptionTable")
	fastjson.AppendTable(w, b.SubscriptionTable)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *ConsumerConnection) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "connectionSet":
			b.ConnectionSet = fastjson.ReadList[Connection](r)
		case "consumeFromWhere":
			b.ConsumeFromWhere = heartbeat.ConsumeFromWhere(r.String())
		case "consumeType":
			b.ConsumeType = heartbeat.ConsumeType(r.String())
		case "messageModel":
			b.MessageModel = heartbeat.MessageModel(r.String())
		case "subscriptionTable":
			b.SubscriptionTable = fastjson.ReadTable[heartbeat.SubscriptionData](r)
		}
	})
}
