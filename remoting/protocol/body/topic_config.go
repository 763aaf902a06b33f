package body

import "github.com/plumemq/plume/remoting/protocol/fastjson"

// TopicConfig is one topic on a broker.
//
// Java: common.TopicConfig (5.5.0).
type TopicConfig struct {
	Attributes      map[string]string // from 5.x on
	Order           bool
	Perm            int32 // 4 read, 2 write, 1 inherit
	ReadQueueNums   int32
	TopicFilterType string // SINGLE_TAG or MULTI_TAG
	TopicName       string
	TopicSysFlag    int32
	WriteQueueNums  int32
}

// Encode is the body as it goes over the wire.
func (b *TopicConfig) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *TopicConfig) Decode(data []byte) error { return decode("TopicConfig", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *TopicConfig) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("attributes")
	w.StringMap(b.Attributes)
	w.BoolMember("order", b.Order)
	w.IntMember("perm", int64(b.Perm))
	w.IntMember("readQueueNums", int64(b.ReadQueueNums))
	w.OptionalString("topicFilterType", b.TopicFilterType)
	w.OptionalString("topicName", b.TopicName)
	w.IntMember("topicSysFlag", int64(b.TopicSysFlag))
	w.IntMember("writeQueueNums", int64(b.WriteQueueNums))
	w.EndObject()
}

// ReadJSON implements fastjson.Readable. Absent members are those of NewTopicConfig.
func (b *TopicConfig) ReadJSON(r *fastjson.Reader) {
	*b = NewTopicConfig("")
	r.Object(func(name string) {
		switch name {
		case "attributes":
			b.Attributes = r.StringMap()
		case "order":
			b.Order = r.Bool()
		case "perm":
			b.Perm = r.Int32()
		case "readQueueNums":
			b.ReadQueueNums = r.Int32()
		case "topicFilterType":
			b.TopicFilterType = r.String()
		case "topicName":
			b.TopicName = r.String()
		case "topicSysFlag":
			b.TopicSysFlag = r.Int32()
		case "writeQueueNums":
			b.WriteQueueNums = r.Int32()
		}
	})
}
