package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/plumemq/plume/internal/telemetry/otlpwire"
)

// Providers is one service's telemetry. Safe for concurrent use.
type Providers struct {
	traces  tracing                // nil: tracing is off
	ratio   *ratioProvider         // of traces; nil: its own sampler decides
	logs    *sdklog.LoggerProvider // nil: logs stay here
	dropped []func() int64         // by each exporter
	giveUp  context.CancelFunc     // ends exports of the SDK that still try; nil: there is none
}

// tracing is a provider of tracers that can be asked to send what it has.
type tracing interface {
	trace.TracerProvider
	ForceFlush(ctx context.Context) error
	Shutdown(ctx context.Context) error
}

// Setup builds the tracing, and the export of logs, that opts and the environment ask for. When they ask for none, the Providers it
// returns record nothing and cost nothing. It connects lazily: a receiver that is not there is no error, its spans count as dropped.
func Setup(ctx context.Context, opts Options) (*Providers, error) {
	p := &Providers{}
	traces := opts.wantsOTLP() || len(opts.Exporters) > 0
	if disabled() || (!traces && !opts.wantsLogs()) {
		return p, nil
	}
	res, err := describe(ctx, opts)
	if err != nil {
		return nil, err
	}
	if opts.wantsLogs() {
		if p.logs, err = newLogs(ctx, opts.OTLPEndpoint, res); err != nil {
			return nil, err
		}
	}
	if traces {
		err = p.trace(ctx, opts, res)
	}
	return p, err
}

// trace builds the tracing: by OpenTelemetry's SDK where spans are looked at in this process, else by the cheaper provider that only
// sends them.
func (p *Providers) trace(ctx context.Context, opts Options, res *resource.Resource) (err error) {
	ratio, drawn := opts.ratio()
	sampler := sdktrace.ParentBased(sdktrace.AlwaysSample())
	if !drawn {
		sampler = samplerOf(os.Getenv("OTEL_TRACES_SAMPLER"), os.Getenv("OTEL_TRACES_SAMPLER_ARG"))
	}
	if len(opts.Exporters)+len(opts.Processors) > 0 {
		err = p.traceBySDK(ctx, opts, res, sampler)
	} else {
		err = p.traceByWire(ctx, opts, res, sampler)
	}
	if err == nil && drawn {
		p.ratio = &ratioProvider{p.traces, newDraws(ratio, cmp.Or(opts.SampleRun, DefaultRun))}
	}
	return err
}

func (p *Providers) traceByWire(ctx context.Context, opts Options, res *resource.Resource, sampler sdktrace.Sampler) error {
	client, err := newSpanClient(opts.OTLPEndpoint)
	if err != nil {
		return err
	}
	provider, err := otlpwire.NewProvider(ctx, otlpwire.Config{
		Client: client, Resource: res, Sampler: sampler, Limits: sdktrace.NewSpanLimits(), Batch: opts.batchConfig(), KeepIdle: opts.KeepIdle,
	})
	if err != nil {
		return wrap("OTLP provider of spans", err)
	}
	p.traces, p.dropped = provider, append(p.dropped, provider.Dropped)
	return nil
}

func (p *Providers) traceBySDK(ctx context.Context, opts Options, res *resource.Resource, sampler sdktrace.Sampler) error {
	exporters := opts.Exporters
	if opts.wantsOTLP() {
		client, err := newSpanClient(opts.OTLPEndpoint)
		if err != nil {
			return err
		}
		otlp, err := otlpwire.NewExporter(ctx, client)
		if err != nil {
			return wrap("OTLP exporter of spans", err)
		}
		exporters = append(exporters[:len(exporters):len(exporters)], otlp)
	}
	hopeful, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	p.giveUp = giveUp
	sdk := []sdktrace.TracerProviderOption{sdktrace.WithResource(res), sdktrace.WithSampler(sampler)}
	for _, processor := range opts.Processors {
		sdk = append(sdk, sdktrace.WithSpanProcessor(processor))
	}
	for _, e := range exporters {
		counted, processor := count(hopeful, e, opts.batch())
		p.dropped = append(p.dropped, counted.dropped)
		if !opts.KeepIdle {
			processor = dropIdle(processor)
		}
		sdk = append(sdk, sdktrace.WithSpanProcessor(processor))
	}
	p.traces = sdktrace.NewTracerProvider(sdk...)
	return nil
}

// Enabled says whether anything is recorded.
func (p *Providers) Enabled() bool { return p.traces != nil }

// TracerProvider is what components are given. Without tracing it is OpenTelemetry's no-op provider, never nil, so that a
// component does not fall back to the global one.
func (p *Providers) TracerProvider() trace.TracerProvider {
	switch {
	case p.traces == nil:
		return noop.NewTracerProvider()
	case p.ratio != nil:
		return p.ratio
	}
	return p.traces
}

// Dropped is the number of ended spans that no exporter took: the queue was full, or the receiver refused or was away. Spans
// still queued count until they are exported, so read it after [Providers.Flush] or [Providers.Shutdown].
func (p *Providers) Dropped() int64 {
	var n int64
	for _, dropped := range p.dropped {
		n += dropped()
	}
	return n
}

// Flush exports what is queued, until ctx is done.
func (p *Providers) Flush(ctx context.Context) error {
	var errs []error
	if p.traces != nil {
		errs = append(errs, wrap("flush spans", p.traces.ForceFlush(ctx)))
	}
	if p.logs != nil {
		errs = append(errs, wrap("flush logs", p.logs.ForceFlush(ctx)))
	}
	return errors.Join(errs...)
}

// Shutdown exports what is queued, until ctx is done, and ends tracing and the export of logs; what still tries to export then gives up.
// Calling it again does nothing.
func (p *Providers) Shutdown(ctx context.Context) error {
	var errs []error
	if p.traces != nil {
		errs = append(errs, wrap("stop tracing", p.traces.Shutdown(ctx)))
	}
	if p.giveUp != nil {
		p.giveUp()
	}
	if p.logs != nil {
		errs = append(errs, wrap("stop the export of logs", p.logs.Shutdown(ctx)))
	}
	return errors.Join(errs...)
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// describe is the resource: our own words first, then the environment's over them, then what is pinned.
func describe(ctx context.Context, opts Options) (*resource.Resource, error) {
	name := opts.ServiceName
	if name == "" {
		name = "plume"
	}
	own := []resource.Option{resource.WithAttributes(semconv.ServiceName(name), semconv.ServiceNamespace("rocketmq"))}
	if opts.ServiceInstanceID != "" {
		own = append(own, resource.WithAttributes(semconv.ServiceInstanceID(opts.ServiceInstanceID)))
	}
	if opts.ServiceVersion != "" {
		own = append(own, resource.WithAttributes(semconv.ServiceVersion(opts.ServiceVersion)))
	}
	if opts.wantsOTLP() { // receivers compare the clocks of spans only from one host to another
		own = append(own, resource.WithHost())
	}
	own = append(own, resource.WithTelemetrySDK(), resource.WithFromEnv())
	if opts.PinServiceName {
		own = append(own, resource.WithAttributes(semconv.ServiceName(name)))
	}
	res, err := resource.New(ctx, own...)
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("describe service %s: %w", name, err)
	}
	return res, nil
}
