package tracestore

import (
	"container/list"
	"slices"
	"sync"
	"time"
)

// Config bounds a store. The zero value is usable.
type Config struct {
	// MaxBytes is about how much memory the spans may take; 0 means 32 MiB. The oldest traces go first.
	MaxBytes int
	// MaxSpansPerTrace keeps one endless trace from pushing out all others; 0 means 20,000. Spans past it are dropped.
	MaxSpansPerTrace int
	// Quiet is how long a trace must be silent to count as complete; 0 means 300 ms.
	Quiet time.Duration
}

func (c Config) withDefaults() Config {
	if c.MaxBytes <= 0 {
		c.MaxBytes = 32 << 20
	}
	if c.MaxSpansPerTrace <= 0 {
		c.MaxSpansPerTrace = 20_000
	}
	if c.Quiet <= 0 {
		c.Quiet = 300 * time.Millisecond
	}
	return c
}

// Store holds traces. Safe for concurrent use; mu owns everything below it.
type Store struct {
	cfg Config

	mu      sync.Mutex
	traces  map[TraceID]*entry
	order   *list.List                       // *entry, by first arrival, oldest first
	linked  map[TraceID]map[TraceID]struct{} // target trace -> traces with a link to it
	open    map[TraceID]*entry               // not yet quiet
	sweep   *time.Timer                      // set while open is not empty
	subs    map[*Subscription]struct{}
	words   words
	bytes   int
	evicted int64
	refused int64
}

// entry is one trace.
type entry struct {
	id      TraceID
	place   *list.Element
	spans   []*Span // append-only: a snapshot shares the array
	bytes   int
	touched time.Time
	summary *Summary // nil after a change
}

// New makes an empty store.
func New(cfg Config) *Store {
	return &Store{
		cfg:    cfg.withDefaults(),
		traces: map[TraceID]*entry{},
		order:  list.New(),
		linked: map[TraceID]map[TraceID]struct{}{},
		open:   map[TraceID]*entry{},
		subs:   map[*Subscription]struct{}{},
		words:  words{},
	}
}

// Add takes finished spans, in any order and of any traces, and owns them from then on. Spans with an invalid trace or span id
// are dropped.
func (s *Store) Add(spans []*Span) {
	if len(spans) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, span := range spans {
		s.addLocked(span, now)
	}
	s.makeRoomLocked()
	s.scheduleLocked()
}

func (s *Store) addLocked(span *Span, now time.Time) {
	if !span.identified() {
		s.refused++
		return
	}
	e := s.traces[span.TraceID]
	if e == nil {
		e = &entry{id: span.TraceID}
		e.place = s.order.PushBack(e)
		s.traces[e.id] = e
	}
	if len(e.spans) >= s.cfg.MaxSpansPerTrace {
		s.refused++
		return
	}
	if span.End < span.Start {
		span.End = span.Start
	}
	s.words.share(span)
	e.spans = append(e.spans, span)
	e.touched, e.summary = now, nil
	size := span.size()
	e.bytes += size
	s.bytes += size
	s.open[e.id] = e
	s.indexLinksLocked(span)
	s.notifyLocked(e.id)
}

func (s *Store) indexLinksLocked(span *Span) {
	for _, l := range span.Links {
		if l.TraceID == span.TraceID {
			continue
		}
		from := s.linked[l.TraceID]
		if from == nil {
			from = map[TraceID]struct{}{}
			s.linked[l.TraceID] = from
		}
		from[span.TraceID] = struct{}{}
		s.notifyLocked(l.TraceID)
	}
}

// makeRoomLocked drops the oldest traces until the store is within its bounds; the newest always stays.
func (s *Store) makeRoomLocked() {
	for s.bytes > s.cfg.MaxBytes && s.order.Len() > 1 {
		e, ok := s.order.Remove(s.order.Front()).(*entry)
		if !ok {
			return
		}
		s.bytes -= e.bytes
		s.evicted++
		delete(s.traces, e.id)
		delete(s.open, e.id)
		s.unlinkLocked(e)
	}
}

func (s *Store) unlinkLocked(e *entry) {
	for _, span := range e.spans {
		for _, l := range span.Links {
			from := s.linked[l.TraceID]
			delete(from, e.id)
			if len(from) == 0 {
				delete(s.linked, l.TraceID)
			}
		}
	}
}

// scheduleLocked makes sure that open traces are looked at again.
func (s *Store) scheduleLocked() {
	if s.sweep == nil && len(s.open) > 0 {
		s.sweep = time.AfterFunc(s.cfg.Quiet/3, s.completeQuiet)
	}
}

// Settle completes all traces at once: nothing more is to come of them.
func (s *Store) Settle() { s.complete(0) }

// completeQuiet completes the traces that have been silent for long enough.
func (s *Store) completeQuiet() { s.complete(s.cfg.Quiet) }

func (s *Store) complete(quiet time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sweep != nil {
		s.sweep.Stop()
		s.sweep = nil
	}
	now := time.Now()
	for id, e := range s.open {
		if now.Sub(e.touched) >= quiet {
			delete(s.open, id)
			e.summary = nil
			s.notifyLocked(id)
		}
	}
	s.scheduleLocked()
}

// Trace is a snapshot of one trace; false when the store has none of that id.
func (s *Store) Trace(id TraceID) (*Trace, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.traces[id]
	if e == nil {
		return nil, false
	}
	return s.snapshotLocked(e), true
}

func (s *Store) snapshotLocked(e *entry) *Trace {
	spans := slices.Clone(e.spans)
	slices.SortStableFunc(spans, byStart)
	return &Trace{Summary: *s.summaryLocked(e), Spans: spans}
}

// LinkedFrom are the traces with a link to a span of trace id, oldest first: the background work that a request caused.
func (s *Store) LinkedFrom(id TraceID) []*Trace {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*Trace
	for from := range s.linked[id] {
		if e := s.traces[from]; e != nil {
			out = append(out, s.snapshotLocked(e))
		}
	}
	slices.SortFunc(out, func(a, b *Trace) int { return a.Start.Compare(b.Start) })
	return out
}

// Stats are a store's counts since it was made.
type Stats struct {
	Traces  int   // held now
	Bytes   int   // estimate of what they take
	Evicted int64 // traces dropped to make room
	Refused int64 // spans without a valid id, or past MaxSpansPerTrace
}

// Stats reads the counts.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{Traces: len(s.traces), Bytes: s.bytes, Evicted: s.evicted, Refused: s.refused}
}
