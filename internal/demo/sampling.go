package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/plumemq/plume/remoting/protocol"
)

const (
	// traceParent is W3C's name for trace context, in a command's fields and in a message's properties.
	traceParent = "traceparent"
	// pullsPerSec is how many of the consumer's pulls are traced: with load there are hundreds, each a trace of its own.
	pullsPerSec = 10
)

// unsampled is the context of a trace that nobody records.
func unsampled() trace.SpanContext {
	var id trace.TraceID
	for i := range id {
		id[i] = byte(1 + rand.IntN(255))
	}
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: trace.SpanID(id[:8])})
}

// headerOf is a span context as W3C writes it.
func headerOf(sc trace.SpanContext) string {
	return fmt.Sprintf("00-%s-%s-%s", sc.TraceID(), sc.SpanID(), sc.TraceFlags())
}

// silence is a hook of the demo's clients that tells servers not to record what the caller does not: without a word from it they
// would begin traces of their own, which is right for strangers.
type silence struct{}

// DoBeforeRequest passes the decision on.
func (silence) DoBeforeRequest(ctx context.Context, _ string, req *protocol.RemotingCommand) error {
	if sc := trace.SpanContextFromContext(ctx); !sc.IsSampled() {
		if !sc.IsValid() {
			sc = unsampled()
		}
		req.ExtFields.Set(traceParent, headerOf(sc))
	}
	return nil
}

// DoAfterResponse does nothing.
func (silence) DoAfterResponse(context.Context, string, *protocol.RemotingCommand, *protocol.RemotingCommand) {
}

// fewPulls is tp without floods of pulls; tp itself where the environment has asked for some sampling already.
func fewPulls(tp trace.TracerProvider) trace.TracerProvider {
	if os.Getenv("OTEL_TRACES_SAMPLER") != "" {
		return tp
	}
	return &pullProvider{TracerProvider: tp}
}

// pullProvider takes the first few pulls of each second, and all else.
type pullProvider struct {
	trace.TracerProvider

	mu    sync.Mutex // owns all below
	since time.Time  // when the present second began
	taken int        // pulls in it
}

// Tracer makes a tracer that asks for room.
func (p *pullProvider) Tracer(name string, opts ...trace.TracerOption) trace.Tracer {
	return pullTracer{Tracer: p.TracerProvider.Tracer(name, opts...), provider: p}
}

func (p *pullProvider) room(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.since) >= time.Second {
		p.since, p.taken = now, 0
	}
	p.taken++
	return p.taken <= pullsPerSec
}

type pullTracer struct {
	trace.Tracer
	provider *pullProvider
}

// Start starts a span, or one that records nothing.
func (t pullTracer) Start(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	if strings.HasPrefix(name, "pull ") && !t.provider.room(time.Now()) {
		return ctx, noop.Span{}
	}
	return t.Tracer.Start(ctx, name, opts...)
}
