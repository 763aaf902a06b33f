package tracestore

import (
	"slices"
	"strings"
	"time"
)

// Filter chooses traces. Fields left zero do not filter.
type Filter struct {
	Service     string            // a service that took part
	Operation   string            // a span's name, within Service if that is set
	Text        string            // part of a span's name, service, or attribute value, in any case
	Attrs       map[string]string // one span (of Service, if set) has all of these
	MinDuration time.Duration
	MaxDuration time.Duration
	After       time.Time // started at or after
	Before      time.Time // started at or before
	Failed      bool      // only those with an error
	Complete    bool      // only those that are complete
	Kind        Class
	Limit       int // 0 means 100
}

// Class divides traces by what they are about.
type Class int

// The classes of traces.
const (
	Any        Class = iota
	Messages         // somebody's message: a PRODUCER or CONSUMER span is in it
	Background       // everything else: heartbeats, registrations, reput
)

// List returns the summaries of the matching traces, newest first.
func (s *Store) List(f Filter) []Summary {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Summary
	for el := s.order.Back(); el != nil && len(out) < f.Limit; el = el.Prev() {
		e, ok := el.Value.(*entry)
		if !ok {
			continue
		}
		if sum := s.summaryLocked(e); f.matches(sum, e.spans) {
			out = append(out, *sum)
		}
	}
	slices.SortStableFunc(out, func(a, b Summary) int { return b.Start.Compare(a.Start) })
	return out
}

func (f *Filter) matches(sum *Summary, spans []*Span) bool {
	switch {
	case f.Service != "" && !sum.Has(f.Service),
		f.Failed && sum.Failed == 0,
		f.Complete && !sum.Complete,
		f.Kind == Messages && !sum.Message,
		f.Kind == Background && sum.Message,
		f.MinDuration > 0 && sum.Duration < f.MinDuration,
		f.MaxDuration > 0 && sum.Duration > f.MaxDuration,
		!f.After.IsZero() && sum.Start.Before(f.After),
		!f.Before.IsZero() && sum.Start.After(f.Before):
		return false
	}
	if f.Operation == "" && f.Text == "" && len(f.Attrs) == 0 {
		return true
	}
	return slices.ContainsFunc(spans, f.matchesSpan)
}

func (f *Filter) matchesSpan(span *Span) bool {
	if f.Service != "" && span.Resource.Service != f.Service {
		return false
	}
	if f.Operation != "" && span.Name != f.Operation {
		return false
	}
	for key, want := range f.Attrs {
		if !span.tagged(key, want) {
			return false
		}
	}
	return f.Text == "" || span.mentions(strings.ToLower(f.Text))
}

// tagged also knows the tags that Jaeger derives: error and span.kind.
func (s *Span) tagged(key, want string) bool {
	switch key {
	case "error":
		return s.Failed == (want == "true")
	case "span.kind":
		return string(s.Kind) == want
	}
	return s.Attr(key) == want
}

func (s *Span) mentions(text string) bool {
	if strings.Contains(strings.ToLower(s.Name), text) || strings.Contains(strings.ToLower(s.Resource.Service), text) {
		return true
	}
	return slices.ContainsFunc(s.Attrs, func(a Attr) bool { return strings.Contains(strings.ToLower(a.Text()), text) })
}

// Services are the names of all services, sorted.
func (s *Store) Services() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, e := range s.traces {
		for _, c := range s.summaryLocked(e).Services {
			if !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// Operation is a span name and the kind it appears with.
type Operation struct {
	Name string
	Kind Kind
}

// Operations are the distinct span names and kinds of a service, or of all when service is "", sorted by name. A kind other
// than "" keeps only that kind's.
func (s *Store) Operations(service string, kind Kind) []Operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[Operation]struct{}{}
	for _, e := range s.traces {
		for _, span := range e.spans {
			if (service == "" || span.Resource.Service == service) && (kind == "" || span.Kind == kind) {
				seen[Operation{span.Name, span.Kind}] = struct{}{}
			}
		}
	}
	out := make([]Operation, 0, len(seen))
	for op := range seen {
		out = append(out, op)
	}
	slices.SortFunc(out, func(a, b Operation) int {
		return strings.Compare(a.Name+"\x00"+string(a.Kind), b.Name+"\x00"+string(b.Kind))
	})
	return out
}
