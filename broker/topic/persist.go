package topic

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

var errName = errors.New("topics.json holds a topic with an illegal name")

// Load reads topics.json over the system's topics, whose entries there win, as Apache's do. A missing file is a new broker's.
//
// Java: TopicConfigManager#decode (5.5.0).
func (m *TopicConfigManager) Load() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := m.file.Load(m.decodeLocked)
	return err
}

func (m *TopicConfigManager) decodeLocked(data []byte) error {
	next := &table{topics: maps.Clone(m.current.Load().topics)}
	r := fastjson.NewReader(data)
	r.Limit(1 << 26)
	var bad error
	r.Object(func(name string) {
		switch name {
		case "dataVersion":
			next.version.ReadJSON(&r)
		case "topicConfigTable":
			r.Object(func(key string) {
				t := newConfig("", 0, 0)
				key = strings.Clone(key)
				t.ReadJSON(&r)
				if t.TopicName == "" {
					t.TopicName = key
				}
				if !m.system[t.TopicName] && message.ValidateTopic(t.TopicName) != nil {
					bad = fmt.Errorf("%w: %q", errName, t.TopicName)
				}
				next.topics[t.TopicName] = t
			})
		}
	})
	if err := errors.Join(r.End(), bad); err != nil {
		return fmt.Errorf("topics: %w", err)
	}
	m.current.Store(next)
	return nil
}

// Persist writes topics.json if anything changed since it was written.
func (m *TopicConfigManager) Persist() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.file.Store(m.current.Load().encode(true))
}

func (t *table) encode(pretty bool) []byte {
	w := fastjson.Writer{Pretty: pretty}
	w.BeginObject()
	w.Key("dataVersion")
	t.version.AppendJSON(&w)
	w.Key("topicConfigTable")
	w.BeginObject()
	for _, name := range slices.Sorted(maps.Keys(t.topics)) {
		w.Key(name)
		t.topics[name].AppendJSON(&w)
	}
	w.EndObject()
	w.EndObject()
	return w.Bytes()
}
