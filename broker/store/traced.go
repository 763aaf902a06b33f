package store

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	"github.com/plumemq/plume/internal/observ"
)

// maxTracedPuts bounds how many traced messages may wait to be dispatched and still be linked to their request.
const maxTracedPuts = 4096

// tracedPuts remembers, by physical offset, which request stored a traced message, until it is dispatched. Both happen in the order of the
// offsets, but for places in the log that are taken back. It is safe for concurrent use.
type tracedPuts struct {
	oldest atomic.Int64 // the first offset in waiting; nothing to take before it

	mu      sync.Mutex // owns waiting
	waiting []tracedPut
	taken   int // of waiting, from its beginning
}

type tracedPut struct {
	offset  int64
	request observ.SpanContext
}

func newTracedPuts() *tracedPuts {
	t := &tracedPuts{}
	t.oldest.Store(math.MaxInt64)
	return t
}

// remember keeps the request in ctx for the message at offset. Those remembered there or beyond could not be written, and are forgotten. When
// too many wait, the newcomer is left out.
func (t *tracedPuts) remember(ctx context.Context, offset int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for n := len(t.waiting); n > t.taken && t.waiting[n-1].offset >= offset; n-- {
		t.waiting = t.waiting[:n-1]
	}
	if len(t.waiting)-t.taken >= maxTracedPuts {
		return
	}
	if t.taken >= maxTracedPuts {
		t.waiting = append(t.waiting[:0], t.waiting[t.taken:]...)
		t.taken = 0
	}
	t.waiting = append(t.waiting, tracedPut{offset, observ.EntrySpanContextOf(ctx)})
	t.noteOldestLocked()
}

// before says whether offset comes before all that wait.
func (t *tracedPuts) before(offset int64) bool { return offset < t.oldest.Load() }

// take gives back the request of the message at offset, once. What nobody took before it is forgotten: nobody traced its dispatch.
func (t *tracedPuts) take(offset int64) (request observ.SpanContext) {
	if t.before(offset) {
		return request
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.taken < len(t.waiting) && t.waiting[t.taken].offset <= offset {
		if put := &t.waiting[t.taken]; put.offset == offset {
			request = put.request
		}
		t.taken++
	}
	t.noteOldestLocked()
	return request
}

func (t *tracedPuts) noteOldestLocked() {
	if t.taken < len(t.waiting) {
		t.oldest.Store(t.waiting[t.taken].offset)
		return
	}
	t.waiting, t.taken = t.waiting[:0], 0
	t.oldest.Store(math.MaxInt64)
}
