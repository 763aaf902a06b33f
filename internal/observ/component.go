package observ

import (
	"cmp"
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

	observer StepObserver // nil: nobody is told of durations
	refusal  entry        // in the contexts of entry steps that the sampler refused
}

type resolvedTracer struct {
	provider trace.TracerProvider
	tracer   trace.Tracer // nil: this provider records nothing
	roots    RootSampler  // nil: the provider's own sampler decides
}

// RootSampler is a TracerProvider that records a trace if the span that it continues is recorded, and decides over new ones before
// anything is made of them: most often the answer is no, and then asking it is all that the trace costs.
type RootSampler interface {
	trace.TracerProvider
	// SampleRoot says whether to record the trace that would begin now.
	SampleRoot() bool
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
	tp := c.fixed
	if tp == nil {
		tp = otel.GetTracerProvider()
	}
	if r := c.cached.Load(); r != nil && r.provider == tp {
		return r
	}
	r := &resolvedTracer{provider: tp}
	if records(tp) {
		r.tracer = tp.Tracer(scope, trace.WithSchemaURL(schema))
	}
	r.roots, _ = tp.(RootSampler)
	c.cached.Store(r)
	return r
}

// entryTracer is the tracer for an entry step; nil when its span would not be recorded for all that is known, and refused says whether
// that is because its trace is not to be.
func (c *Component) entryTracer(ctx context.Context, op *Op, cfg *startConfig) (tracer trace.Tracer, refused bool) {
	r := c.resolve()
	if r == nil || r.tracer == nil || op.Detail > c.Detail() {
		return nil, false
	}
	if r.roots == nil {
		return r.tracer, false
	}
	if !cfg.samples(ctx, r.roots) {
		return nil, true
	}
	return r.tracer, false
}

// samples says whether the span is of a trace that is recorded, as its parent or those that it links to are; if it has none of them, the
// provider says.
func (cfg *startConfig) samples(ctx context.Context, roots RootSampler) bool {
	if cfg == nil || !cfg.newRoot {
		if e := entryOf(ctx); e != nil && e.refusedBy != nil {
			return false
		}
		if parent := trace.SpanContextFromContext(ctx); parent.IsValid() {
			return parent.IsSampled()
		}
	}
	if cfg != nil {
		for i := range cfg.links {
			if cfg.links[i].SpanContext.IsSampled() {
				return true
			}
		}
	}
	return roots.SampleRoot()
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
	span      trace.SpanContext
	mode      string // of a send; see StepObserver
	mayBeIdle bool   // a pull: whether its spans are exported is known only at its end

	refusedBy *Component // the step is not recorded, nor anything within it: a sampler's decision, which others should follow
}

// entryOf is the entry step that records in ctx, or nil.
func entryOf(ctx context.Context) *entry {
	e, _ := ctx.Value(componentKey{}).(*entry)
	return e
}

// recorder is the component whose entry step records in ctx, or nil.
func recorder(ctx context.Context) *Component {
	if e := entryOf(ctx); e != nil {
		return e.component
	}
	return nil
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
	if e := entryOf(ctx); e != nil {
		return e.span
	}
	return SpanContext{}
}

// Start begins an entry step. Its parent is whatever span ctx carries (the user's own, or one [Extract]ed from the wire).
// When nothing records, ctx comes back as it was, or masked if an outer component was recording in it.
func (c *Component) Start(ctx context.Context, op *Op, opts ...StartOption) (context.Context, Step) {
	cfg := gather(opts)
	tracer, refused := c.entryTracer(ctx, op, cfg)
	switch {
	case refused:
		return c.refuse(ctx), Step{}
	case tracer == nil:
		return mask(ctx), Step{}
	case cfg == nil:
		return c.enter(ctx, tracer, op, op.Name, "", op.options().start)
	}
	name, options := cfg.apply(op)
	return c.enter(ctx, tracer, op, name, "", options)
}

// enter starts the span of an entry step. What samplers do not look at is added only if it records: most often it does not.
func (c *Component) enter(ctx context.Context, tracer trace.Tracer, op *Op, name, mode string, options []trace.SpanStartOption) (context.Context, Step) {
	_, mayBeIdle := MayBeIdle(ctx)
	if op.MayBeIdle {
		mayBeIdle = true
		ctx = context.WithValue(ctx, componentKey{}, &pollBegins)
	}
	spanCtx, span := tracer.Start(ctx, name, options...)
	if !span.IsRecording() {
		return c.refuse(ctx), Step{}
	}
	e := &entry{component: c, span: span.SpanContext(), mode: mode, mayBeIdle: mayBeIdle}
	return context.WithValue(spanCtx, componentKey{}, e), began(c, op, span, e)
}

// pollBegins is in the context that a long poll is started with.
var pollBegins = entry{mayBeIdle: true}

// refuse is the context of an entry step that a sampler refused.
func (c *Component) refuse(ctx context.Context) context.Context {
	if trace.SpanContextFromContext(ctx).IsValid() {
		ctx = trace.ContextWithSpanContext(ctx, trace.SpanContext{})
	}
	return context.WithValue(ctx, componentKey{}, &c.refusal)
}

// mask hides an outer recording component, so that the inner steps of an entry step that is not recorded are not either.
func mask(ctx context.Context) context.Context {
	if recorder(ctx) == nil {
		return ctx
	}
	return context.WithValue(trace.ContextWithSpanContext(ctx, trace.SpanContext{}), componentKey{}, (*entry)(nil))
}

// Start begins an inner step as a child of the step in ctx. Without a recording one it does nothing and allocates nothing.
func (o *Op) Start(ctx context.Context) (context.Context, Step) {
	e, tracer := o.innerTracer(ctx)
	if tracer == nil {
		return ctx, Step{}
	}
	ctx, span := tracer.Start(ctx, o.Name, o.options().start...)
	return ctx, began(e.component, o, span, e)
}

// innerTracer is the entry step that an inner one of the Op belongs to in ctx, and its tracer; nil if it does not show.
func (o *Op) innerTracer(ctx context.Context) (*entry, trace.Tracer) {
	e := entryOf(ctx)
	if e == nil || e.component == nil || o.Detail > e.component.Detail() {
		return nil, nil
	}
	return e, e.component.tracer()
}

// StartWith is [Op.Start] with attributes that samplers see. Guard it with Current(ctx).On(), so that building them costs nothing
// when nothing records.
func (o *Op) StartWith(ctx context.Context, attrs ...Attr) (context.Context, Step) {
	e, tracer := o.innerTracer(ctx)
	if tracer == nil {
		return ctx, Step{}
	}
	start := o.options().start
	ctx, span := tracer.Start(ctx, o.Name, append(start[:len(start):len(start)], trace.WithAttributes(attrs...))...)
	return ctx, began(e.component, o, span, e)
}

// StartLinked is [Op.Start] with attributes and links known at the start.
func (o *Op) StartLinked(ctx context.Context, opts ...StartOption) (context.Context, Step) {
	c := recorder(ctx)
	if c == nil {
		return ctx, Step{}
	}
	return c.Start(ctx, o, opts...)
}

// StartOption adds to one span at its start.
type StartOption func(*startConfig)

type startConfig struct {
	name    string
	kind    Kind
	attrs   []Attr
	links   []trace.Link
	newRoot bool
}

// gather is what options ask for; nil when there are none, which costs nothing.
func gather(opts []StartOption) *startConfig {
	if len(opts) == 0 {
		return nil
	}
	cfg := &startConfig{}
	for _, o := range opts {
		o(cfg)
	}
	return cfg
}

func (cfg *startConfig) apply(op *Op) (string, []trace.SpanStartOption) {
	return cmp.Or(cfg.name, op.Name), cfg.over(op.options().start)
}

// over adds what was asked for to the options that all spans of a step have.
func (cfg *startConfig) over(base []trace.SpanStartOption) []trace.SpanStartOption {
	options := make([]trace.SpanStartOption, len(base), len(base)+4)
	copy(options, base)
	if cfg.kind != trace.SpanKindUnspecified {
		options = append(options, trace.WithSpanKind(cfg.kind))
	}
	if len(cfg.attrs) > 0 {
		options = append(options, trace.WithAttributes(cfg.attrs...))
	}
	if len(cfg.links) > 0 {
		options = append(options, trace.WithLinks(cfg.links...))
	}
	if cfg.newRoot {
		options = append(options, trace.WithNewRoot())
	}
	return options
}

// Named overrides the span's name: "send TopicTest".
func Named(name string) StartOption { return func(c *startConfig) { c.name = name } }

// OfKind overrides the span's kind: a send whose message has a creation context of its own is a CLIENT's.
func OfKind(kind Kind) StartOption { return func(c *startConfig) { c.kind = kind } }

// With sets attributes that samplers can see.
func With(attrs ...Attr) StartOption {
	return func(c *startConfig) { c.attrs = append(c.attrs, attrs...) }
}

// LinkedTo links the span to others; invalid ones are left out.
func LinkedTo(spans ...SpanContext) StartOption {
	return func(c *startConfig) {
		for _, sc := range spans {
			if sc.IsValid() {
				c.links = append(c.links, trace.Link{SpanContext: sc})
			}
		}
	}
}

// NewRoot starts a trace of its own whatever ctx carries.
func NewRoot() StartOption { return func(c *startConfig) { c.newRoot = true } }

// On says whether an entry step started now could be recorded: build its options only then.
func (c *Component) On() bool { return c.tracer() != nil }
