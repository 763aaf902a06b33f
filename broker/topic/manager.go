package topic

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/configfile"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol/body"
)

// Config is what a [TopicConfigManager] needs to know of the broker.
type Config struct {
	BrokerName, ClusterName               string
	DefaultTopicQueueNums, ReviveQueueNum int32
	// DelayLevels is the number of delay levels.
	DelayLevels                           int
	ClusterTopicEnable, BrokerTopicEnable bool
	TraceTopicEnable                      bool
	TraceTopicName                        string
	// AutoCreateTopicEnable is asked at each creation, for it may change while the broker runs.
	AutoCreateTopicEnable func() bool
	// OnChange, if set, is told of each topic created or changed, without any lock held: the registration with the name servers.
	OnChange func(ctx context.Context, topic *body.TopicConfig)
}

// table is an immutable snapshot of all topics.
type table struct {
	topics  map[string]*body.TopicConfig
	version body.DataVersion
}

// TopicConfigManager owns the topics. A *body.TopicConfig that it hands out must not be changed. Safe for concurrent use;
// look-ups take no lock.
//
// Java: broker.topic.TopicConfigManager (5.5.0).
type TopicConfigManager struct {
	cfg    Config
	file   *configfile.File
	clock  clock.Clock
	log    *zap.Logger
	system map[string]bool

	current atomic.Pointer[table]
	mu      sync.Mutex // held by who replaces current
}

// NewTopicConfigManager has the system's topics. Load adds those of the file.
func NewTopicConfigManager(cfg Config, file *configfile.File, c clock.Clock, log *zap.Logger) *TopicConfigManager {
	m := &TopicConfigManager{cfg: cfg, file: file, clock: c, log: log, system: map[string]bool{}}
	topics := map[string]*body.TopicConfig{}
	for _, t := range cfg.systemTopics() {
		topics[t.TopicName] = t
		m.system[t.TopicName] = true
	}
	m.current.Store(&table{topics: topics})
	return m
}

// SelectTopicConfig is the topic, or nil if there is none of that name.
//
// Java: TopicConfigManager#selectTopicConfig (5.5.0).
func (m *TopicConfigManager) SelectTopicConfig(topic string) *body.TopicConfig {
	return m.current.Load().topics[topic]
}

// Snapshot is all topics and their version. The map must not be changed.
func (m *TopicConfigManager) Snapshot() (map[string]*body.TopicConfig, body.DataVersion) {
	t := m.current.Load()
	return t.topics, t.version
}

// IsOrderTopic says whether a topic promises order.
func (m *TopicConfigManager) IsOrderTopic(topic string) bool {
	t := m.SelectTopicConfig(topic)
	return t != nil && t.Order
}

// edit replaces the table by a copy that change has changed, once that copy is on disk. On an error nothing has changed.
func (m *TopicConfigManager) edit(change func(topics map[string]*body.TopicConfig) bool) error {
	old := m.current.Load()
	next := &table{topics: maps.Clone(old.topics), version: old.version}
	if !change(next.topics) {
		return nil
	}
	next.version = next.version.Next(m.clock.Now().UnixMilli())
	if err := m.file.Store(next.encode(true)); err != nil {
		return err
	}
	m.current.Store(next)
	return nil
}

// UpdateTopicConfig creates or replaces a topic and has it registered. Attributes are the changes "+key" = value and "-key";
// see [ErrAttribute]. One that equals the present is left alone.
//
// Java: TopicConfigManager#updateTopicConfig (5.5.0).
func (m *TopicConfigManager) UpdateTopicConfig(ctx context.Context, t *body.TopicConfig) error {
	changed, err := m.update(t)
	if err == nil && changed != nil {
		m.notify(ctx, changed)
	}
	return err
}

func (m *TopicConfigManager) update(t *body.TopicConfig) (changed *body.TopicConfig, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.SelectTopicConfig(t.TopicName)
	next := *t
	if next.Attributes, err = alterAttributes(old, t.Attributes); err != nil {
		return nil, err
	}
	if old != nil && equal(old, &next) {
		return nil, nil
	}
	err = m.edit(func(topics map[string]*body.TopicConfig) bool {
		topics[next.TopicName] = &next
		return true
	})
	return &next, err
}

func equal(a, b *body.TopicConfig) bool {
	x, y := *a, *b
	x.Attributes, y.Attributes = nil, nil
	return String(&x) == String(&y) && maps.Equal(a.Attributes, b.Attributes)
}

// DeleteTopicConfig forgets a topic and says whether there was one.
func (m *TopicConfigManager) DeleteTopicConfig(topic string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.SelectTopicConfig(topic) != nil
	err := m.edit(func(topics map[string]*body.TopicConfig) bool {
		delete(topics, topic)
		return found
	})
	return found, err
}

// NextVersion notes a change that concerns all topics: that of the broker's permission.
func (m *TopicConfigManager) NextVersion() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.edit(func(map[string]*body.TopicConfig) bool { return true })
}

func (m *TopicConfigManager) notify(ctx context.Context, t *body.TopicConfig) {
	observ.Logger(ctx, m.log).Info("topic created or changed", zap.String("topic", t.TopicName), zap.Int32("readQueueNums", t.ReadQueueNums),
		zap.Int32("writeQueueNums", t.WriteQueueNums), zap.Int32("perm", t.Perm))
	if m.cfg.OnChange != nil {
		m.cfg.OnChange(ctx, t)
	}
}
