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
	scopes sync.Map // *scope by instrumentation.Scope
}

// NewProvider starts the client, which need not reach its receiver, and a goroutine that sends. Shut it down.
func NewProvider(ctx context.Context, config Config) (*Provider, error) {
	if err := config.Client.Start(ctx); err != nil {
		return nil, err //nolint:wrapcheck // the caller says what
	}
	return &Provider{config: config, spool: newSpool(config.Client, config.Resource, config.Batch)}, nil
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
func (p *Provider) Dropped() int64 { return p.spool.ended.Load() - p.spool.exported.Load() }

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
	c := trace.SpanContextConfig{TraceID: parent.TraceID(), SpanID: newSpanID()}
	if !parent.HasTraceID() {
		c.TraceID = newTraceID()
	}
	sampled := t.provider.config.Sampler.ShouldSample(sdktrace.SamplingParameters{
		ParentContext: ctx, TraceID: c.TraceID, Name: name, Kind: config.SpanKind(), Attributes: config.Attributes(), Links: config.Links(),
	})
	c.TraceState, c.TraceFlags = sampled.Tracestate, parent.TraceFlags()&^trace.FlagsSampled
	if sampled.Decision != sdktrace.RecordAndSample {
		ctx = trace.ContextWithSpanContext(ctx, trace.NewSpanContext(c))
		return ctx, trace.SpanFromContext(ctx)
	}
	c.TraceFlags |= trace.FlagsSampled
	s := &span{tracer: t, sc: trace.NewSpanContext(c), start: config.Timestamp(), poll: t.provider.pollOf(ctx)}
	if s.start.IsZero() {
		s.start = time.Now()
	}
	if s.poll != nil && !s.poll.root.IsValid() {
		s.poll.root = s.sc.SpanID()
	}
	s.begin(name, parent, &config, sampled.Attributes)
	return trace.ContextWithSpan(ctx, s), s
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
