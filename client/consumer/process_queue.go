package consumer

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plumemq/plume/message"
)

// processQueue holds the messages of one assigned queue between pull and acknowledgement, and knows up to which offset all of
// them are done. Safe for concurrent use: the pull loop puts, the handlers' goroutines remove.
//
// Java: client.impl.consumer.ProcessQueue (5.5.0).
type processQueue struct {
	mq message.MessageQueue
	// dropped is set once, when the queue is taken away: no more pulls, and what the handlers still finish is not committed.
	dropped atomic.Bool
	// lastPull and lastConsume are in milliseconds since the Unix epoch.
	lastPull, lastConsume atomic.Int64
	// brokerID is the broker to pull from, as the broker last suggested: 0 the master.
	brokerID atomic.Int64

	mu      sync.Mutex
	entries []entry // ascending by queue offset; the first is not done
	pending int     // entries not done
	bytes   int64   // bodies of entries not done
	next    int64   // one behind the highest offset ever put
	filled  bool    // something was ever put
}

type entry struct {
	msg  *message.MessageExt
	done bool
}

// put adds pulled messages, which come in offset order. Offsets already present or passed are skipped and not returned.
func (q *processQueue) put(msgs []*message.MessageExt) []*message.MessageExt {
	q.mu.Lock()
	defer q.mu.Unlock()
	fresh := msgs[:0:0]
	for _, m := range msgs {
		if q.filled && m.QueueOffset < q.next {
			continue
		}
		q.entries = append(q.entries, entry{msg: m})
		q.next, q.filled = m.QueueOffset+1, true
		q.pending++
		q.bytes += int64(len(m.Body))
		fresh = append(fresh, m)
	}
	return fresh
}

// remove marks messages as done and returns the offset up to which everything is: the offset to commit. It is -1 when nothing
// was ever put.
func (q *processQueue) remove(msgs []*message.MessageExt, now time.Time) int64 {
	q.lastConsume.Store(now.UnixMilli())
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range msgs {
		i, ok := slices.BinarySearchFunc(q.entries, m.QueueOffset, func(e entry, off int64) int {
			return int(e.msg.QueueOffset - off)
		})
		if ok && !q.entries[i].done {
			q.entries[i].done = true
			q.pending--
			q.bytes -= int64(len(m.Body))
		}
	}
	q.trimLocked()
	return q.doneLocked()
}

// trimLocked forgets the done entries at the front, and gives the memory back now and then.
func (q *processQueue) trimLocked() {
	n := 0
	for n < len(q.entries) && q.entries[n].done {
		q.entries[n].msg = nil
		n++
	}
	q.entries = q.entries[n:]
	if len(q.entries) == 0 {
		q.entries = nil
	}
}

func (q *processQueue) doneLocked() int64 {
	switch {
	case !q.filled:
		return -1
	case len(q.entries) > 0:
		return q.entries[0].msg.QueueOffset
	default:
		return q.next
	}
}

// backlog is what waits: messages, bytes of their bodies, and the distance between the lowest and the highest offset.
func (q *processQueue) backlog() (count int, bytes, span int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.entries) > 0 {
		span = q.entries[len(q.entries)-1].msg.QueueOffset - q.entries[0].msg.QueueOffset
	}
	return q.pending, q.bytes, span
}

// clear forgets everything: the queue was reset to another offset.
func (q *processQueue) clear() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.entries, q.pending, q.bytes, q.next, q.filled = nil, 0, 0, 0, false
}

// offsets are the lowest and highest offsets that wait, or zeros.
func (q *processQueue) offsets() (lowest, highest int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.entries) == 0 {
		return 0, 0
	}
	return q.entries[0].msg.QueueOffset, q.entries[len(q.entries)-1].msg.QueueOffset
}
