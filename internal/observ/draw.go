package observ

import "context"

// Draw is the decision over an entry step: whether it is recorded. Of many traces most are not, and nothing has been made for them then.
type Draw struct {
	ctx       context.Context //nolint:containedctx // for the time between two calls
	component *Component
	tracer    *resolvedTracer // nil: not recorded
	alone     bool            // ctx is known to have no span
}

// Draw decides over an entry step of the Op without links of its own. [Draw.Start] starts it if it is to be recorded.
func (c *Component) Draw(ctx context.Context, op *Op) Draw { return c.draw(ctx, op, nil) }

func (c *Component) draw(ctx context.Context, op *Op, cfg *startConfig) Draw {
	r := c.resolve()
	if r == nil || r.tracer == nil || op.Detail > c.Detail() {
		return Draw{ctx: mask(ctx)}
	}
	if r.roots == nil {
		return Draw{ctx, c, r, false}
	}
	sampled, alone := cfg.samples(ctx, r.roots)
	if !sampled {
		return Draw{ctx: c.refuse(ctx, alone)}
	}
	return Draw{ctx, c, r, alone}
}

// On says whether the step is to be recorded, for all that is known.
func (d Draw) On() bool { return d.tracer != nil }

// Context is what to go on with if it is not. It says so to what is called with it.
func (d Draw) Context() context.Context { return d.ctx }

// Start starts the step that was drawn for, which is to be recorded, as [Component.StartPreset] does.
func (d Draw) Start(p *Preset, opts ...StartOption) (context.Context, Step) {
	return d.start(p, gather(opts))
}

func (d Draw) start(p *Preset, cfg *startConfig) (context.Context, Step) {
	return d.component.enter(d.ctx, d.tracer, p, cfg, d.alone)
}
