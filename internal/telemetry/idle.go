package telemetry

import (
	"context"
	"slices"
	"sync"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/observ"
)

// idleFilter leaves out long polls that brought nothing. A consumer polls every queue for ever; recorded faithfully, the polls
// of a quiet cluster would bury its messages. What a poll brings is known only at its end, so the spans below a local root that is
// a pull are held until it ends, and then passed on or dropped together.
type idleFilter struct {
	sdktrace.SpanProcessor

	mu   sync.RWMutex
	held map[trace.SpanID]*poll // by every span of a poll under way, and by those that outlive it until they end
}

// poll is one pull under way in this process.
type poll struct {
	root  trace.SpanID
	ended []sdktrace.ReadOnlySpan
	over  bool // the root has ended
	idle  bool // ... and brought nothing
}

func dropIdle(next sdktrace.SpanProcessor) *idleFilter {
	return &idleFilter{SpanProcessor: next, held: map[trace.SpanID]*poll{}}
}

// OnStart recognises pulls and what happens within them.
func (f *idleFilter) OnStart(ctx context.Context, s sdktrace.ReadWriteSpan) {
	f.SpanProcessor.OnStart(ctx, s)
	begins, within := observ.MayBeIdle(ctx)
	if !within {
		return
	}
	id, parent := s.SpanContext().SpanID(), s.Parent()
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := f.held[parent.SpanID()]; p != nil && !parent.IsRemote() {
		f.held[id] = p
	} else if begins {
		f.held[id] = &poll{root: id}
	}
}

// OnEnd holds a poll's spans until its root ends.
func (f *idleFilter) OnEnd(s sdktrace.ReadOnlySpan) {
	p := f.pollOf(s)
	if p == nil {
		f.SpanProcessor.OnEnd(s)
		return
	}
	for _, span := range f.release(p, s) {
		f.SpanProcessor.OnEnd(span)
	}
}

// pollOf is the poll that s is of; most spans are of none.
func (f *idleFilter) pollOf(s sdktrace.ReadOnlySpan) *poll {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if len(f.held) == 0 {
		return nil
	}
	return f.held[s.SpanContext().SpanID()]
}

// release returns the spans that may pass on now that s has ended.
func (f *idleFilter) release(p *poll, s sdktrace.ReadOnlySpan) []sdktrace.ReadOnlySpan {
	f.mu.Lock()
	defer f.mu.Unlock()
	p.ended = append(p.ended, s)
	if s.SpanContext().SpanID() == p.root {
		p.over, p.idle = true, slices.ContainsFunc(s.Attributes(), observ.SaysIdle)
	}
	if !p.over {
		return nil // and stay known: a span may yet begin below one that has ended
	}
	ready := p.ended
	p.ended = nil
	for _, span := range ready {
		delete(f.held, span.SpanContext().SpanID())
	}
	if p.idle {
		return nil
	}
	return ready
}
