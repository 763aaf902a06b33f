package store

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/plumemq/plume/internal/observ"
)

// maxTracedPuts bounds how many traced messages may wait to be dispatched and still be linked to their request.
const maxTracedPuts = 4096

// tracedPuts remembers, by physical offset, which request stored a traced message. It is safe for concurrent use.
type tracedPuts struct {
	count atomic.Int64 // of spans

	mu    sync.Mutex // owns spans
	spans map[int64]observ.SpanContext
}

func newTracedPuts() *tracedPuts { return &tracedPuts{spans: make(map[int64]observ.SpanContext)} }

// remember keeps the request in ctx for the message at offset. When too many wait, the newcomer is left out.
func (t *tracedPuts) remember(ctx context.Context, offset int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.spans) < maxTracedPuts {
		t.spans[offset] = observ.EntrySpanContextOf(ctx)
		t.count.Store(int64(len(t.spans)))
	}
}

// take gives back the request of the message at offset, once.
func (t *tracedPuts) take(offset int64) observ.SpanContext {
	if t.count.Load() == 0 {
		return observ.SpanContext{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	span, ok := t.spans[offset]
	if ok {
		delete(t.spans, offset)
		t.count.Store(int64(len(t.spans)))
	}
	return span
}
