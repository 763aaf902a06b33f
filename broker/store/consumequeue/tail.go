package consumequeue

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// The bounds of what is in memory only: a loss of the process costs the time to build it again.
const (
	maxTail = 128 * UnitSize // bytes of one queue
	maxHeld = 8 << 20        // bytes of all queues of a store; beyond it a queue's entries are written as they come
)

// tail is the end of a queue that readers find in memory, because it was not written to a file yet: a broker that stores
// messages in a thousand queues would else write every entry by itself. Only the holder of the queue's lock changes it.
type tail struct {
	held *atomic.Int64 // bytes in all tails of the store

	mu   sync.RWMutex // guards the rest against readers; a leaf
	from int64        // position in the queue's files of the first byte
	data []byte
}

// append adds entries for position at, which follows those that are there.
func (t *tail) append(at int64, entries []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.data) == 0 {
		t.from = at
	}
	t.data = append(t.data, entries...)
	t.held.Add(int64(len(entries)))
}

// drop takes back the last n bytes.
func (t *tail) drop(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = t.data[:len(t.data)-n]
	t.held.Add(-int64(n))
}

// clear empties the tail; its memory is kept for the next entries, or not.
func (t *tail) clear(keep bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held.Add(-int64(len(t.data)))
	t.data = t.data[:0]
	if !keep || cap(t.data) > 4*maxTail { // append may have made it three times as large
		t.data = nil
	}
}

// read copies to buf what the tail has from position at on. With found false the next n bytes of buf are to be had from a file.
func (t *tail) read(buf []byte, at int64) (n int, found bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	switch {
	case at >= t.from+int64(len(t.data)):
		return len(buf), false
	case at < t.from:
		return int(min(int64(len(buf)), t.from-at)), false
	}
	return copy(buf, t.data[at-t.from:]), true
}

// Publish lets readers see the entries added since the last Commit or Publish. They are written once there are many, or at the
// next Flush. After an error they are forgotten, and must be added again.
func (q *ConsumeQueue) Publish() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.tail.data)+len(q.pending) >= maxTail || q.tail.held.Load() >= maxHeld {
		return q.commitLocked()
	}
	q.tail.append(q.next*UnitSize-int64(len(q.pending)), q.pending)
	q.pending = q.pending[:0]
	q.max.Store(q.next)
	return nil
}

// Commit is Publish, and writes all entries.
func (q *ConsumeQueue) Commit() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.commitLocked()
}

func (q *ConsumeQueue) commitLocked() error {
	added := len(q.pending)
	q.tail.append(q.next*UnitSize-int64(added), q.pending)
	if q.pending = q.pending[:0]; cap(q.pending) > 64<<10 {
		q.pending = nil
	}
	if err := q.writeTailLocked(true); err != nil {
		q.tail.drop(added)
		q.next -= int64(added / UnitSize)
		return err
	}
	q.max.Store(q.next)
	return nil
}

// writeTail writes what readers find in memory, and gives the memory back.
func (q *ConsumeQueue) writeTail() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.writeTailLocked(false)
}

// writeTailLocked empties the tail into the files. After an error it is as it was, and is written again some other time.
func (q *ConsumeQueue) writeTailLocked(keep bool) error {
	if len(q.tail.data) == 0 {
		return nil
	}
	for rest, at := q.tail.data, q.tail.from; len(rest) > 0; {
		n, err := q.writeLocked(rest, at)
		if err != nil {
			return fmt.Errorf("consume queue %s/%d: %w", q.topic, q.queueID, err)
		}
		rest, at = rest[n:], at+int64(n)
	}
	q.tail.clear(keep)
	return nil
}

// readAt fills buf with entries from position at on, out of one file and memory.
func (q *ConsumeQueue) readAt(buf []byte, at int64) error {
	for len(buf) > 0 {
		n, found := q.tail.read(buf, at)
		if !found {
			if err := q.files.ReadAt(buf[:n], at); err != nil {
				return fmt.Errorf("consume queue %s/%d: %w", q.topic, q.queueID, err)
			}
		}
		buf, at = buf[n:], at+int64(n)
	}
	return nil
}
