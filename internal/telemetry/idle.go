package telemetry

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// idleFilter leaves out long polls that brought nothing. A consumer polls every queue for ever; recorded faithfully, the polls
// of a quiet cluster would bury its messages. What a poll brings is known only at its end, so the spans below a local root that is
// a pull are held until it ends, and then passed on or dropped together.
type idleFilter struct {
	sdktrace.SpanProcessor

	mu   sync.Mutex
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

// isPull knows the rocketmq.step ids of local roots that may turn out to be idle.
func isPull(step string) bool {
	switch step {
	case "consumer.pullMessage", "remoting.server.PULL_MESSAGE", "remoting.server.LITE_PULL_MESSAGE":
		return true
	}
	return false
}

// OnStart recognises pulls and what happens within them.
func (f *idleFilter) OnStart(ctx context.Context, s sdktrace.ReadWriteSpan) {
	f.SpanProcessor.OnStart(ctx, s)
	id, parent := s.SpanContext().SpanID(), s.Parent()
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := f.held[parent.SpanID()]; p != nil && parent.IsValid() && !parent.IsRemote() {
		f.held[id] = p
		return
	}
	if isPull(text(s, "rocketmq.step")) {
		f.held[id] = &poll{root: id}
	}
}

// OnEnd holds a poll's spans until its root ends.
func (f *idleFilter) OnEnd(s sdktrace.ReadOnlySpan) {
	for _, span := range f.release(s) {
		f.SpanProcessor.OnEnd(span)
	}
}

// release returns the spans that may pass on now that s has ended.
func (f *idleFilter) release(s sdktrace.ReadOnlySpan) []sdktrace.ReadOnlySpan {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := s.SpanContext().SpanID()
	p := f.held[id]
	if p == nil {
		return []sdktrace.ReadOnlySpan{s}
	}
	p.ended = append(p.ended, s)
	if id == p.root {
		p.over, p.idle = true, broughtNothing(s)
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

// broughtNothing reads the end of a pull as the consumer, or the server, recorded it.
func broughtNothing(s sdktrace.ReadOnlySpan) bool {
	return text(s, "rocketmq.idle") == "true" || text(s, "rpc.response.status_code") == "PULL_NOT_FOUND"
}

func text(s sdktrace.ReadOnlySpan, key attribute.Key) string {
	for _, kv := range s.Attributes() {
		if kv.Key == key {
			return kv.Value.String()
		}
	}
	return ""
}
