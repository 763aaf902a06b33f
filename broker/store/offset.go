package store

import (
	"fmt"

	"github.com/plumemq/plume/broker/store/consumequeue"
)

// QueueKey names a queue of this broker.
type QueueKey = consumequeue.Key

// ConsumeQueueUnit is one entry of a consume queue.
type ConsumeQueueUnit = consumequeue.Unit

// MaxOffsetInQueue is the queue offset behind the last message that can be read; 0 for an unknown queue.
//
// Java: store.DefaultMessageStore#getMaxOffsetInQueue (5.5.0).
func (s *DefaultMessageStore) MaxOffsetInQueue(topic string, queueID int32) int64 {
	if q := s.queues.Find(topic, queueID); q != nil {
		return q.MaxOffset()
	}
	return 0
}

// MinOffsetInQueue is the queue offset of the first message that is still there; 0 for an unknown queue.
//
// Java: store.DefaultMessageStore#getMinOffsetInQueue (5.5.0), which says -1 for an unknown queue.
func (s *DefaultMessageStore) MinOffsetInQueue(topic string, queueID int32) int64 {
	if q := s.queues.Find(topic, queueID); q != nil {
		return q.MinOffset()
	}
	return 0
}

// HasQueue says whether the queue ever held a message.
func (s *DefaultMessageStore) HasQueue(topic string, queueID int32) bool {
	return s.queues.Find(topic, queueID) != nil
}

// OffsetInQueueByTime is the queue offset of the message stored at a time, in ms. With Lower it is the first one at or after it,
// the max offset if there is none; with Upper the last one at or before it, 0 if there is none. An unknown queue gives 0.
//
// Java: store.DefaultMessageStore#getOffsetInQueueByTime (5.5.0).
func (s *DefaultMessageStore) OffsetInQueueByTime(topic string, queueID int32, timestamp int64, boundary Boundary) (int64, error) {
	q := s.queues.Find(topic, queueID)
	if q == nil {
		return 0, nil
	}
	return q.OffsetByTime(timestamp, boundary == Upper, s.commitLog.StoreTimestamp)
}

// MessageStoreTimestamp is when the message with a queue offset was stored, in ms; -1 without one.
//
// Java: store.DefaultMessageStore#getMessageStoreTimeStamp (5.5.0).
func (s *DefaultMessageStore) MessageStoreTimestamp(topic string, queueID int32, offset int64) int64 {
	u, ok := s.ConsumeQueueEntry(topic, queueID, offset)
	if !ok {
		return -1
	}
	stored, err := s.commitLog.StoreTimestamp(u.PhyOffset)
	if err != nil {
		return -1
	}
	return stored
}

// EarliestMessageTime is when the first message of a queue was stored, in ms; -1 without one.
//
// Java: store.DefaultMessageStore#getEarliestMessageTime (5.5.0).
func (s *DefaultMessageStore) EarliestMessageTime(topic string, queueID int32) int64 {
	return s.MessageStoreTimestamp(topic, queueID, s.MinOffsetInQueue(topic, queueID))
}

// EarliestStoreTime is when the first message of the commit log was stored, in ms; -1 without one.
func (s *DefaultMessageStore) EarliestStoreTime() int64 {
	stored, err := s.commitLog.StoreTimestamp(s.commitLog.MinOffset())
	if err != nil {
		return -1
	}
	return stored
}

// ConsumeQueueEntry is one entry of a queue; ok is false when there is no message with that offset.
func (s *DefaultMessageStore) ConsumeQueueEntry(topic string, queueID int32, offset int64) (ConsumeQueueUnit, bool) {
	q := s.queues.Find(topic, queueID)
	if q == nil || offset < q.MinOffset() {
		return ConsumeQueueUnit{}, false
	}
	u, ok, err := q.Get(offset)
	return u, ok && err == nil && !u.Blank()
}

// ConsumeQueueEntries are up to limit entries of a queue from offset on, as far as one file holds them. Entries of messages that
// are lost are left out.
func (s *DefaultMessageStore) ConsumeQueueEntries(topic string, queueID int32, offset int64, limit int) ([]ConsumeQueueUnit, error) {
	q := s.queues.Find(topic, queueID)
	if q == nil {
		return nil, nil
	}
	units, err := q.Read(nil, max(offset, q.MinOffset()), limit)
	kept := units[:0]
	for _, u := range units {
		if !u.Blank() {
			kept = append(kept, u)
		}
	}
	return kept, err
}

// Queues are all queues that the store knows, ordered by topic and id.
func (s *DefaultMessageStore) Queues() []QueueKey {
	all := s.queues.All()
	keys := make([]QueueKey, len(all))
	for i, q := range all {
		keys[i] = QueueKey{Topic: q.Topic(), QueueID: q.QueueID()}
	}
	return keys
}

// DeleteTopics removes the queues of topics. Their messages stay in the commit log until it expires. A later message of such a
// topic starts at queue offset 0.
//
// Java: store.DefaultMessageStore#deleteTopics (5.5.0).
func (s *DefaultMessageStore) DeleteTopics(topics []string) error {
	for _, topic := range topics {
		s.commitLog.ForgetTopic(topic)
		if err := s.queues.DropTopic(topic); err != nil {
			return fmt.Errorf("delete topic %s: %w", topic, err)
		}
	}
	return s.flushDerived(0)
}
