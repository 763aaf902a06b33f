package observ

import (
	"sync"

	"go.opentelemetry.io/otel/trace"
)

// keepAttrs is the longest list of attributes that a record keeps for the next step.
const keepAttrs = 64

// record gathers a step's attributes until its end, when the span gets them all at once: a span that is given attributes one by one
// grows, and copies, each time. Records are used again and again; a step that has ended finds its record serving another one, and
// leaves it alone.
type record struct {
	mu    sync.Mutex // owns all below; a leaf
	turn  uint64     // which step it serves
	attrs []Attr
}

var recordPool = sync.Pool{New: func() any { return &record{attrs: make([]Attr, 0, 16)} }}

// newRecord takes a record, and the turn that it is taken in.
func newRecord() (*record, uint64) {
	r, _ := recordPool.Get().(*record) // nobody else touches more of it than turn until the step is returned
	r.attrs = r.attrs[:0]
	return r, r.turn
}

// add adds attributes unless the step of that turn has ended.
func (r *record) add(turn uint64, attrs []Attr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.turn == turn {
		r.attrs = append(r.attrs, attrs...)
	}
}

// end gives span its attributes and says whether this was the step's end, which comes once.
func (r *record) end(turn uint64, span trace.Span) bool {
	r.mu.Lock()
	if r.turn != turn {
		r.mu.Unlock()
		return false
	}
	r.turn++
	span.SetAttributes(r.attrs...)
	keep := cap(r.attrs) <= keepAttrs
	r.mu.Unlock()
	if keep {
		recordPool.Put(r)
	}
	return true
}
