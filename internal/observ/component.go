package observ

import (
	"context"
	"reflect"
	"strings"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// scope is the instrumentation scope of every span.
const scope = "github.com/plumemq/plume"

// schema is the version of OpenTelemetry's conventions that every span follows.
const schema = "https://opentelemetry.io/schemas/1.43.0"

// Component is a role that starts entry steps: one producer, one name server, one broker. Several may live in one process,
// each with a provider (and so a service.name) of its own. A nil *Component never records. Safe for concurrent use.
type Component struct {
	fixed   trace.TracerProvider           // injected; nil means the global one, looked up at each entry step
	control *Control                       // the level of detail: its own, or shared
	silent  atomic.Bool                    // records nothing any more
	closed  bool                           // no context is written or read
	events  atomic.Pointer[eventSink]      // where events go; nil means into spans alone
	cached  atomic.Pointer[resolvedTracer] // the tracer of the provider last seen

	observer StepObserver   // nil: nobody is told of durations
	refusal  entry          // in the contexts of entry steps that the sampler refused
	refused  refusedContext // that of an entry step that began with nothing, as a server's do
}

type resolvedTracer struct {
	provider  trace.TracerProvider
	tracer    trace.Tracer    // nil: this provider records nothing
	roots     RootSampler     // nil: the provider's own sampler decides
	recording RecordingTracer // tracer, where spans need not go through its sampler; or nil
}

// RootSampler is a TracerProvider that records a trace if the span that it continues is recorded, and decides over new ones before
// anything is made of them: most often the answer is no, and then asking it is all that the trace costs.
type RootSampler interface {
	trace.TracerProvider
	// SampleRoot says whether to record the trace that would begin now.
	SampleRoot() bool
}

// RecordingTracer is a Tracer that can start spans of which is known that they are recorded, with nothing asked and nothing in between:
// the span is a [Messenger].
type RecordingTracer interface {
	trace.Tracer
	StartRecorded(ctx context.Context, template *Template, place Place) (context.Context, trace.Span, *Recording)
	// StartBelow is StartRecorded below a span in another process, with a context that has none.
	StartBelow(ctx context.Context, parent SpanContext, template *Template, place Place) (context.Context, trace.Span, *Recording)
}

// Place is where a span belongs. The zero value is below the span in its context.
type Place uint8

// What else a place may be; of one, several may hold.
const (
	Root       Place = 1 << iota // at the beginning of a trace
	BeginsPoll                   // a long poll: see [MayBeIdle]
	WithinPoll                   // in or below one
	Entry                        // an entry step, whose recording may be given an [EntryRoom]
)

// EntryRoom is memory for what there is to know of an entry step, beside that of its span. It serves one.
type EntryRoom struct{ entry entry }

// For has r use the room.
func (room *EntryRoom) For(r *Recording) { r.entry = &room.entry }

// IsEntryKey says whether contexts are asked for the entry step that records in them.
func IsEntryKey(key any) bool {
	_, ok := key.(componentKey)
	return ok
}

// NewComponent makes a Component that reports to tp at detail Steps. A nil tp means OpenTelemetry's global provider, followed
// when it changes.
func NewComponent(tp trace.TracerProvider) *Component {
	return NewControlled(tp, NewControl(Steps))
}

// NewControlled makes a Component like [NewComponent] does, with a level of detail that it shares with others.
func NewControlled(tp trace.TracerProvider, ctl *Control) *Component {
	c := &Component{fixed: tp, control: ctl}
	c.refusal.refusedBy = c
	c.refused = refusedContext{Context: context.Background(), refusal: &c.refusal}
	return c
}

// Silence ends the component's recording for good, whatever level others share with it: its process has died, in a simulation.
func (c *Component) Silence() { c.silent.Store(true) }

// SetDetail changes the level of detail from the next entry step on; of all components that share it.
func (c *Component) SetDetail(d Detail) { c.control.SetDetail(d) }

// Detail is the present level.
func (c *Component) Detail() Detail {
	if c == nil || c.silent.Load() {
		return Off
	}
	return c.control.Detail()
}

// tracer is the tracer to use now, or nil when nothing would be recorded.
func (c *Component) tracer() trace.Tracer {
	if r := c.resolve(); r != nil {
		return r.tracer
	}
	return nil
}

// resolve is what there is to use now; nil when tracing is off.
func (c *Component) resolve() *resolvedTracer {
	if c == nil || c.control.Detail() == Off || c.silent.Load() {
		return nil
	}
	tp, r := c.fixed, c.cached.Load()
	if tp == nil {
		tp = otel.GetTracerProvider()
	}
	if r != nil && (c.fixed != nil || r.provider == tp) { // providers of some types cannot be compared
		return r
	}
	r = &resolvedTracer{provider: tp}
	if records(tp) {
		r.tracer = tp.Tracer(scope, trace.WithSchemaURL(schema))
	}
	if r.roots, _ = tp.(RootSampler); r.roots != nil {
		r.recording, _ = r.tracer.(RecordingTracer)
	}
	c.cached.Store(r)
	return r
}

// samples says whether the span is of a trace that is recorded, as its parent or those that it links to are; if it has none of them, the
// provider says. alone means that ctx is known to have no span.
func (cfg *startConfig) samples(ctx context.Context, roots RootSampler) (sampled, alone bool) {
	if cfg == nil || !cfg.newRoot {
		switch above := ctx.Value(spanKey).(type) {
		case nil: // nor is there an entry step
		case *refusedSpan:
			return false, false
		case trace.Span:
			if e := entryOf(ctx); e != nil && e.refusedBy != nil {
				return false, false
			}
			if parent := above.SpanContext(); parent.IsValid() {
				return parent.IsSampled(), false
			}
		}
		alone = true
	}
	if cfg != nil {
		for i := range cfg.links {
			if cfg.links[i].SpanContext.IsSampled() {
				return true, alone
			}
		}
	}
	return roots.SampleRoot(), alone
}

// records tells a provider that can record from the API's no-op and from the global placeholder that nobody has replaced.
func records(tp trace.TracerProvider) bool {
	if _, ok := tp.(noop.TracerProvider); ok {
		return false
	}
	t := reflect.TypeOf(tp)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return !strings.HasPrefix(t.PkgPath(), "go.opentelemetry.io/otel/internal/global")
}

type componentKey struct{}

// entry is the entry step that records in a context.
type entry struct {
	component *Component
	span      trace.Span // nil until it has begun
	preset    *Preset
	mayBeIdle bool // a pull: whether its spans are exported is known only at its end
	over      atomic.Bool
	detail    Detail // the level when it began

	refusedBy *Component // the step is not recorded, nor anything within it: a sampler's decision, which others should follow
}

// place is where the spans of an entry's inner steps belong.
func (e *entry) place() Place {
	if e.mayBeIdle {
		return WithinPoll
	}
	return 0
}

// entryOf is the entry step in ctx, or nil.
func entryOf(ctx context.Context) *entry {
	if c, ok := ctx.(*refusedContext); ok { // most often, where few traces are recorded
		return c.refusal
	}
	e, _ := ctx.Value(componentKey{}).(*entry)
	return e
}

// MayBeIdle says whether a span that a span processor is told of with ctx at its start is a long poll, or within one, of which it is
// not known yet whether it will bring anything.
func MayBeIdle(ctx context.Context) (poll, within bool) {
	e := entryOf(ctx)
	return e == &pollBegins, e != nil && e.mayBeIdle
}

// SaysIdle says whether an attribute of a long poll's span says that it brought nothing, as the consumer or the server recorded it.
func SaysIdle(a Attr) bool {
	switch a.Key {
	case "rocketmq.idle":
		return a.Value.AsBool()
	case "rpc.response.status_code":
		return a.Value.AsString() == "PULL_NOT_FOUND"
	}
	return false
}

// EntrySpanContextOf is the span of the entry step in ctx, the request off the wire for instance, whichever step is current;
// invalid when none records. Background work that a request causes links to it.
func EntrySpanContextOf(ctx context.Context) SpanContext {
	if e := recordingIn(ctx); e != nil {
		return e.span.SpanContext()
	}
	return SpanContext{}
}
