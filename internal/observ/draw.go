package observ

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

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

// Draw decides over an entry step of the Op without links of its own. [Draw.Start] starts it if it is to be recorded.
func (c *Component) Draw(ctx context.Context, op *Op) Draw { return c.draw(ctx, op, nil) }

func (c *Component) draw(ctx context.Context, op *Op, cfg *startConfig) Draw {
	r := c.resolve()
	if r == nil || r.tracer == nil || op.Detail > c.Detail() {
		return Draw{ctx: mask(ctx)}
	}
	if r.roots == nil {
		return Draw{ctx: ctx, component: c, tracer: r}
	}
	sampled, alone := cfg.samples(ctx, r.roots)
	if !sampled {
		return Draw{ctx: c.refuse(ctx, alone)}
	}
	return Draw{ctx: ctx, component: c, tracer: r, alone: alone}
}

// DrawBelow is [Component.Draw] for a step below the span that carrier names, if the component reads that. Otherwise, and if it names none,
// it is Draw. ctx has no span.
func (c *Component) DrawBelow(ctx context.Context, op *Op, carrier Carrier) Draw {
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
		return Draw{ctx: c.refuse(ctx, true)}
	}
	return Draw{ctx: ctx, component: c, tracer: r, alone: true, parent: parent}
}

// DrawUnrecorded is [Component.Draw] for a step of which it is known that the caller's trace is not recorded; a sampler that does not look at
// parents may see that otherwise. ctx has no span.
func (c *Component) DrawUnrecorded(ctx context.Context, op *Op) Draw {
	if !c.Propagates() {
		return c.Draw(ctx, op)
	}
	if r := c.resolve(); r == nil || r.roots != nil {
		return Draw{ctx: c.refuse(ctx, true)}
	}
	var config trace.SpanContextConfig
	binary.NativeEndian.PutUint64(config.TraceID[:], rand.Uint64()|1)
	binary.NativeEndian.PutUint64(config.SpanID[:], rand.Uint64()|1)
	return c.Draw(trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(config)), op)
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
	e := entry{component: d.component, preset: p, mayBeIdle: mayBeIdle}
	if d.tracer.recording != nil {
		return d.startRecorded(e, cfg)
	}
	return d.tracer.enter(d.ctx, e, cfg)
}

// startRecorded is start where nobody is asked again. The span's context has the entry: see Recording.Entry.
func (d *Draw) startRecorded(e entry, cfg *startConfig) (context.Context, Step) {
	ctx, span, rec := d.startSpan(e.preset.template(), d.place(&e, cfg))
	own := rec.entry
	if own == nil {
		own = new(entry)
	}
	*own = e
	own.span = span
	return ctx, rec.started(e.preset, span, own, cfg)
}

func (d *Draw) startSpan(template *Template, place Place) (context.Context, trace.Span, *Recording) {
	if d.parent.IsValid() && place&Root == 0 {
		return d.tracer.recording.StartBelow(d.ctx, d.parent, template, place)
	}
	return d.tracer.recording.StartRecorded(d.ctx, template, place)
}

// place is where the span belongs.
func (d *Draw) place(e *entry, cfg *startConfig) Place {
	place := Entry | e.place()
	if e.preset.op.MayBeIdle {
		place |= BeginsPoll
	}
	if cfg != nil && cfg.newRoot || d.alone && !d.parent.IsValid() {
		place |= Root
	}
	return place
}
