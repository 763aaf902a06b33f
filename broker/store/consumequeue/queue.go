package consumequeue

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/plumemq/plume/broker/store/mappedfile"
)

// ConsumeQueue is one queue. Reading is safe at any time; Put, Publish, Commit and Discard are for the dispatcher alone.
//
// Java: store.ConsumeQueue (5.5.0).
type ConsumeQueue struct {
	topic   string
	queueID int32
	files   *mappedfile.MappedFileQueue

	mu      sync.Mutex // guards next and pending, changes of tail, and the shape of files
	next    int64      // queue offset of the next entry
	pending []byte     // entries that readers do not see yet: they end at next
	tail    tail       // entries not written yet: they end where pending begins

	min atomic.Int64
	max atomic.Int64 // behind the last entry that can be read
}

// Topic is the queue's topic.
func (q *ConsumeQueue) Topic() string { return q.topic }

// QueueID is the queue's number.
func (q *ConsumeQueue) QueueID() int32 { return q.queueID }

// MinOffset is the first queue offset whose message is in the commit log.
func (q *ConsumeQueue) MinOffset() int64 { return q.min.Load() }

// MaxOffset is the queue offset behind the last entry.
func (q *ConsumeQueue) MaxOffset() int64 { return q.max.Load() }

// Put adds the entry of the message with a queue offset. An offset that is already there is left as it is; a gap before it is
// filled with blanks. The entry can be read after Publish or Commit.
//
// Java: store.ConsumeQueue#putMessagePositionInfo (5.5.0).
func (q *ConsumeQueue) Put(queueOffset, phyOffset int64, size int32, tagsCode int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if queueOffset < q.next {
		return nil
	}
	if queueOffset > q.next {
		if err := q.skipToLocked(queueOffset); err != nil {
			return err
		}
	}
	q.pending = appendUnit(q.pending, phyOffset, size, tagsCode)
	q.next++
	return nil
}

// skipToLocked goes on at queueOffset, with blanks in between. A queue whose messages are all gone begins anew there; for any
// other a gap wider than a file is ErrQueueOffset.
func (q *ConsumeQueue) skipToLocked(queueOffset int64) error {
	if err := q.commitLocked(); err != nil {
		return err
	}
	perFile := q.files.FileSize() / UnitSize
	empty := q.min.Load() >= q.max.Load()
	if !empty && queueOffset-q.next > perFile {
		return fmt.Errorf("consume queue %s/%d: %w: %d after %d", q.topic, q.queueID, ErrQueueOffset, queueOffset, q.next)
	}
	if empty {
		if err := q.files.DropAll(); err != nil {
			return err
		}
		q.next = queueOffset - queueOffset%perFile
	}
	q.pending = appendBlanks(q.pending, queueOffset-q.next)
	q.next = queueOffset
	if err := q.commitLocked(); err != nil {
		return err
	}
	if empty {
		q.min.Store(queueOffset)
	}
	q.max.Store(queueOffset)
	return nil
}

// PutChecked is Put for recovery. An entry that is already there but says something else is replaced, and those behind it are
// dropped, unless vouched says that it is right: then the message is ErrQueueOffset. gap says that entries before it are missing.
func (q *ConsumeQueue) PutChecked(queueOffset, phyOffset int64, size int32, tagsCode int64, vouched func(Unit) bool) (gap bool, err error) {
	if queueOffset < 0 {
		return false, fmt.Errorf("consume queue %s/%d: %w: %d", q.topic, q.queueID, ErrQueueOffset, queueOffset)
	}
	if queueOffset < q.MaxOffset() {
		if there, err := q.checkEntry(queueOffset, phyOffset, size, vouched); there || err != nil {
			return false, err
		}
	}
	return queueOffset > q.nextOffset(), q.Put(queueOffset, phyOffset, size, tagsCode)
}

// checkEntry says whether the entry of a message is there. If not, the way is free for it.
func (q *ConsumeQueue) checkEntry(queueOffset, phyOffset int64, size int32, vouched func(Unit) bool) (there bool, err error) {
	if queueOffset < q.files.MinOffset()/UnitSize {
		return false, q.restart() // a crash took the first files
	}
	u, ok, err := q.Get(queueOffset)
	switch {
	case err != nil:
		return false, err
	case ok && u.PhyOffset == phyOffset && u.Size == size:
		return true, nil
	case ok && !u.Blank() && vouched(u):
		return false, fmt.Errorf("consume queue %s/%d: %w: %d is taken", q.topic, q.queueID, ErrQueueOffset, queueOffset)
	}
	return false, q.cutAt(queueOffset)
}

func (q *ConsumeQueue) cutAt(queueOffset int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.writeTailLocked(false); err != nil {
		return err
	}
	return q.endAt(queueOffset, false)
}

func (q *ConsumeQueue) nextOffset() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.next
}

// restart removes all entries.
func (q *ConsumeQueue) restart() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tail.clear(false)
	q.pending, q.next = nil, 0
	q.min.Store(0)
	q.max.Store(0)
	return q.files.DropAll()
}

// drop removes all entries of a queue that goes away.
func (q *ConsumeQueue) drop() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tail.clear(false)
	return q.files.DropAll()
}

// Discard forgets the entries added since the last Commit or Publish.
func (q *ConsumeQueue) Discard() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next -= int64(len(q.pending) / UnitSize)
	q.pending = q.pending[:0]
}

// writeLocked writes as much of data as the file at position at has room for.
func (q *ConsumeQueue) writeLocked(data []byte, at int64) (n int, err error) {
	size := q.files.FileSize()
	file := q.files.Find(at)
	if file == nil {
		if file, err = q.files.Create(at - at%size); err != nil {
			return 0, err
		}
	}
	n = int(min(int64(len(data)), size-at%size))
	return n, file.Append(at%size, data[:n])
}

// Read is up to limit entries from queueOffset on, as far as one file holds them; none outside the queue.
//
// Java: store.ConsumeQueue#iterateFrom (5.5.0).
func (q *ConsumeQueue) Read(dst []Unit, queueOffset int64, limit int) ([]Unit, error) {
	perFile := q.files.FileSize() / UnitSize
	first := queueOffset - queueOffset%perFile
	n := min(int64(limit), first+perFile-queueOffset, q.max.Load()-queueOffset)
	if queueOffset < 0 || n <= 0 {
		return dst, nil
	}
	buf := make([]byte, n*UnitSize)
	if err := q.readAt(buf, queueOffset*UnitSize); err != nil {
		return dst, err
	}
	for i := range n {
		u, ok := parseUnit(buf[i*UnitSize:], queueOffset+i)
		if !ok {
			return dst, fmt.Errorf("consume queue %s/%d at offset %d: %w", q.topic, q.queueID, u.QueueOffset, ErrUnit)
		}
		dst = append(dst, u)
	}
	return dst, nil
}

// Get is one entry; ok is false outside the queue.
func (q *ConsumeQueue) Get(queueOffset int64) (u Unit, ok bool, err error) {
	if queueOffset < q.files.MinOffset()/UnitSize || queueOffset < 0 || queueOffset >= q.max.Load() {
		return u, false, nil
	}
	var b [UnitSize]byte
	if err := q.readAt(b[:], queueOffset*UnitSize); err != nil {
		return u, false, err
	}
	u, ok = parseUnit(b[:], queueOffset)
	return u, ok, nil
}

// NextFile is the first queue offset of the file behind the one that holds queueOffset.
//
// Java: store.ConsumeQueue#rollNextFile (5.5.0).
func (q *ConsumeQueue) NextFile(queueOffset int64) int64 {
	perFile := q.files.FileSize() / UnitSize
	return queueOffset - queueOffset%perFile + perFile
}

// Flush makes all entries durable that readers see.
func (q *ConsumeQueue) Flush() error {
	if err := q.writeTail(); err != nil {
		return err
	}
	_, err := q.files.Flush()
	return err
}

// DirtyBytes is how much of the last file was written and not flushed.
func (q *ConsumeQueue) DirtyBytes() int64 {
	if last := q.files.Last(); last != nil {
		return last.Dirty()
	}
	return 0
}
