package route

import (
	"maps"
	"slices"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// TopicQueueMappingInfo is a static topic's queues on one broker.
//
// Java: remoting.protocol.statictopic.TopicQueueMappingInfo (5.5.0).
type TopicQueueMappingInfo struct {
	BName       string
	CurrIDMap   map[int32]int32 // physical queue ids by logical ones
	Dirty       bool
	Epoch       int64
	Scope       string
	Topic       string
	TotalQueues int32
}

// AppendJSON implements fastjson.Appender.
func (b *TopicQueueMappingInfo) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	w.OptionalString("bname", b.BName)
	w.Key("currIdMap")
	appendIDs(w, b.CurrIDMap)
	w.BoolMember("dirty", b.Dirty)
	w.IntMember("epoch", b.Epoch)
	w.OptionalString("scope", b.Scope)
	w.OptionalString("topic", b.Topic)
	w.IntMember("totalQueues", int64(b.TotalQueues))
	w.EndObject()
}

// ReadJSON implements fastjson.Readable.
func (b *TopicQueueMappingInfo) ReadJSON(r *fastjson.Reader) {
	r.Object(func(name string) {
		switch name {
		case "bname":
			b.BName = r.String()
		case "currIdMap":
			b.CurrIDMap = readIDs(r)
		case "dirty":
			b.Dirty = r.Bool()
		case "epoch":
			b.Epoch = r.Int64()
		case "scope":
			b.Scope = r.String()
		case "topic":
			b.Topic = r.String()
		case "totalQueues":
			b.TotalQueues = r.Int32()
		}
	})
}

func appendIDs(w *fastjson.Writer, m map[int32]int32) {
	w.BeginObject()
	for _, id := range slices.Sorted(maps.Keys(m)) {
		w.IntKey(int64(id))
		w.Int(int64(m[id]))
	}
	w.EndObject()
}

func readIDs(r *fastjson.Reader) map[int32]int32 {
	m := make(map[int32]int32)
	var id int32
	r.Entries(func() { id = r.Int32() }, func() { m[id] = r.Int32() })
	return m
}
