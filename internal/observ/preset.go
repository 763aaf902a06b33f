package observ

import (
	"context"
	"slices"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// Preset is what many spans of a step have in common, made once: their name, and the attributes that samplers see.
type Preset struct {
	op      *Op
	name    string
	mode    string // the communication mode among the attributes
	attrs   []Attr
	options []trace.SpanStartOption
	full    atomic.Pointer[Template] // with attrs, and those that the step has anyway; made when first needed
}

// Preset makes a preset of the step.
func (o *Op) Preset(name string, attrs ...Attr) *Preset {
	p := &Preset{op: o, name: name, attrs: slices.Concat(o.Attrs, attrs), options: []trace.SpanStartOption{trace.WithSpanKind(o.Kind)}}
	if len(p.attrs) > 0 {
		p.options = append(p.options, trace.WithAttributes(p.attrs...))
	}
	for _, a := range attrs {
		if a.Key == modeKey {
			p.mode = a.Value.AsString()
		}
	}
	return p
}

// template has all that is known beforehand. The first call must be made from within the step.
func (p *Preset) template() *Template {
	if full := p.full.Load(); full != nil {
		return full
	}
	full := spanmsg.NewTemplate(p.name, p.op.Kind, Prepare(slices.Concat(p.attrs, p.op.located().common.Attrs)...))
	p.full.Store(full)
	return full
}

// Inner is an inner step before its start, as [Op.Inner] found it.
type Inner struct {
	entry  *entry
	tracer *resolvedTracer // nil: not recorded
}

// Inner says whether an inner step of the Op started in ctx would record: find its preset only then.
func (o *Op) Inner(ctx context.Context) Inner {
	e, r := o.inner(ctx)
	return Inner{e, r}
}

// On says whether the step would record.
func (i Inner) On() bool { return i.tracer != nil }

// Start is [Op.Start] for a span of the preset; i must be On, and from the same context.
func (i Inner) Start(ctx context.Context, p *Preset) (context.Context, Step) {
	return i.tracer.begin(ctx, p, nil, i.entry)
}
