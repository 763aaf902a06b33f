package tracestore

import (
	"cmp"
	"slices"
	"time"
)

// Summary is what a list shows of a trace.
type Summary struct {
	ID       TraceID
	Root     *Span // the first span whose parent the store does not have; never nil
	Services []ServiceCount
	Start    time.Time
	Duration time.Duration // from the first start to the last end
	Spans    int
	Failed   int  // spans with status Error
	Complete bool // quiet for long enough
	Message  bool // a PRODUCER or CONSUMER span is in it: somebody's message, not background work
}

// ServiceCount says how many spans of a trace one service made.
type ServiceCount struct {
	Name  string
	Spans int
}

// Has says whether the service took part.
func (s *Summary) Has(service string) bool {
	return slices.ContainsFunc(s.Services, func(c ServiceCount) bool { return c.Name == service })
}

// Trace is a snapshot: its spans by start time, parents before their children when they start together.
type Trace struct {
	Summary
	Spans []*Span
}

// Span finds a span by its id, or nil.
func (t *Trace) Span(id SpanID) *Span {
	for _, s := range t.Spans {
		if s.SpanID == id {
			return s
		}
	}
	return nil
}

// ByStep is the first span of a step, or nil.
func (t *Trace) ByStep(step string) *Span {
	for _, s := range t.Spans {
		if s.Step() == step {
			return s
		}
	}
	return nil
}

// byStart orders spans by start; of two that start together the longer is the parent.
func byStart(a, b *Span) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
}

// summaryLocked is an entry's summary, made anew after a change.
func (s *Store) summaryLocked(e *entry) *Summary {
	if e.summary == nil {
		e.summary = summarise(e)
		_, open := s.open[e.id]
		e.summary.Complete = !open
	}
	return e.summary
}

func summarise(e *entry) *Summary {
	present := make(map[SpanID]struct{}, len(e.spans))
	for _, span := range e.spans {
		present[span.SpanID] = struct{}{}
	}
	sum := &Summary{ID: e.id, Spans: len(e.spans)}
	start, end := e.spans[0].Start, e.spans[0].End
	for _, span := range e.spans {
		start, end = min(start, span.Start), max(end, span.End)
		if _, ok := present[span.Parent]; !ok && (sum.Root == nil || byStart(span, sum.Root) < 0) {
			sum.Root = span
		}
		if span.Failed {
			sum.Failed++
		}
		if span.Kind == KindProducer || span.Kind == KindConsumer {
			sum.Message = true
		}
		sum.countService(span.Resource.Service)
	}
	if sum.Root == nil { // a loop of parents: no exporter does this
		sum.Root = e.spans[0]
	}
	sum.Start, sum.Duration = time.Unix(0, start), time.Duration(end-start)
	return sum
}

func (s *Summary) countService(name string) {
	for i := range s.Services {
		if s.Services[i].Name == name {
			s.Services[i].Spans++
			return
		}
	}
	s.Services = append(s.Services, ServiceCount{Name: name, Spans: 1})
}
