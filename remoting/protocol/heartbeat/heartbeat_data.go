package heartbeat

import (
	"fmt"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// HeartbeatData is the body of HEART_BEAT.
//
// Java: remoting.protocol.heartbeat.HeartbeatData (5.5.0).
type HeartbeatData struct {
	ClientID        string
	ProducerDataSet []ProducerData
	ConsumerDataSet []ConsumerData
	// HeartbeatFingerprint stands for the subscriptions where the broker supports that; 0 for a plain heartbeat.
	HeartbeatFingerprint int32
	// WithoutSub says that the subscriptions are left out: the broker has them by the fingerprint.
	WithoutSub bool
}

// ProducerData is a group that the client sends for.
//
// Java: remoting.protocol.heartbeat.ProducerData (5.5.0).
type ProducerData struct{ GroupName string }

// ConsumerData is a group that the client consumes for.
//
// Java: remoting.protocol.heartbeat.ConsumerData (5.5.0).
type ConsumerData struct {
	GroupName           string
	ConsumeType         ConsumeType
	MessageModel        MessageModel
	ConsumeFromWhere    ConsumeFromWhere
	SubscriptionDataSet []SubscriptionData
	UnitMode            bool
}

// Encode is the body as it goes over the wire.
func (d *HeartbeatData) Encode() []byte { return fastjson.Marshal(d) }

// Decode reads a body. It keeps nothing of data.
func (d *HeartbeatData) Decode(data []byte) error {
	if err := fastjson.Unmarshal(data, d); err != nil {
		return fmt.Errorf("heartbeat: %w", err)
	}
	return nil
}

// AppendJSON implements fastjson.Appender.
func (d *HeartbeatData) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.OptionalString("clientID", d.ClientID)
	w.Key("consumerDataSet")
	fastjson.AppendList(w, d.ConsumerDataSet)
	w.IntMember("heartbeatFingerprint", int64(d.HeartbeatFingerprint))
	w.Key("producerDataSet")
	fastjson.AppendList(w, d.ProducerDataSet)
	w.BoolMember("withoutSub", d.WithoutSub)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (d *HeartbeatData) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "clientID":
			d.ClientID = r.String()
		case "consumerDataSet":
			d.ConsumerDataSet = fastjson.ReadList[ConsumerData](r)
		case "heartbeatFingerprint":
			d.HeartbeatFingerprint = r.Int32()
		case "producerDataSet":
			d.ProducerDataSet = fastjson.ReadList[ProducerData](r)
		case "withoutSub":
			d.WithoutSub = r.Bool()
		}
	})
}

// AppendJSON implements fastjson.Appender.
func (p *ProducerData) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.OptionalString("groupName", p.GroupName)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (p *ProducerData) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		if name == "groupName" {
			p.GroupName = r.String()
		}
	})
}

// AppendJSON implements fastjson.Appender.
func (c *ConsumerData) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.OptionalString("consumeFromWhere", string(c.ConsumeFromWhere))
	w.OptionalString("consumeType", string(c.ConsumeType))
	w.OptionalString("groupName", c.GroupName)
	w.OptionalString("messageModel", string(c.MessageModel))
	w.Key("subscriptionDataSet")
	fastjson.AppendList(w, c.SubscriptionDataSet)
	w.BoolMember("unitMode", c.UnitMode)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (c *ConsumerData) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "consumeFromWhere":
			c.ConsumeFromWhere = enum[ConsumeFromWhere](r.String())
		case "consumeType":
			c.ConsumeType = enum[ConsumeType](r.String())
		case "groupName":
			c.GroupName = r.String()
		case "messageModel":
			c.MessageModel = enum[MessageModel](r.String())
		case "subscriptionDataSet":
			c.SubscriptionDataSet = fastjson.ReadList[SubscriptionData](r)
		case "unitMode":
			c.UnitMode = r.Bool()
		}
	})
}
