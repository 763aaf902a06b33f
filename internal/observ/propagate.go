package observ

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// The names of W3C trace context, used both in a RemotingCommand's extFields and in a message's properties.
const (
	TraceParent = "traceparent"
	TraceState  = "tracestate"
)

// refused is the traceparent of a trace that is not recorded. It needs no ids, as nobody records them: those who know only W3C's form
// find it invalid, and leave it alone.
const refused = "00"

// Carrier is where trace context travels: a command's fields, a message's properties.
type Carrier interface {
	Get(key string) string
	Set(key, value string)
}

// Inject writes the recording step of ctx into carrier, or that a sampler refused to record it. Without either it writes nothing.
func Inject(ctx context.Context, carrier Carrier) {
	switch e := entryOf(ctx); {
	case e == nil:
	case e.component != nil && !e.component.closed:
		propagation.TraceContext{}.Inject(ctx, carrierAdapter{carrier})
	case e.refusedBy != nil && !e.refusedBy.closed:
		carrier.Set(TraceParent, refused)
	}
}

// Extract returns ctx with carrier's remote span as its parent, and that span's context. Without a valid one, ctx is
// unchanged.
func Extract(ctx context.Context, carrier Carrier) (context.Context, SpanContext) {
	if carrier.Get(TraceParent) == "" {
		return ctx, SpanContext{}
	}
	remote := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrierAdapter{carrier}))
	if !remote.IsValid() {
		return ctx, SpanContext{}
	}
	return trace.ContextWithRemoteSpanContext(ctx, remote), remote
}

// SetPropagation says whether the component writes its trace context into what it sends, and reads that of others. It does unless told
// otherwise; tell it before its first step.
func (c *Component) SetPropagation(on bool) { c.closed = !on }

// Extract is [Extract] unless the component does not read the context of others.
func (c *Component) Extract(ctx context.Context, carrier Carrier) (context.Context, SpanContext) {
	if c != nil && c.closed {
		return ctx, SpanContext{}
	}
	if c != nil && carrier.Get(TraceParent) == refused {
		return c.follow(ctx), SpanContext{}
	}
	return Extract(ctx, carrier)
}

// follow is a context in which nothing is recorded because the caller's trace is not; a sampler that does not look at parents may see
// that otherwise.
func (c *Component) follow(ctx context.Context) context.Context {
	if r := c.resolve(); r == nil || r.roots != nil {
		return c.refuse(ctx)
	}
	var config trace.SpanContextConfig
	binary.NativeEndian.PutUint64(config.TraceID[:], rand.Uint64()|1)
	binary.NativeEndian.PutUint64(config.SpanID[:], rand.Uint64()|1)
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(config))
}

// SpanContextOf is the recording step's span in ctx; invalid when none records. Background work links to it.
func SpanContextOf(ctx context.Context) SpanContext {
	if recorder(ctx) == nil {
		return SpanContext{}
	}
	return trace.SpanContextFromContext(ctx)
}

// Detach keeps ctx's step and values but not its deadline and cancellation: for work that outlives the request.
func Detach(ctx context.Context) context.Context { return &detached{ctx} }

// detached is context.WithoutCancel, whose every lookup of a value allocates.
type detached struct{ context.Context }

func (*detached) Deadline() (time.Time, bool) { return time.Time{}, false }
func (*detached) Done() <-chan struct{}       { return nil }
func (*detached) Err() error                  { return nil }

type carrierAdapter struct{ Carrier }

// Keys is not used by the W3C propagator.
func (carrierAdapter) Keys() []string { return nil }
