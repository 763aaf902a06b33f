package otlpwire

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// Config says which spans are recorded, and how they leave.
type Config struct {
	Client   otlptrace.Client // started and stopped by the provider
	Resource *resource.Resource
	Sampler  sdktrace.Sampler
	Limits   sdktrace.SpanLimits
	Batch    BatchConfig
	KeepIdle bool // export long polls that brought nothing, too; see observ.MayBeIdle
}

// Provider is a TracerProvider whose spans are OTLP's messages from their start. Safe for concurrent use.
type Provider struct {
	embedded.TracerProvider
	config Config
	spool  *spool
	limits spanmsg.Limits
	scopes sync.Map // *scope by instrumentation.Scope
}

// NewProvider starts the client, which need not reach its receiver, and a goroutine that sends. Shut it down.
func NewProvider(ctx context.Context, config Config) (*Provider, error) {
	if err := config.Client.Start(ctx); err != nil {
		return nil, err //nolint:wrapcheck // the caller says what
	}
	l := config.Limits
	if l.AttributeValueDepthLimit == 0 {
		l.AttributeValueDepthLimit = sdktrace.DefaultAttributeValueDepthLimit // as the SDK has it
	}
	return &Provider{config: config, spool: newSpool(config.Client, config.Resource, config.Batch), limits: spanmsg.Limits{
		AttributeCount: l.AttributeCountLimit, AttributeValueLength: l.AttributeValueLengthLimit, AttributeValueDepth: l.AttributeValueDepthLimit, EventCount: l.EventCountLimit, LinkCount: l.LinkCountLimit,
		AttributesPerEvent: l.AttributePerEventCountLimit, AttributesPerLink: l.AttributePerLinkCountLimit,
	}}, nil
}

// Tracer makes a tracer.
func (p *Provider) Tracer(name string, options ...trace.TracerOption) trace.Tracer {
	c := trace.NewTracerConfig(options...)
	s := instrumentation.Scope{
		Name: name, Version: c.InstrumentationVersion(), SchemaURL: c.SchemaURL(), Attributes: c.InstrumentationAttributes(),
	}
	known, ok := p.scopes.Load(s)
	if !ok {
		known, _ = p.scopes.LoadOrStore(s, newScope(s))
	}
	written, _ := known.(*scope)
	return &tracer{provider: p, scope: written}
}

// ForceFlush sends what has ended so far, until ctx is done.
func (p *Provider) ForceFlush(ctx context.Context) error { return p.spool.flush(ctx) }

// Shutdown sends what has ended so far, until ctx is done, and ends the sending.
func (p *Provider) Shutdown(ctx context.Context) error { return p.spool.shutdown(ctx) }

// Dropped is how many spans that ended have not been taken by the receiver. Those that still wait count until they have.
func (p *Provider) Dropped() int64 { return p.spool.dropped() }

type tracer struct {
	embedded.Tracer
	provider *Provider
	scope    *scope
}

// Start begins a span.
func (t *tracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	config := trace.NewSpanStartConfig(options...)
	var parent trace.SpanContext
	if config.NewRoot() {
		ctx = trace.ContextWithSpanContext(ctx, parent)
	} else {
		parent = trace.SpanContextFromContext(ctx)
	}
	c := trace.SpanContextConfig{TraceID: traceOf(&parent)}
	sampled := t.provider.config.Sampler.ShouldSample(sdktrace.SamplingParameters{
		ParentContext: ctx, TraceID: c.TraceID, Name: name, Kind: config.SpanKind(), Attributes: config.Attributes(), Links: config.Links(),
	})
	c.TraceState, c.TraceFlags = sampled.Tracestate, parent.TraceFlags()&^trace.FlagsSampled
	if sampled.Decision != sdktrace.RecordAndSample {
		c.SpanID = newSpanID()
		ctx = trace.ContextWithSpanContext(ctx, trace.NewSpanContext(c))
		return ctx, trace.SpanFromContext(ctx)
	}
	c.TraceFlags |= trace.FlagsSampled
	template := spanmsg.NewTemplate(name, trace.ValidateSpanKind(config.SpanKind()), nil)
	s := t.newFamily(template, t.provider.pollOf(ctx, placeOf(ctx)), 0)
	s.Context, s.id, s.family.trace = ctx, newSpanID(), trace.NewSpanContext(c)
	s.begin(&parent, template, config.Timestamp())
	for _, l := range config.Links() {
		s.recording.Message.AddLink(s.recording.Turn, l)
	}
	s.recording.Message.Set(s.recording.Turn, sampled.Attributes)
	s.recording.Message.Set(s.recording.Turn, config.Attributes())
	return s, s
}

// StartRecorded begins a span of a trace that is known to be recorded; see observ.RecordingTracer.
func (t *tracer) StartRecorded(ctx context.Context, template *observ.Template, place observ.Place) (context.Context, trace.Span, *observ.Recording) {
	if place&observ.Root != 0 {
		return t.beginFamily(ctx, &trace.SpanContext{}, template, t.provider.pollOf(ctx, place), place)
	}
	above, ok := ctx.(*span) // most often the span above is the context
	if !ok {
		parent := trace.SpanFromContext(ctx)
		if above, ok = parent.(*span); !ok {
			sc := parent.SpanContext()
			return t.beginFamily(ctx, &sc, template, t.provider.pollOf(ctx, place), place)
		}
	}
	f, parent := above.family, above.SpanContext()
	switch {
	case f.tracer == t && place&observ.Entry == 0: // an entry step's has a family of its own
		return begun(ctx, &parent, f.newSpan(), template)
	case f.poll == nil:
		return t.beginFamily(ctx, &parent, template, t.provider.pollOf(above, place), place)
	}
	return t.beginFamily(ctx, &parent, template, f.poll, place)
}

// StartBelow begins a span below one in another process.
func (t *tracer) StartBelow(ctx context.Context, parent trace.SpanContext, template *observ.Template, place observ.Place) (context.Context, trace.Span, *observ.Recording) {
	return t.beginFamily(ctx, &parent, template, t.provider.pollOf(ctx, place), place)
}

// beginFamily begins the first span of a family, below parent, whose trace it continues if there is one.
func (t *tracer) beginFamily(ctx context.Context, parent *trace.SpanContext, template *observ.Template, p *poll, place observ.Place) (context.Context, trace.Span, *observ.Recording) {
	s := t.newFamily(template, p, place)
	s.family.trace = trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceOf(parent), TraceFlags: parent.TraceFlags() | trace.FlagsSampled, TraceState: parent.TraceState(),
	})
	return begun(ctx, parent, s, template)
}

// begun begins a span of a family below parent.
func begun(ctx context.Context, parent *trace.SpanContext, s *span, template *observ.Template) (context.Context, trace.Span, *observ.Recording) {
	s.Context, s.id = ctx, newSpanID()
	s.begin(parent, template, time.Time{})
	return s, s, &s.recording
}

// traceOf is the trace that a span below parent is of.
func traceOf(parent *trace.SpanContext) trace.TraceID {
	if id := parent.TraceID(); id.IsValid() {
		return id
	}
	return newTraceID()
}

func newTraceID() (id trace.TraceID) {
	binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(id[8:], rand.Uint64()|1) // never zero
	return id
}

func newSpanID() (id trace.SpanID) {
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}
