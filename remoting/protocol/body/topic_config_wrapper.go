package body

import (
	"bytes"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// TopicConfigSerializeWrapper are a broker's topics: the reply's body of 21, and config/topics.json.
//
// Java: remoting.protocol.body.TopicConfigSerializeWrapper (5.5.0).
type TopicConfigSerializeWrapper struct {
	TopicConfigTable map[string]TopicConfig
	DataVersion      DataVersion
}

// Encode is the body as it goes over the wire.
func (b *TopicConfigSerializeWrapper) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body or a file. It keeps nothing of data.
func (b *TopicConfigSerializeWrapper) Decode(data []byte) error {
	return decode("TopicConfigSerializeWrapper", data, b)
}

// AppendJSON implements fastjson.Appender.
func (b *TopicConfigSerializeWrapper) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("dataVersion")
	b.DataVersion.AppendJSON(w)
	w.Key("topicConfigTable")
	fastjson.AppendTable(w, b.TopicConfigTable)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *TopicConfigSerializeWrapper) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) { b.readMember(name, r) })
}

func (b *TopicConfigSerializeWrapper) readMember(name string, r *fastjson.Reader) {
	switch name {
	case "dataVersion":
		b.DataVersion.ReadJSON(r)
	case "topicConfigTable":
		b.TopicConfigTable = fastjson.ReadTable[TopicConfig](r)
	}
}

// TopicConfigAndMappingSerializeWrapper are a broker's topics with what it has of static ones.
//
// Java: remoting.protocol.body.TopicConfigAndMappingSerializeWrapper (5.5.0).
type TopicConfigAndMappingSerializeWrapper struct {
	TopicConfigSerializeWrapper
	MappingDataVersion DataVersion
	// TopicQueueMappingDetailMap is by topic; the details are documents of Apache's, carried unread.
	TopicQueueMappingDetailMap map[string][]byte
	TopicQueueMappingInfoMap   map[string]TopicQueueMappingInfo
}

// AppendJSON implements fastjson.Appender.
func (b *TopicConfigAndMappingSerializeWrapper) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("dataVersion")
	b.DataVersion.AppendJSON(w)
	w.Key("mappingDataVersion")
	b.MappingDataVersion.AppendJSON(w)
	w.Key("topicConfigTable")
	fastjson.AppendTable(w, b.TopicConfigTable)
	w.Key("topicQueueMappingDetailMap")
	w.BeginObject()
	for _, topic := range fastjson.SortedKeys(b.TopicQueueMappingDetailMap) {
		w.Key(topic)
		w.Raw(b.TopicQueueMappingDetailMap[topic])
	}
	w.EndObject()
	w.Key("topicQueueMappingInfoMap")
	fastjson.AppendTable(w, b.TopicQueueMappingInfoMap)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable. 4.x has neither mappings nor their version.
func (b *TopicConfigAndMappingSerializeWrapper) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "mappingDataVersion":
			b.MappingDataVersion.ReadJSON(r)
		case "topicQueueMappingDetailMap":
			b.TopicQueueMappingDetailMap = make(map[string][]byte)
			var topic string
			r.Entries(func() { topic = r.String() }, func() { b.TopicQueueMappingDetailMap[topic] = bytes.Clone(r.Raw()) })
		case "topicQueueMappingInfoMap":
			b.TopicQueueMappingInfoMap = fastjson.ReadTable[TopicQueueMappingInfo](r)
		default:
			b.readMember(name, r)
		}
	})
}

// Encode is the body as it goes over the wire.
func (b *TopicConfigAndMappingSerializeWrapper) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *TopicConfigAndMappingSerializeWrapper) Decode(data []byte) error {
	return decode("TopicConfigAndMappingSerializeWrapper", data, b)
}
