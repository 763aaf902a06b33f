package rebalance

import (
	"sync"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/message"
)

// LockMaxLiveTime is how long a lock lasts without renewal. Java: RebalanceLockManager.REBALANCE_LOCK_MAX_LIVE_TIME.
const LockMaxLiveTime = 60 * time.Second

type lockEntry struct {
	clientID string
	renewed  time.Time
}

// LockManager holds the queue locks of all groups. Safe for concurrent use.
//
// Java: broker.client.rebalance.RebalanceLockManager (5.5.0).
type LockManager struct {
	clock clock.Clock

	mu     sync.Mutex
	groups map[string]map[message.MessageQueue]lockEntry
}

// NewLockManager has no locks; c measures their age.
func NewLockManager(c clock.Clock) *LockManager {
	return &LockManager{clock: c, groups: map[string]map[message.MessageQueue]lockEntry{}}
}

// TryLockBatch takes or renews the locks of clientID on queues and returns those it now holds, in the given order: the free,
// the expired and its own.
func (m *LockManager) TryLockBatch(group, clientID string, queues []message.MessageQueue) []message.MessageQueue {
	m.mu.Lock()
	defer m.mu.Unlock()
	locks := m.groups[group]
	if locks == nil {
		locks = map[message.MessageQueue]lockEntry{}
		m.groups[group] = locks
	}
	now := m.clock.Now()
	held := make([]message.MessageQueue, 0, len(queues))
	for _, q := range queues {
		if e, taken := locks[q]; taken && e.clientID != clientID && !expired(e, now) {
			continue
		}
		locks[q] = lockEntry{clientID: clientID, renewed: now}
		held = append(held, q)
	}
	return held
}

// UnlockBatch gives back those of queues that clientID holds.
func (m *LockManager) UnlockBatch(group, clientID string, queues []message.MessageQueue) {
	m.mu.Lock()
	defer m.mu.Unlock()
	locks := m.groups[group]
	for _, q := range queues {
		if locks[q].clientID == clientID {
			delete(locks, q)
		}
	}
	if len(locks) == 0 {
		delete(m.groups, group)
	}
}

// LockAllExpired says that nobody holds a live lock in group, which is so for every group that does not consume in order.
func (m *LockManager) LockAllExpired(group string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	for _, e := range m.groups[group] {
		if !expired(e, now) {
			return false
		}
	}
	return true
}

func expired(e lockEntry, now time.Time) bool { return now.Sub(e.renewed) > LockMaxLiveTime }
