package offset

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

const separator = "@" // between topic and group

// Load reads consumerOffset.json. A missing file is a new broker's.
func (m *ConsumerOffsetManager) Load() error {
	_, err := m.file.Load(m.decode)
	return err
}

// decode replaces the offsets by those of the file. Entries that Apache would not read either are left out.
func (m *ConsumerOffsetManager) decode(data []byte) error {
	offsets, version := map[key]queueOffsets{}, body.DataVersion{}
	r := fastjson.NewReader(data)
	r.Limit(maxEntries)
	r.Object(func(name string) {
		switch name {
		case "dataVersion":
			version.ReadJSON(&r)
		case "offsetTable":
			readTable(&r, offsets)
		}
	})
	if err := r.End(); err != nil {
		return fmt.Errorf("consumer offsets: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.offsets, m.version = offsets, version
	return nil
}

// maxEntries bounds the members of a whole file: its groups times their queues.
const maxEntries = 1 << 26

func readTable(r *fastjson.Reader, into map[key]queueOffsets) {
	r.Object(func(name string) {
		topic, group, ok := strings.Cut(strings.Clone(name), separator)
		if !ok {
			return
		}
		queues := queueOffsets{}
		var id int32
		r.Entries(func() { id = r.Int32() }, func() { queues[id] = r.Int64() })
		into[key{topic, group}] = queues
	})
}

// Persist writes consumerOffset.json if anything changed.
//
// Java: ConfigManager#persist (5.5.0).
func (m *ConsumerOffsetManager) Persist() error { return m.file.Store(m.encode(true)) }

// Encode is what the file would hold, on one line: the answer to request 43.
func (m *ConsumerOffsetManager) Encode() []byte { return m.encode(false) }

func (m *ConsumerOffsetManager) encode(pretty bool) []byte {
	m.mu.RLock()
	defer m.mu.RUnlock()
	w := fastjson.Writer{Pretty: pretty}
	w.BeginObject()
	w.Key("dataVersion")
	m.version.AppendJSON(&w)
	writeGroups(&w, m.offsets)
	w.Key("offsetTable")
	writeTable(&w, m.offsets)
	w.Key("pullOffsetTable")
	writeTable(&w, m.pulled)
	w.EndObject()
	return w.Bytes()
}

func sortedKeys(table map[key]queueOffsets) []key {
	return slices.SortedFunc(maps.Keys(table), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.group, b.group))
	})
}

func writeTable(w *fastjson.Writer, table map[key]queueOffsets) {
	w.BeginObject()
	for _, k := range sortedKeys(table) {
		w.Key(k.topic + separator + k.group)
		w.BeginObject()
		for _, id := range slices.Sorted(maps.Keys(table[k])) {
			w.IntKey(int64(id))
			w.Int(table[k][id])
		}
		w.EndObject()
	}
	w.EndObject()
}

// writeGroups writes the topics of each group, as 5.5.0 does beside the offsets.
func writeGroups(w *fastjson.Writer, table map[key]queueOffsets) {
	topics := map[string][]string{}
	for _, k := range sortedKeys(table) {
		topics[k.group] = append(topics[k.group], k.topic)
	}
	w.Key("groupTopicMap")
	w.BeginObject()
	for _, group := range slices.Sorted(maps.Keys(topics)) {
		w.Key(group)
		w.Strings(topics[group])
	}
	w.EndObject()
}
