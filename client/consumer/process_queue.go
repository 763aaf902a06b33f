package consumer

import (
	"cmp"
	"context"
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
	// lastPull and lastConsume are in milliseconds since the Unix epoch.
	lastPull, lastConsume atomic.Int64
	// brokerID is the broker to pull from, as the broker last suggested: 0 the master.
	brokerID atomic.Int64

	ownership sync.Mutex         // held while the queue must not be taken away
	dropped   atomic.Bool        // taken away: no more pulls, and what handlers still finish is not committed; set once
	ctx       context.Context    //nolint:containedctx // the life of the pull loop
	cancel    context.CancelFunc // ends it

	mu      sync.Mutex
	entries []entry // ascending by offset; the first is not done
	pending int     // entries not done
	bytes   int64   // bodies of entries not done
	next    int64   // one behind the highest offset ever put
	filled  bool    // something was ever put
}

// entry is one message. Its offset and size are as pulled, whatever the handler does to the message.
type entry struct {
	msg     *message.MessageExt
	offset  int64
	size    int64
	started int64 // when a handler got it, milliseconds since the Unix epoch; 0: not yet
	state   entryState
}

type entryState int8

const (
	open     entryState = iota // waits, or is being handled
	settling                   // is being sent back
	done                       // acknowledged, or stored for retry
)

// drop takes the queue away. When it returns, no unlessDropped is under way or will run again.
func (q *processQueue) drop() {
	q.ownership.Lock()
	q.dropped.Store(true)
	q.ownership.Unlock()
	if q.cancel != nil {
		q.cancel()
	}
}

// unlessDropped runs f, unless the queue was taken away; it is not taken away meanwhile. f must be short.
func (q *processQueue) unlessDropped(f func()) {
	q.ownership.Lock()
	defer q.ownership.Unlock()
	if !q.dropped.Load() {
		f()
	}
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
		q.entries = append(q.entries, entry{msg: m, offset: m.QueueOffset, size: int64(len(m.Body))})
		q.next, q.filled = m.QueueOffset+1, true
		q.pending++
		q.bytes += int64(len(m.Body))
		fresh = append(fresh, m)
	}
	return fresh
}

// begin notes that a handler gets the messages now.
func (q *processQueue) begin(msgs []*message.MessageExt, now time.Time) {
	q.each(msgs, func(e *entry) { e.started = now.UnixMilli() })
}

// remove marks messages as done and returns the offset up to which everything is: the offset to commit. It is -1 when nothing
// was ever put.
func (q *processQueue) remove(msgs []*message.MessageExt, now time.Time) int64 {
	q.lastConsume.Store(now.UnixMilli())
	q.each(msgs, func(e *entry) {
		if e.state != done {
			e.state = done
			q.pending--
			q.bytes -= e.size
		}
	})
	q.mu.Lock()
	defer q.mu.Unlock()
	q.trimLocked()
	return q.doneLocked()
}

// claim takes those of the messages that nobody has settled or is settling; the caller must remove or release them.
func (q *processQueue) claim(msgs []*message.MessageExt) (mine []*message.MessageExt) {
	q.each(msgs, func(e *entry) {
		if e.state == open {
			e.state = settling
			mine = append(mine, e.msg)
		}
	})
	return mine
}

// release undoes a claim. started, in milliseconds since the Unix epoch, is when the handler counts as having got the messages.
func (q *processQueue) release(msgs []*message.MessageExt, started int64) {
	q.each(msgs, func(e *entry) {
		if e.state == settling {
			e.state, e.started = open, started
		}
	})
}

// claimExpired claims the messages that a handler got before that time and has not returned.
func (q *processQueue) claimExpired(before time.Time) (mine []*message.MessageExt) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.entries {
		e := &q.entries[i]
		if e.state == open && e.started > 0 && e.started < before.UnixMilli() {
			e.state = settling
			mine = append(mine, e.msg)
		}
	}
	return mine
}

// each runs f on the entries of the messages that are still here.
func (q *processQueue) each(msgs []*message.MessageExt, f func(e *entry)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range msgs {
		i, found := slices.BinarySearchFunc(q.entries, m.QueueOffset, func(e entry, offset int64) int {
			return cmp.Compare(e.offset, offset)
		})
		if found {
			f(&q.entries[i])
		}
	}
}

// trimLocked forgets the done entries at the front.
func (q *processQueue) trimLocked() {
	n := 0
	for n < len(q.entries) && q.entries[n].state == done {
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
		return q.entries[0].offset
	default:
		return q.next
	}
}

// backlog is what waits: messages, bytes of their bodies, and the distance between the lowest and the highest offset.
func (q *processQueue) backlog() (count int, bytes, span int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.entries) > 0 {
		span = q.entries[len(q.entries)-1].offset - q.entries[0].offset
	}
	return q.pending, q.bytes, span
}

// undoneBefore is the lowest offset that waits if it comes before the given one, else that.
func (q *processQueue) undoneBefore(offset int64) int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.entries) > 0 {
		return min(offset, q.entries[0].offset)
	}
	return offset
}

// offsets are the lowest and highest offsets that wait, or zeros.
func (q *processQueue) offsets() (lowest, highest int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.entries) == 0 {
		return 0, 0
	}
	return q.entries[0].offset, q.entries[len(q.entries)-1].offset
}
