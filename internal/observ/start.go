package observ

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Start begins an entry step. Its parent is whatever span ctx carries (the user's own, or one [Extract]ed from the wire).
// When nothing records, ctx comes back as it was, or masked if an outer component was recording in it.
func (c *Component) Start(ctx context.Context, op *Op, opts ...StartOption) (context.Context, Step) {
	return c.StartPreset(ctx, op.preset, opts...)
}

// StartPreset is [Component.Start] for a step that is entered often.
func (c *Component) StartPreset(ctx context.Context, p *Preset, opts ...StartOption) (context.Context, Step) {
	cfg := gather(opts)
	var d Draw
	d.decide(ctx, c, p.op, cfg, nil)
	if !d.On() {
		return d.Context(), Step{}
	}
	return d.start(p, cfg)
}

// enter starts the span of an entry step where a sampler is asked, or a provider that is not ours.
func (r *resolvedTracer) enter(ctx context.Context, e *entry, cfg *startConfig) (context.Context, Step) {
	p := e.preset
	if p.op.MayBeIdle {
		ctx = context.WithValue(ctx, componentKey{}, &pollBegins)
	}
	spanCtx, step := r.begin(ctx, p, cfg, e)
	if !step.On() {
		return e.component.refuse(ctx, false, nil), Step{}
	}
	e.span, step.r.enters = step.r.span, true
	e.begins()
	return context.WithValue(spanCtx, componentKey{}, e), step
}

// pollBegins is in the context that a long poll is started with.
var pollBegins = entry{mayBeIdle: true}

// refuse is the context of an entry step that a sampler refused. alone means that ctx is known to have no span. room is its memory, if there
// is any for it.
func (c *Component) refuse(ctx context.Context, alone bool, room *RefusedRoom) context.Context {
	refuses()
	switch {
	case ctx == context.Background():
		return &c.refused
	case alone && room != nil:
		room.context = refusedContext{Context: ctx, refusal: &c.refusal}
		return &room.context
	case alone:
		return &refusedContext{Context: ctx, refusal: &c.refusal}
	case entryOf(ctx) == &c.refusal:
		return ctx
	}
	if trace.SpanContextFromContext(ctx).IsValid() {
		ctx = trace.ContextWithSpanContext(ctx, trace.SpanContext{})
	}
	return &refusedContext{Context: ctx, refusal: &c.refusal}
}

// Refused says whether ctx is, outermost, that of an entry step that a sampler refused: then nothing records in it. Where few traces are
// recorded that is so of nearly all, and known before anything else is looked at.
func Refused(ctx context.Context) bool {
	_, refused := ctx.(*refusedContext)
	return refused
}

// refusedContext is context.WithValue for a refusal, for less: most contexts are that where few traces are recorded.
type refusedContext struct {
	context.Context //nolint:containedctx // it is one
	refusal         *entry
	deadline        time.Time // zero for that of Context
}

// Deadline implements context.Context.
func (c *refusedContext) Deadline() (time.Time, bool) {
	if c.deadline.IsZero() {
		return c.Context.Deadline()
	}
	return c.deadline, true
}

// Value implements context.Context.
func (c *refusedContext) Value(key any) any {
	switch {
	case IsEntryKey(key):
		return c.refusal
	case IsSpanKey(key):
		return refusal
	}
	return c.Context.Value(key)
}

// refusedSpan is the span of contexts in which nothing records: whoever looks for a span sees that at once.
type refusedSpan struct{ trace.Span }

var refusal = &refusedSpan{noSpan}

// mask hides an outer recording component, so that the inner steps of an entry step that is not recorded are not either.
func mask(ctx context.Context) context.Context {
	if recorder(ctx) == nil {
		return ctx
	}
	return context.WithValue(trace.ContextWithSpanContext(ctx, trace.SpanContext{}), componentKey{}, (*entry)(nil))
}

// Start begins an inner step as a child of the step in ctx. Without a recording one it does nothing and allocates nothing; nor within an
// entry step that has ended.
func (o *Op) Start(ctx context.Context) (context.Context, Step) {
	if Refused(ctx) || o.hidden() {
		return ctx, Step{}
	}
	return o.start(ctx)
}

func (o *Op) start(ctx context.Context) (context.Context, Step) {
	e, r := o.inner(ctx)
	if r == nil {
		return ctx, Step{}
	}
	return r.begin(ctx, o.preset, nil, e)
}

// inner is the entry step that an inner one of the Op belongs to in ctx, and its tracer; nil if it does not show.
func (o *Op) inner(ctx context.Context) (*entry, *resolvedTracer) {
	e := o.showing(ctx)
	if e == nil {
		return nil, nil
	}
	if r := e.component.resolve(); r != nil && r.tracer != nil {
		return e, r
	}
	return nil, nil
}

// StartLinked is [Op.Start] with attributes and links known at the start. The step is an entry step to those within it; it may begin when the
// one that it is itself within has ended.
func (o *Op) StartLinked(ctx context.Context, opts ...StartOption) (context.Context, Step) {
	e := entryOf(ctx)
	if e == nil || e.component == nil {
		return ctx, Step{}
	}
	return e.component.Start(ctx, o, opts...)
}

// begin starts a span and its step; the zero Step if it turns out not to record.
func (r *resolvedTracer) begin(ctx context.Context, p *Preset, cfg *startConfig, e *entry) (context.Context, Step) {
	if r.recording != nil {
		ctx, span, rec := r.recording.StartRecorded(ctx, p.template(), e.place())
		return ctx, rec.started(p, span, e, cfg)
	}
	ctx, span := r.tracer.Start(ctx, cfg.named(p.name), cfg.over(p.options)...)
	if !span.IsRecording() {
		return ctx, Step{}
	}
	step := newStep(p.op, span, e)
	step.SetPrepared(p.op.located().common) // samplers do not look at these
	return ctx, step
}

// started is the step of a span that was started without options, and is given what was asked for now.
func (r *Recording) started(p *Preset, span trace.Span, e *entry, cfg *startConfig) Step {
	step := r.of(p.op, span, e)
	if cfg != nil {
		r.asked(cfg)
	}
	return step
}

// asked gives a span what was asked for it.
func (r *Recording) asked(cfg *startConfig) {
	if cfg.name != "" {
		r.Message.Rename(r.Turn, cfg.name)
	}
	if cfg.kind != trace.SpanKindUnspecified {
		r.Message.SetKind(r.Turn, cfg.kind)
	}
	r.set(cfg.attrs)
	for _, l := range cfg.links {
		r.Message.AddLink(r.Turn, l)
	}
}

// named is the span's name, that of the preset if no other was asked for.
func (cfg *startConfig) named(name string) string {
	if cfg != nil && cfg.name != "" {
		return cfg.name
	}
	return name
}

// On says whether an entry step started now could be recorded: build its options only then.
func (c *Component) On() bool { return c.tracer() != nil }

// Shows says whether an entry step of the Op started now could be recorded.
func (c *Component) Shows(op *Op) bool { return c.tracer() != nil && op.Detail <= c.Detail() }
