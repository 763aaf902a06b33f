package body

import (
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// TopicStatsTable are the extents of a topic's queues: the reply's body of 202.
//
// Java: remoting.protocol.admin.TopicStatsTable (5.5.0).
type TopicStatsTable struct {
	OffsetTable map[message.MessageQueue]TopicOffset
	TopicPutTPS float64 // messages per second
}

// Encode is the body as it goes over the wire.
func (b *TopicStatsTable) Encode() []byte { return fastjson.Marshal(b) }

// Decode reads a body. It keeps nothing of data.
func (b *TopicStatsTable) Decode(data []byte) error { return decode("TopicStatsTable", data, b) }

// AppendJSON implements fastjson.Appender.
func (b *TopicStatsTable) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.Key("offsetTable")
	appendQueueTable(w, b.OffsetTable)
	w.DoubleMember("topicPutTps", b.TopicPutTPS)
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *TopicStatsTable) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "offsetTable":
			b.OffsetTable = readQueueTable[TopicOffset](r)
		case "topicPutTps":
			b.TopicPutTPS = r.Float64()
		}
	})
}
