package commitlog

import (
	"strings"

	"github.com/plumemq/plume/message"
)

// QueueKey names a queue of this broker.
type QueueKey struct {
	Topic   string
	QueueID int32
}

// queueOffset is the next queue offset of one queue; guarded by CommitLog.mu.
type queueOffset struct{ next int64 }

// queueLocked is the counter of a queue.
func (c *CommitLog) queueLocked(key QueueKey) *queueOffset {
	q := c.offsets[key]
	if q == nil {
		q = new(queueOffset)
		c.offsets[QueueKey{strings.Clone(key.Topic), key.QueueID}] = q
	}
	return q
}

// SetQueueOffset says which queue offset the next message of a queue gets, as recovery found it.
//
// Java: store.CommitLog#setTopicQueueTable (5.5.0).
func (c *CommitLog) SetQueueOffset(key QueueKey, next int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queueLocked(key).next = next
}

// QueueOffset is the queue offset that the next message of a queue gets.
func (c *CommitLog) QueueOffset(key QueueKey) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if q := c.offsets[key]; q != nil {
		return q.next
	}
	return 0
}

// ForgetTopic drops the counters of a deleted topic.
func (c *CommitLog) ForgetTopic(topic string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range c.offsets {
		if key.Topic == topic {
			delete(c.offsets, key)
		}
	}
}

// counted says whether a message takes a queue offset: half messages and rollbacks do not.
//
// Java: store.CommitLog#assignOffset, store.MessageStore (5.5.0).
func counted(flag message.SysFlag) bool {
	tx := flag & message.FlagTransactionRollback
	return tx == 0 || tx == message.FlagTransactionCommit
}
