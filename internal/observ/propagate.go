package observ

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// The names of W3C trace context, used both in a RemotingCommand's extFields and in a message's properties.
const (
	TraceParent = "traceparent"
	TraceState  = "tracestate"
)

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
		carrier.Set(TraceParent, unsampledParent())
	}
}

// unsampledParent is a traceparent of a span that is not recorded. As nobody records it, its ids need only be like nobody else's.
func unsampledParent() string {
	var ids [24]byte
	for i := 0; i < len(ids); i += 8 {
		binary.NativeEndian.PutUint64(ids[i:], rand.Uint64()|1)
	}
	text := make([]byte, 0, 55)
	text = append(hex.AppendEncode(append(text, "00-"...), ids[:16]), '-')
	return string(append(hex.AppendEncode(text, ids[16:]), "-00"...))
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
	if c.followsRefusal(carrier) {
		return c.refuse(ctx), SpanContext{}
	}
	return Extract(ctx, carrier)
}

// followsRefusal says that the carrier's trace is not recorded, and that the component's provider wants to know no more of it.
func (c *Component) followsRefusal(carrier Carrier) bool {
	const length, unsampled = 55, "-00"
	parent := carrier.Get(TraceParent)
	if len(parent) != length || !strings.HasSuffix(parent, unsampled) || !strings.HasPrefix(parent, "00-") {
		return false
	}
	r := c.resolve()
	return r != nil && r.roots != nil
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
