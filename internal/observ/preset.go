package observ

import (
	"cmp"
	"context"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// Preset is what many spans of an entry step have in common, made once: their name, and the attributes that samplers see.
type Preset struct {
	op      *Op
	name    string
	mode    string // the communication mode among the attributes
	options []trace.SpanStartOption
}

// Preset makes a preset of the step.
func (o *Op) Preset(name string, attrs ...Attr) *Preset {
	p := &Preset{op: o, name: name, options: []trace.SpanStartOption{
		trace.WithSpanKind(o.Kind), trace.WithAttributes(slices.Concat(o.Attrs, attrs)...),
	}}
	for _, a := range attrs {
		if a.Key == modeKey {
			p.mode = a.Value.AsString()
		}
	}
	return p
}

// StartPreset is [Component.Start] for a step that is entered often: without options it costs little when the sampler drops the span.
func (c *Component) StartPreset(ctx context.Context, p *Preset, opts ...StartOption) (context.Context, Step) {
	cfg := gather(opts)
	tracer, refused := c.entryTracer(ctx, p.op, cfg)
	switch {
	case refused:
		return c.refuse(ctx), Step{}
	case tracer == nil:
		return mask(ctx), Step{}
	case cfg == nil:
		return c.enter(ctx, tracer, p.op, p.name, p.mode, p.options)
	}
	return c.enter(ctx, tracer, p.op, cmp.Or(cfg.name, p.name), p.mode, cfg.over(p.options))
}
