package observ

import (
	"context"
	"encoding/hex"
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

// Inject writes the recording step of ctx into carrier. It says whether there is none because a sampler refused to record the trace, which
// is the caller's to write: see [InjectRefusal].
func Inject(ctx context.Context, carrier Carrier) (refused bool) {
	if nothingKnown() {
		return false
	}
	e := entryOf(ctx)
	switch {
	case e == nil:
	case e.component != nil && !e.component.closed:
		inject(trace.SpanContextFromContext(ctx), carrier)
	case e.refusedBy != nil:
		return !e.refusedBy.closed
	}
	return false
}

// InjectRefusal writes that a sampler refused to record the trace.
func InjectRefusal(carrier Carrier) { carrier.Set(TraceParent, refused) }

// IsRefusal says whether that is what a traceparent says.
func IsRefusal(parent string) bool { return parent == refused }

// The form of W3C's version 00: "00-<trace id>-<span id>-<flags>", lower-case hexadecimal.
const (
	traceIDAt, spanIDAt    = 3, 36
	flagsAt                = 53
	version00, onlySampled = "00-", trace.FlagsSampled
)

// TraceParentLength is how long traceparent is.
const TraceParentLength = 55

// inject does what OpenTelemetry's propagator does, for less.
func inject(sc SpanContext, carrier Carrier) {
	if !sc.IsValid() {
		return
	}
	if state := sc.TraceState(); state.Len() > 0 {
		carrier.Set(TraceState, state.String())
	}
	var room [TraceParentLength]byte
	carrier.Set(TraceParent, string(AppendTraceParent(room[:0], sc)))
}

// AppendTraceParent appends the value of traceparent for a valid span context.
func AppendTraceParent(dst []byte, sc SpanContext) []byte {
	traceID, spanID, flags := sc.TraceID(), sc.SpanID(), byte(sc.TraceFlags()&onlySampled)
	dst = append(appendHex(append(dst, version00...), traceID[:]), '-')
	return append(appendHex(dst, spanID[:]), '-', '0', '0'+flags)
}

// appendHex appends two lower-case digits for each byte.
func appendHex(dst, src []byte) []byte {
	for _, b := range src {
		dst = append(dst, hexPairs[b][0], hexPairs[b][1])
	}
	return dst
}

// hexPairs are the digits of bytes.
var hexPairs = func() (pairs [256][2]byte) {
	for b := range pairs {
		hex.Encode(pairs[b][:], []byte{byte(b)})
	}
	return pairs
}()

// extract reads what inject writes; ok is false for whatever else there may be, which is the propagator's to read.
func extract(parent string) (sc SpanContext, ok bool) {
	if len(parent) != TraceParentLength || parent[:traceIDAt] != version00 || parent[spanIDAt-1] != '-' || parent[flagsAt-1] != '-' ||
		(parent[flagsAt:] != "00" && parent[flagsAt:] != "01") {
		return SpanContext{}, false
	}
	config := trace.SpanContextConfig{TraceFlags: trace.TraceFlags(parent[TraceParentLength-1] - '0'), Remote: true}
	if !decodeHex(config.TraceID[:], parent[traceIDAt:]) || !decodeHex(config.SpanID[:], parent[spanIDAt:]) {
		return SpanContext{}, false
	}
	sc = trace.NewSpanContext(config)
	return sc, sc.IsValid()
}

// decodeHex fills id from lower-case digits, and says whether they were that.
func decodeHex(id []byte, text string) bool {
	for i := range id {
		high, low := digits[text[2*i]], digits[text[2*i+1]]
		if high|low > 15 {
			return false
		}
		id[i] = high<<4 | low
	}
	return true
}

// digits are the values of lower-case hexadecimal digits; above 15 for what is none.
var digits = func() (values [256]byte) {
	for c := range values {
		values[c] = 255
	}
	for value, c := range "0123456789abcdef" {
		values[c] = byte(value)
	}
	return values
}()

// Extract returns ctx with carrier's remote span as its parent, and that span's context. Without a valid one, ctx is
// unchanged.
func Extract(ctx context.Context, carrier Carrier) (context.Context, SpanContext) {
	sc := remoteOf(carrier)
	if !sc.IsValid() {
		return ctx, sc
	}
	return &remote{ctx, noSpan, sc}, sc
}

// remoteOf is the span that carrier names; an invalid one if there is none.
func remoteOf(carrier Carrier) SpanContext {
	parent := carrier.Get(TraceParent)
	if parent == "" {
		return SpanContext{}
	}
	if sc, ok := extract(parent); ok && carrier.Get(TraceState) == "" {
		return sc
	}
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrierAdapter{carrier}))
}

// remote is what trace.ContextWithRemoteSpanContext makes, in one piece of memory: a context, and the span in another process that it
// carries.
type remote struct {
	context.Context //nolint:containedctx // it is one
	trace.Span
	sc SpanContext
}

var noSpan = trace.SpanFromContext(context.Background())

// Value implements context.Context.
func (r *remote) Value(key any) any {
	if key == spanKey {
		return r
	}
	return r.Context.Value(key)
}

// SpanContext implements trace.Span.
func (r *remote) SpanContext() SpanContext { return r.sc }

// spanKey is the key by which OpenTelemetry asks a context for its span. It tells nobody; so it is asked something.
var spanKey = func() any {
	asked := &askedContext{Context: context.Background()}
	trace.SpanFromContext(asked)
	return asked.key
}()

// IsSpanKey says whether a context is asked for its span.
func IsSpanKey(key any) bool { return key == spanKey }

// askedContext notes what it was asked for.
type askedContext struct {
	context.Context //nolint:containedctx // it is one
	key             any
}

// Value implements context.Context.
func (c *askedContext) Value(key any) any {
	c.key = key
	return nil
}

// SetPropagation says whether the component writes its trace context into what it sends, and reads that of others. It does unless told
// otherwise; tell it before its first step.
func (c *Component) SetPropagation(on bool) { c.closed = !on }

// Propagates says whether it does.
func (c *Component) Propagates() bool { return c != nil && !c.closed }

// Extract is [Extract] unless the component does not read the context of others.
func (c *Component) Extract(ctx context.Context, carrier Carrier) (context.Context, SpanContext) {
	if c != nil && c.closed {
		return ctx, SpanContext{}
	}
	return Extract(ctx, carrier)
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
