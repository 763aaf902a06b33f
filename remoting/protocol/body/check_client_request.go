package body

import (
	"github.com/plumemq/plume/remoting/protocol/fastjson"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// CheckClientRequestBody is a subscription to be checked: the body of 46.
//
// Java: remoting.protocol.body.CheckClientRequestBody (5.5.0).
type CheckClientRequestBody struct {
	ClientID         string
	Group            string
	Namespace        string
	SubscriptionData heartbeat.SubscriptionData
}

// Encode is the body as it goes over the wire.
func (b *CheckClientRequestBody) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *CheckClientRequestBody) Decode(data []byte) error {
	return decode("CheckClientRequestBody", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *CheckClientRequestBody) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.OptionalString("clientId", b.ClientID)
	w.OptionalString("group", b.Group)
	w.OptionalString("namespace", b.Namespace)
	w.Key("subscriptionData")
	b.SubscriptionData.AppendJSON(w)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *CheckClientRequestBody) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "clientId":
			b.ClientID = r.String()
		case "group":
			b.Group = r.String()
		case "namespace":
			b.Namespace = r.String()
		case "subscriptionData":
			b.SubscriptionData.ReadJSON(r)
		}
	})
}
