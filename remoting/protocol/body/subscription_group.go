package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// SubscriptionGroupConfig is one consumer group on a broker: the body of 200 and the reply's of 352.
//
// Java: remoting.protocol.subscription.SubscriptionGroupConfig (5.5.0).
type SubscriptionGroupConfig struct {
	Attributes                     map[string]string
	BrokerID                       int64
	ConsumeBroadcastEnable         bool
	ConsumeEnable                  bool
	ConsumeFromMinEnable           bool
	ConsumeMessageOrderly          bool
	ConsumeTimeoutMinute           int32
	GroupName                      string
	GroupRetryPolicy               GroupRetryPolicy
	GroupSysFlag                   int32
	NotifyConsumerIDsChangedEnable bool
	RetryMaxTimes                  int32 // after so many attempts a message goes to the dead letters
	RetryQueueNums                 int32
	SubscriptionDataSet            []SimpleSubscriptionData
	WhichBrokerWhenConsumeSlowly   int64
}

// NewSubscriptionGroupConfig is a group with Apache's defaults.
func NewSubscriptionGroupConfig(name string) SubscriptionGroupConfig {
	return SubscriptionGroupConfig{
		GroupName: name, ConsumeEnable: true, ConsumeFromMinEnable: true, ConsumeBroadcastEnable: true, RetryQueueNums: 1,
		RetryMaxTimes: 16, GroupRetryPolicy: GroupRetryPolicy{Type: RetryCustomized}, WhichBrokerWhenConsumeSlowly: 1,
		NotifyConsumerIDsChangedEnable: true, ConsumeTimeoutMinute: 15,
	}
}

// Encode is the body as it goes over the wire.
func (b *SubscriptionGroupConfig) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *SubscriptionGroupConfig) Decode(data []byte) error {
	return decode("SubscriptionGroupConfig", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *SubscriptionGroupConfig) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("attributes")
	w.StringMap(b.Attributes)
	w.IntMember("brokerId", b.BrokerID)
	w.BoolMember("consumeBroadcastEnable", b.ConsumeBroadcastEnable)
	w.BoolMember("consumeEnable", b.ConsumeEnable)
	w.BoolMember("consumeFromMinEnable", b.ConsumeFromMinEnable)
	w.BoolMember("consumeMessageOrderly", b.ConsumeMessageOrderly)
	w.IntMember("consumeTimeoutMinute", int64(b.ConsumeTimeoutMinute))
	w.OptionalString("groupName", b.GroupName)
	w.Key("groupRetryPolicy")
	b.GroupRetryPolicy.AppendJSON(w)
	w.IntMember("groupSysFlag", int64(b.GroupSysFlag))
	w.BoolMember("notifyConsumerIdsChangedEnable", b.NotifyConsumerIDsChangedEnable)
	w.IntMember("retryMaxTimes", int64(b.RetryMaxTimes))
	w.IntMember("retryQueueNums", int64(b.RetryQueueNums))
	if b.SubscriptionDataSet != nil {
		w.Key("subscriptionDataSet")
		fastjson.AppendList(w, b.SubscriptionDataSet)
	}
	w.IntMember("whichBrokerWhenConsumeSlowly", b.WhichBrokerWhenConsumeSlowly)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable. Absent members are those of NewSubscriptionGroupConfig.
func (b *SubscriptionGroupConfig) ReadJSON(r *fastjson.Reader) {
	*b = NewSubscriptionGroupConfig("")
	r.Object(func(name string) {
		switch name {
		case "attributes":
			b.Attributes = r.StringMap()
		case "groupName":
			b.GroupName = r.String()
		case "groupRetryPolicy":
			b.GroupRetryPolicy.ReadJSON(r)
		case "subscriptionDataSet":
			b.SubscriptionDataSet = fastjson.ReadList[SimpleSubscriptionData](r)
		default:
			b.readSwitch(name, r)
			b.readNumber(name, r)
		}
	})
}

func (b *SubscriptionGroupConfig) readSwitch(name string, r *fastjson.Reader) {
	switch name {
	case "consumeBroadcastEnable":
		b.ConsumeBroadcastEnable = r.Bool()
	case "consumeEnable":
		b.ConsumeEnable = r.Bool()
	case "consumeFromMinEnable":
		b.ConsumeFromMinEnable = r.Bool()
	case "consumeMessageOrderly":
		b.ConsumeMessageOrderly = r.Bool()
	case "notifyConsumerIdsChangedEnable":
		b.NotifyConsumerIDsChangedEnable = r.Bool()
	}
}

func (b *SubscriptionGroupConfig) readNumber(name string, r *fastjson.Reader) {
	switch name {
	case "brokerId":
		b.BrokerID = r.Int64()
	case "consumeTimeoutMinute":
		b.ConsumeTimeoutMinute = r.Int32()
	case "groupSysFlag":
		b.GroupSysFlag = r.Int32()
	case "retryMaxTimes":
		b.RetryMaxTimes = r.Int32()
	case "retryQueueNums":
		b.RetryQueueNums = r.Int32()
	case "whichBrokerWhenConsumeSlowly":
		b.WhichBrokerWhenConsumeSlowly = r.Int64()
	}
}

// SimpleSubscriptionData is a subscription that is part of its group's configuration.
//
// Java: remoting.protocol.subscription.SimpleSubscriptionData (5.5.0).
type SimpleSubscriptionData struct {
	Expression     string
	ExpressionType string
	Topic          string
	Version        int64
}

// AppendJSON implements fastjson.Appender.
func (b *SimpleSubscriptionData) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.OptionalString("expression", b.Expression)
	w.OptionalString("expressionType", b.ExpressionType)
	w.OptionalString("topic", b.Topic)
	w.IntMember("version", b.Version)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *SimpleSubscriptionData) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "expression":
			b.Expression = r.String()
		case "expressionType":
			b.ExpressionType = r.String()
		case "topic":
			b.Topic = r.String()
		case "version":
			b.Version = r.Int64()
		}
	})
}
