package observ

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Draw is the decision over an entry step: whether it is recorded. Of many traces most are not, and nothing has been made for them then.
type Draw struct {
	ctx       context.Context //nolint:containedctx // for the time between two calls
	component *Component
	tracer    *resolvedTracer // nil: not recorded
	alone     bool            // ctx is known to have no span
	parent    SpanContext     // in another process, if it is not in ctx
}

// RefusedRoom is memory for the context of an entry step that is not recorded. It serves one at a time.
type RefusedRoom struct{ context, bound refusedContext }

// Bound is ctx with a deadline, if it is the context of a refused step; steps see at once that it is. The memory is the room's: for one such
// context at a time.
func (room *RefusedRoom) Bound(ctx context.Context, deadline time.Time) (bound context.Context, refused bool) {
	c, refused := ctx.(*refusedContext)
	if !refused {
		return ctx, false
	}
	if own, ok := c.Deadline(); ok && !deadline.Before(own) {
		return ctx, true
	}
	b := &room.bound
	b.Context, b.refusal, b.deadline = c.Context, c.refusal, deadline
	return b, true
}

// Draw decides over an entry step of the Op without links of its own. [Draw.Start] starts it if it is to be recorded.
func (c *Component) Draw(ctx context.Context, op *Op) Draw { return c.DrawIn(ctx, op, nil) }

// DrawIn is [Component.Draw] with memory for the context of a refused step: for who knows when that is not used any more.
func (c *Component) DrawIn(ctx context.Context, op *Op, room *RefusedRoom) (d Draw) {
	d.decide(ctx, c, op, nil, room)
	return d
}

// decide draws. Whoever has a Draw to be filled calls it: most are refused, and cost what this does.
func (d *Draw) decide(ctx context.Context, c *Component, op *Op, cfg *startConfig, room *RefusedRoom) {
	r := c.resolve()
	if r == nil || r.tracer == nil || op.Detail > c.Detail() {
		d.ctx = mask(ctx)
		return
	}
	switch {
	case r.roots == nil: // it is asked when the span begins
	case cfg == nil && ctx == context.Background(): // as most begin: there is nothing to look for
		if d.alone = true; !r.roots.SampleRoot() {
			refuses()
			d.ctx = &c.refused
			return
		}
	default:
		var sampled bool
		if sampled, d.alone = cfg.samples(ctx, r.roots); !sampled {
			d.ctx = c.refuse(ctx, d.alone, room)
			return
		}
	}
	d.ctx, d.component, d.tracer = ctx, c, r
}

// DrawBelow is [Component.Draw] for a step below the span that carrier names, if the component reads that. Otherwise, and if it names none,
// it is Draw. ctx has no span.
func (c *Component) DrawBelow(ctx context.Context, op *Op, carrier Carrier) (d Draw) {
	if !c.Propagates() {
		return c.Draw(ctx, op)
	}
	parent, r := remoteOf(carrier), c.resolve()
	switch {
	case !parent.IsValid():
		return c.Draw(ctx, op)
	case r == nil || r.recording == nil || op.Detail > c.Detail():
		return c.Draw(&remote{ctx, noSpan, parent}, op)
	case !parent.IsSampled():
		d.ctx = c.refuse(ctx, true, nil)
		return d
	}
	d.ctx, d.component, d.tracer, d.alone, d.parent = ctx, c, r, true, parent
	return d
}

// DrawUnrecorded is [Component.Draw] for a step of which it is known that the caller's trace is not recorded; a sampler that does not look at
// parents may see that otherwise. ctx has no span.
func (c *Component) DrawUnrecorded(ctx context.Context, op *Op) (d Draw) {
	if !c.Propagates() {
		return c.Draw(ctx, op)
	}
	if r := c.resolve(); r == nil || r.roots != nil {
		d.ctx = c.refuse(ctx, true, nil)
		return d
	}
	var config trace.SpanContextConfig
	binary.NativeEndian.PutUint64(config.TraceID[:], rand.Uint64()|1)
	binary.NativeEndian.PutUint64(config.SpanID[:], rand.Uint64()|1)
	return c.Draw(trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(config)), op)
}

// Unrecorded is what DrawUnrecorded leaves to go on with for a step that began with context.Background(), if there is nothing to be drawn: a
// server asks that of nearly every request where few traces are recorded.
func (c *Component) Unrecorded() (ctx context.Context, sure bool) {
	if !c.Propagates() {
		return nil, false
	}
	if r := c.resolve(); r == nil || r.roots == nil {
		return nil, false
	}
	refuses()
	return &c.refused, true
}

// On says whether the step is to be recorded, for all that is known.
func (d *Draw) On() bool { return d.tracer != nil }

// Context is what to go on with if it is not. It says so to what is called with it.
func (d *Draw) Context() context.Context { return d.ctx }

// Start starts the step that was drawn for, which is to be recorded, as [Component.StartPreset] does.
func (d *Draw) Start(p *Preset, opts ...StartOption) (context.Context, Step) {
	return d.start(p, gather(opts))
}

// start starts the span of an entry step.
func (d *Draw) start(p *Preset, cfg *startConfig) (context.Context, Step) {
	mayBeIdle := p.op.MayBeIdle
	if !d.alone && !mayBeIdle {
		_, mayBeIdle = MayBeIdle(d.ctx)
	}
	if d.tracer.recording != nil {
		return d.startRecorded(p, mayBeIdle, cfg)
	}
	return d.tracer.enter(d.ctx, &entry{component: d.component, preset: p, mayBeIdle: mayBeIdle}, cfg)
}

// StartCaused begins an entry step of a trace of its own, linked to spans that caused it. Nothing is made for it where it is recorded because
// one of those is; links and attrs may be used again when it returns.
func (c *Component) StartCaused(ctx context.Context, op *Op, links []SpanContext, attrs ...Attr) (context.Context, Step) {
	r := c.resolve()
	if r == nil || r.recording == nil || op.Detail > c.Detail() || !slices.ContainsFunc(links, SpanContext.IsSampled) {
		return c.Start(ctx, op, NewRoot(), LinkedTo(links...), With(slices.Clone(attrs)...))
	}
	d := Draw{ctx: ctx, component: c, tracer: r, alone: true}
	ctx, step := d.startRecorded(op.preset, op.MayBeIdle, nil)
	for _, l := range links {
		step.Link(l)
	}
	step.Set(attrs...)
	return ctx, step
}

// startRecorded is start where nobody is asked again. The span's context has the entry: see Recording.Entry.
func (d *Draw) startRecorded(p *Preset, mayBeIdle bool, cfg *startConfig) (context.Context, Step) {
	ctx, span, rec := d.startSpan(p.template(), d.place(p, mayBeIdle, cfg))
	e := rec.entry
	if e == nil {
		e = new(entry)
	}
	e.component, e.preset, e.mayBeIdle, e.span = d.component, p, mayBeIdle, span
	rec.enters = true
	e.begins()
	return ctx, rec.started(p, span, e, cfg)
}

func (d *Draw) startSpan(template *Template, place Place) (context.Context, trace.Span, *Recording) {
	if d.parent.IsValid() && place&Root == 0 {
		return d.tracer.recording.StartBelow(d.ctx, d.parent, template, place)
	}
	return d.tracer.recording.StartRecorded(d.ctx, template, place)
}

// place is where the span belongs.
func (d *Draw) place(p *Preset, mayBeIdle bool, cfg *startConfig) Place {
	place := Entry
	if mayBeIdle {
		place |= WithinPoll
	}
	if p.op.MayBeIdle {
		place |= BeginsPoll
	}
	if cfg != nil && cfg.newRoot || d.alone && !d.parent.IsValid() {
		place |= Root
	}
	return place
}
