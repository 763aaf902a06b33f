package body

import (
	"fmt"
	"maps"
	"slices"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

func decode(what string, data []byte, v fastjson.Readable) error {
	if err := fastjson.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func appendQueue(w *fastjson.Writer, q message.MessageQueue) {
	w.BeginObject()
	w.OptionalString("brokerName", q.BrokerName)
	w.IntMember("queueId", int64(q.QueueID))
	w.OptionalString("topic", q.Topic)
	w.EndObject()
}

func readQueue(r *fastjson.Reader) message.MessageQueue {
	var q message.MessageQueue
	r.Object(func(name string) {
		switch name {
		case "brokerName":
			q.BrokerName = r.String()
		case "queueId":
			q.QueueID = r.Int32()
		case "topic":
			q.Topic = r.String()
		}
	})
	return q
}

func sortedQueues[V any](m map[message.MessageQueue]V) []message.MessageQueue {
	return slices.SortedFunc(maps.Keys(m), message.MessageQueue.Compare)
}

func appendQueueList(w *fastjson.Writer, list []message.MessageQueue) {
	w.BeginArray()
	for _, q := range list {
		appendQueue(w, q)
	}
	w.EndArray()
}

func readQueueList(r *fastjson.Reader) []message.MessageQueue {
	var list []message.MessageQueue
	r.Array(func() { list = append(list, readQueue(r)) })
	return list
}

// appendQueueTable writes a Map<MessageQueue, V>: its keys are whole objects.
func appendQueueTable[V any, P interface {
	*V
	fastjson.Appender
}](w *fastjson.Writer, m map[message.MessageQueue]V) {
	w.BeginObject()
	for _, q := range sortedQueues(m) {
		w.ObjectKey(func() { appendQueue(w, q) })
		v := m[q]
		P(&v).AppendJSON(w)
	}
	w.EndObject()
}

func readQueueTable[V any, P interface {
	*V
	fastjson.Readable
}](r *fastjson.Reader) map[message.MessageQueue]V {
	m := make(map[message.MessageQueue]V)
	var q message.MessageQueue
	r.Entries(func() { q = readQueue(r) }, func() {
		var v V
		P(&v).ReadJSON(r)
		m[q] = v
	})
	return m
}

func appendQueueOffsets(w *fastjson.Writer, m map[message.MessageQueue]int64) {
	w.BeginObject()
	for _, q := range sortedQueues(m) {
		w.ObjectKey(func() { appendQueue(w, q) })
		w.Int(m[q])
	}
	w.EndObject()
}

func readQueueOffsets(r *fastjson.Reader) map[message.MessageQueue]int64 {
	m := make(map[message.MessageQueue]int64)
	var q message.MessageQueue
	r.Entries(func() { q = readQueue(r) }, func() { m[q] = r.Int64() })
	return m
}

func appendLongMap(w *fastjson.Writer, m map[int32]int64) {
	w.BeginObject()
	for _, key := range slices.Sorted(maps.Keys(m)) {
		w.IntKey(int64(key))
		w.Int(m[key])
	}
	w.EndObject()
}

func readLongMap(r *fastjson.Reader) map[int32]int64 {
	m := make(map[int32]int64)
	var key int32
	r.Entries(func() { key = r.Int32() }, func() { m[key] = r.Int64() })
	return m
}
