package offset

import (
	"slices"
	"strings"
	"sync"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/configfile"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/remoting/protocol/body"
)

// NotFound is what a query answers when a group has no offset for a queue.
const NotFound int64 = -1

const versionStep = 500 // Java: BrokerConfig.consumerOffsetUpdateVersionStep

// key is "topic@group" in the file.
type key struct{ topic, group string }

type queueOffsets map[int32]int64

// ConsumerOffsetManager holds the offsets of all groups. Offsets count messages: each is the next to be read. Safe for
// concurrent use.
//
// Java: broker.offset.ConsumerOffsetManager (5.5.0).
type ConsumerOffsetManager struct {
	file  *configfile.File
	clock clock.Clock
	log   *zap.Logger

	mu      sync.RWMutex // owns all below
	offsets map[key]queueOffsets
	pulled  map[key]queueOffsets // how far pulls got, ahead of what was consumed
	resets  map[key]queueOffsets // ordered by an administrator, not picked up by the consumer yet
	version body.DataVersion
	commits int64
}

// NewConsumerOffsetManager knows no offsets before Load.
func NewConsumerOffsetManager(file *configfile.File, c clock.Clock, log *zap.Logger) *ConsumerOffsetManager {
	return &ConsumerOffsetManager{
		file: file, clock: c, log: log,
		offsets: map[key]queueOffsets{}, pulled: map[key]queueOffsets{}, resets: map[key]queueOffsets{},
	}
}

// CommitOffset notes that group has read the queue up to off. Going back is allowed, and logged.
//
// Java: ConsumerOffsetManager#commitOffset (5.5.0).
func (m *ConsumerOffsetManager) CommitOffset(client, group, topic string, queueID int32, off int64) {
	m.mu.Lock()
	old, known := put(m.offsets, key{topic, group}, queueID, off)
	if m.commits++; m.commits%versionStep == 0 {
		m.version = m.version.Next(m.clock.Now().UnixMilli())
	}
	m.mu.Unlock()
	if known && off < old {
		m.log.Warn("consumer offset goes back", zap.String("client", client), zap.String("group", group), zap.String("topic", topic),
			zap.Int32("queueId", queueID), zap.Int64("offset", off), zap.Int64("was", old))
	}
}

// put sets one offset and returns the former.
func put(table map[key]queueOffsets, k key, queueID int32, off int64) (old int64, known bool) {
	queues := table[k]
	if queues == nil {
		queues = queueOffsets{}
		table[key{strings.Clone(k.topic), strings.Clone(k.group)}] = queues // the names are parts of a request
	}
	old, known = queues[queueID]
	queues[queueID] = off
	return old, known
}

// CommitPullOffset notes how far a pull got.
func (m *ConsumerOffsetManager) CommitPullOffset(group, topic string, queueID int32, off int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	put(m.pulled, key{topic, group}, queueID, off)
}

// QueryOffset is the group's offset in a queue, one ordered by an administrator first; [NotFound] if there is none.
//
// Java: ConsumerOffsetManager#queryOffset (5.5.0).
func (m *ConsumerOffsetManager) QueryOffset(group, topic string, queueID int32) int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.queryLocked(key{topic, group}, queueID)
}

func (m *ConsumerOffsetManager) queryLocked(k key, queueID int32) int64 {
	for _, table := range []map[key]queueOffsets{m.resets, m.offsets} {
		if off, ok := table[k][queueID]; ok {
			return off
		}
	}
	return NotFound
}

// QueryPullOffset is how far the group's pulls got, or its offset if it has not pulled since the broker started.
func (m *ConsumerOffsetManager) QueryPullOffset(group, topic string, queueID int32) int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	k := key{topic, group}
	if off, ok := m.pulled[k][queueID]; ok {
		return off
	}
	return m.queryLocked(k, queueID)
}

// AssignResetOffset orders a group to go to off at its next pull; commits in between are ignored.
//
// Java: ConsumerOffsetManager#assignResetOffset (5.5.0).
func (m *ConsumerOffsetManager) AssignResetOffset(topic, group string, queueID int32, off int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := key{topic, group}
	put(m.resets, k, queueID, off)
	put(m.offsets, k, queueID, off)
	put(m.pulled, k, queueID, off)
}

// HasOffsetReset says that an order to go elsewhere waits for the group.
func (m *ConsumerOffsetManager) HasOffsetReset(topic, group string, queueID int32) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, ok := m.resets[key{topic, group}][queueID]
	return ok
}

// QueryThenEraseResetOffset takes the order that waits for the group, if there is one.
func (m *ConsumerOffsetManager) QueryThenEraseResetOffset(topic, group string, queueID int32) (int64, bool) {
	k := key{topic, group}
	m.mu.RLock()
	none := len(m.resets) == 0
	m.mu.RUnlock()
	if none {
		return 0, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	off, ok := m.resets[k][queueID]
	if ok {
		delete(m.resets[k], queueID)
		if len(m.resets[k]) == 0 {
			delete(m.resets, k)
		}
	}
	return off, ok
}

// QueryGroup is a copy of the group's offsets in all queues of a topic; nil if it has none.
func (m *ConsumerOffsetManager) QueryGroup(group, topic string) map[int32]int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	queues := m.offsets[key{topic, group}]
	if queues == nil {
		return nil
	}
	out := make(map[int32]int64, len(queues))
	for id, off := range queues {
		out[id] = off
	}
	return out
}

// CloneOffset gives dst the offsets that src has in topic.
func (m *ConsumerOffsetManager) CloneOffset(src, dst, topic string) {
	for id, off := range m.QueryGroup(src, topic) {
		m.CommitOffset("clone", dst, topic, id, off)
	}
}

// WhichTopicByConsumer are the topics in which the group has offsets, sorted.
func (m *ConsumerOffsetManager) WhichTopicByConsumer(group string) []string {
	return m.collect(func(k key) (string, bool) { return k.topic, k.group == group })
}

// WhichGroupByTopic are the groups that have offsets in the topic, sorted.
func (m *ConsumerOffsetManager) WhichGroupByTopic(topic string) []string {
	return m.collect(func(k key) (string, bool) { return k.group, k.topic == topic })
}

func (m *ConsumerOffsetManager) collect(pick func(key) (string, bool)) []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var names []string
	for k := range m.offsets {
		if name, ok := pick(k); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// CleanOffsetByTopic forgets a deleted topic.
func (m *ConsumerOffsetManager) CleanOffsetByTopic(topic string) {
	m.forget(func(k key) bool { return k.topic == topic })
}

// RemoveOffset forgets a deleted group.
func (m *ConsumerOffsetManager) RemoveOffset(group string) {
	m.forget(func(k key) bool { return k.group == group })
}

func (m *ConsumerOffsetManager) forget(which func(key) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, table := range []map[key]queueOffsets{m.offsets, m.pulled, m.resets} {
		for k := range table {
			if which(k) {
				delete(table, k)
			}
		}
	}
	m.version = m.version.Next(m.clock.Now().UnixMilli())
}
