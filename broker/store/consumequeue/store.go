package consumequeue

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/plumemq/plume/broker/store/mappedfile"
	"github.com/plumemq/plume/internal/disk"
)

// Key names a queue.
type Key struct {
	Topic   string
	QueueID int32
}

// ConsumeQueueStore holds all queues of a store. Its methods are safe for concurrent use, except Load and Truncate.
//
// Java: store.queue.ConsumeQueueStore (5.5.0).
type ConsumeQueueStore struct {
	disk     disk.Disk
	dir      string
	fileSize int64
	held     atomic.Int64 // bytes in the tails of all queues

	mu     sync.RWMutex // guards queues
	queues map[Key]*ConsumeQueue
}

// NewStore is the store of queues below dir, whose files have fileSize bytes, rounded up to whole entries.
func NewStore(d disk.Disk, dir string, fileSize int64) *ConsumeQueueStore {
	fileSize = (fileSize + UnitSize - 1) / UnitSize * UnitSize
	return &ConsumeQueueStore{disk: d, dir: dir, fileSize: fileSize, queues: make(map[Key]*ConsumeQueue)}
}

// Load opens every queue that has a folder. clean says that the last run closed the store.
//
// Java: store.queue.ConsumeQueueStore#load, #recover (5.5.0).
func (s *ConsumeQueueStore) Load(clean bool) error {
	topics, err := s.subfolders(s.dir)
	if err != nil {
		return err
	}
	for _, topic := range topics {
		ids, err := s.subfolders(path.Join(s.dir, topic))
		if err != nil {
			return err
		}
		for _, id := range ids {
			n, err := strconv.ParseInt(id, 10, 32)
			if err != nil {
				return fmt.Errorf("%s: %w", path.Join(s.dir, topic, id), mappedfile.ErrForeignFile)
			}
			q := s.newQueue(Key{topic, int32(n)})
			s.queues[Key{topic, int32(n)}] = q
			if err := q.load(clean); err != nil {
				return err
			}
		}
	}
	return nil
}

// subfolders are the names of the folders in dir; none if it is missing.
func (s *ConsumeQueueStore) subfolders(dir string) ([]string, error) {
	entries, err := s.disk.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func (s *ConsumeQueueStore) newQueue(key Key) *ConsumeQueue {
	dir := path.Join(s.dir, key.Topic, strconv.Itoa(int(key.QueueID)))
	return &ConsumeQueue{
		topic: key.Topic, queueID: key.QueueID, files: mappedfile.NewQueue(s.disk, dir, s.fileSize), tail: tail{held: &s.held},
	}
}

// Find is a queue, or nil.
func (s *ConsumeQueueStore) Find(topic string, queueID int32) *ConsumeQueue {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.queues[Key{topic, queueID}]
}

// FindOrCreate is a queue, made if need be; its folder appears with its first entry. The topic is copied.
func (s *ConsumeQueueStore) FindOrCreate(topic string, queueID int32) (*ConsumeQueue, error) {
	if q := s.Find(topic, queueID); q != nil {
		return q, nil
	}
	if topic == "" || topic == "." || topic == ".." || strings.ContainsAny(topic, "/\\\x00") {
		return nil, fmt.Errorf("%q: %w", topic, ErrTopicName)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := Key{strings.Clone(topic), queueID}
	if q := s.queues[key]; q != nil {
		return q, nil
	}
	q := s.newQueue(key)
	s.queues[key] = q
	return q, nil
}

// All are the queues, ordered by topic and id.
func (s *ConsumeQueueStore) All() []*ConsumeQueue {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := slices.Collect(maps.Values(s.queues))
	slices.SortFunc(all, func(a, b *ConsumeQueue) int {
		return cmp.Or(strings.Compare(a.topic, b.topic), cmp.Compare(a.queueID, b.queueID))
	})
	return all
}

// Truncate drops the entries of messages at phyOffset or behind.
func (s *ConsumeQueueStore) Truncate(phyOffset int64) error {
	for _, q := range s.All() {
		if err := q.truncate(phyOffset); err != nil {
			return err
		}
	}
	return nil
}

// MaxPhyOffset is the offset behind the last message that has an entry in any queue.
//
// Java: store.queue.ConsumeQueueStore#getMaxPhyOffsetInConsumeQueue (5.5.0).
func (s *ConsumeQueueStore) MaxPhyOffset() (int64, error) {
	var highest int64
	for _, q := range s.All() {
		offset, err := q.maxPhyOffset()
		if err != nil {
			return 0, err
		}
		highest = max(highest, offset)
	}
	return highest, nil
}

// Totals are the number of queues that have entries of messages before phyOffset, and the sum of the queue offsets behind those
// entries: a sign that one went missing.
func (s *ConsumeQueueStore) Totals(phyOffset int64) (queues, offsets int64, err error) {
	for _, q := range s.All() {
		n, err := q.countBelow(phyOffset)
		if err != nil {
			return 0, 0, err
		}
		if n > 0 {
			queues++
			offsets += n
		}
	}
	return queues, offsets, nil
}

// Flush writes all entries, and makes the queues durable that have at least leastPages dirty pages; 0 means all.
func (s *ConsumeQueueStore) Flush(leastPages int) error {
	for _, q := range s.All() {
		if err := q.writeTail(); err != nil {
			return err
		}
		if dirty := q.DirtyBytes(); leastPages > 0 && dirty < int64(leastPages)*4096 {
			continue
		}
		if err := q.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// SyncFolders makes the folders of all queues durable.
func (s *ConsumeQueueStore) SyncFolders() error {
	if err := s.disk.MkdirAll(s.dir); err != nil {
		return err
	}
	topics, err := s.subfolders(s.dir)
	if err != nil {
		return err
	}
	for _, topic := range topics {
		if err := s.disk.SyncDir(path.Join(s.dir, topic)); err != nil {
			return err
		}
	}
	return s.disk.SyncDir(s.dir)
}

// CorrectMinOffsets makes every queue begin within the commit log.
func (s *ConsumeQueueStore) CorrectMinOffsets(minPhyOffset int64) error {
	for _, q := range s.All() {
		if err := q.CorrectMinOffset(minPhyOffset); err != nil {
			return err
		}
	}
	return nil
}

// DropBefore removes the files of all queues that hold nothing at minPhyOffset or behind, and returns how many.
func (s *ConsumeQueueStore) DropBefore(minPhyOffset int64) (files int, err error) {
	for _, q := range s.All() {
		n, err := q.DropBefore(minPhyOffset)
		files += n
		if err != nil {
			return files, err
		}
	}
	return files, nil
}

// DropTopic removes a topic's queues. Java: store.queue.ConsumeQueueStore#deleteTopic (5.5.0).
func (s *ConsumeQueueStore) DropTopic(topic string) error {
	for _, q := range s.All() {
		if q.topic != topic {
			continue
		}
		s.mu.Lock()
		delete(s.queues, Key{topic, q.queueID})
		s.mu.Unlock()
		if err := q.drop(); err != nil {
			return err
		}
	}
	if err := s.disk.Remove(path.Join(s.dir, topic)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return s.SyncFolders()
}

// Clear removes all queues, for rebuilding them.
func (s *ConsumeQueueStore) Clear() error {
	topics := map[string]bool{}
	for _, q := range s.All() {
		topics[q.topic] = true
	}
	for topic := range topics {
		if err := s.DropTopic(topic); err != nil {
			return err
		}
	}
	return nil
}

// Close closes the files.
func (s *ConsumeQueueStore) Close() error {
	var errs []error
	for _, q := range s.All() {
		errs = append(errs, q.files.Close())
	}
	return errors.Join(errs...)
}
