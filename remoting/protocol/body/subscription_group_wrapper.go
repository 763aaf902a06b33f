package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// SubscriptionGroupWrapper are a broker's consumer groups: the reply's body of 201, and config/subscriptionGroup.json.
//
// Java: remoting.protocol.body.SubscriptionGroupWrapper (5.5.0).
type SubscriptionGroupWrapper struct {
	DataVersion            DataVersion
	ForbiddenTable         map[string]map[string]int32 // by group and topic
	SubscriptionGroupTable map[string]SubscriptionGroupConfig
}

// Encode is the body as it goes over the wire.
func (b *SubscriptionGroupWrapper) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body or a file. It keeps nothing of data.
func (b *SubscriptionGroupWrapper) Decode(data []byte) error {
	return decode("SubscriptionGroupWrapper", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *SubscriptionGroupWrapper) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("dataVersion")
	b.DataVersion.AppendJSON(w)
	w.Key("forbiddenTable")
	w.BeginObject()
	for _, group := range fastjson.SortedKeys(b.ForbiddenTable) {
		topics := b.ForbiddenTable[group]
		w.Key(group)
		w.BeginObject()
		for _, topic := range fastjson.SortedKeys(topics) {
			w.IntMember(topic, int64(topics[topic]))
		}
		w.EndObject()
	}
	w.EndObject()
	w.Key("subscriptionGroupTable")
	fastjson.AppendTable(w, b.SubscriptionGroupTable)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *SubscriptionGroupWrapper) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "dataVersion":
			b.DataVersion.ReadJSON(r)
		case "forbiddenTable":
			b.ForbiddenTable = readForbiddenTable(r)
		case "subscriptionGroupTable":
			b.SubscriptionGroupTable = fastjson.ReadTable[SubscriptionGroupConfig](r)
		}
	})
}

func readForbiddenTable(r *fastjson.Reader) map[string]map[string]int32 {
	table := make(map[string]map[string]int32)
	var group, topic string
	r.Entries(func() { group = r.String() }, func() {
		topics := make(map[string]int32)
		r.Entries(func() { topic = r.String() }, func() { topics[topic] = r.Int32() })
		table[group] = topics
	})
	return table
}
