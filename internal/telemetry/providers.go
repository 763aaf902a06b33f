package telemetry

import (
	"context"
	"errors"
	"fmt"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Providers is one service's telemetry. Safe for concurrent use.
type Providers struct {
	sdk    *sdktrace.TracerProvider // nil: tracing is off
	ratio  *ratioProvider           // of sdk; nil: sdk's own sampler decides
	logs   *sdklog.LoggerProvider   // nil: logs stay here
	counts []*counter
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

// trace builds the tracing.
func (p *Providers) trace(ctx context.Context, opts Options, res *resource.Resource) error {
	exporters := opts.Exporters
	if opts.wantsOTLP() {
		otlp, err := newSpanExporter(ctx, opts.OTLPEndpoint)
		if err != nil {
			return err
		}
		exporters = append(exporters[:len(exporters):len(exporters)], otlp)
	}
	sdk := []sdktrace.TracerProviderOption{sdktrace.WithResource(res)}
	ratio, drawn := opts.ratio()
	if drawn {
		sdk = append(sdk, sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.AlwaysSample())))
	}
	for _, processor := range opts.Processors {
		sdk = append(sdk, sdktrace.WithSpanProcessor(processor))
	}
	for _, e := range exporters {
		counted, processor := count(e, opts.batch())
		p.counts = append(p.counts, counted)
		if !opts.KeepIdle {
			processor = dropIdle(processor)
		}
		sdk = append(sdk, sdktrace.WithSpanProcessor(processor))
	}
	p.sdk = sdktrace.NewTracerProvider(sdk...)
	if drawn {
		p.ratio = &ratioProvider{p.sdk, threshold(ratio)}
	}
	return nil
}

// Enabled says whether anything is recorded.
func (p *Providers) Enabled() bool { return p.sdk != nil }

// TracerProvider is what components are given. Without tracing it is OpenTelemetry's no-op provider, never nil, so that a
// component does not fall back to the global one.
func (p *Providers) TracerProvider() trace.TracerProvider {
	switch {
	case p.sdk == nil:
		return noop.NewTracerProvider()
	case p.ratio != nil:
		return p.ratio
	}
	return p.sdk
}

// Dropped is the number of ended spans that no exporter took: the queue was full, or the receiver refused or was away. Spans
// still queued count until they are exported, so read it after [Providers.Flush] or [Providers.Shutdown].
func (p *Providers) Dropped() int64 {
	var n int64
	for _, c := range p.counts {
		n += c.dropped()
	}
	return n
}

// Flush exports what is queued, until ctx is done.
func (p *Providers) Flush(ctx context.Context) error {
	var errs []error
	if p.sdk != nil {
		errs = append(errs, wrap("flush spans", p.sdk.ForceFlush(ctx)))
	}
	if p.logs != nil {
		errs = append(errs, wrap("flush logs", p.logs.ForceFlush(ctx)))
	}
	return errors.Join(errs...)
}

// Shutdown exports what is queued, until ctx is done, and ends tracing and the export of logs. Calling it again does nothing.
func (p *Providers) Shutdown(ctx context.Context) error {
	var errs []error
	if p.sdk != nil {
		errs = append(errs, wrap("stop tracing", p.sdk.Shutdown(ctx)))
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
