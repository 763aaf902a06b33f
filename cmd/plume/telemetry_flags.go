package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/telemetry"
)

// telemetryFlags are the flags about spans and logs that every long-running command has.
type telemetryFlags struct {
	otlpEndpoint string
	traceLevel   string
	sampleRatio  float64
	metricsAddr  string
	logLevel     string
	logFormat    string
	queueSize    int // not a flag: spans that may wait for export; 0 is OpenTelemetry's default
}

// register adds the flags to a command.
func (f *telemetryFlags) register(cmd *cobra.Command, logLevel string) {
	flags := cmd.Flags()
	flags.StringVar(&f.otlpEndpoint, "otlp-endpoint", "", "send spans to this OTLP/gRPC receiver, host:port or URL (default: OTEL_EXPORTER_OTLP_ENDPOINT, or none)")
	flags.StringVar(&f.traceLevel, "trace-level", "steps", "detail of the spans: off, semconv, steps or deep")
	flags.Float64Var(&f.sampleRatio, "sample-ratio", -1, "share of traces to record, 0 to 1 (default: OTEL_TRACES_SAMPLER, or all)")
	flags.Lookup("sample-ratio").DefValue = "" // the text above says what happens without it
	flags.StringVar(&f.metricsAddr, "metrics-addr", "", "serve Prometheus metrics on this address, host:port, at /metrics (default: none)")
	flags.StringVar(&f.logLevel, "log-level", logLevel, "least level to log: debug, info, warn or error")
	flags.StringVar(&f.logFormat, "log-format", "console", "log format: console or json")
	_ = cmd.RegisterFlagCompletionFunc("trace-level", cobra.FixedCompletions([]string{"off", "semconv", "steps", "deep"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("log-level", cobra.FixedCompletions([]string{"debug", "info", "warn", "error"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("log-format", cobra.FixedCompletions([]string{"console", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// setup makes what the flags ask for. Close the result.
func (f *telemetryFlags) setup(ctx context.Context, serviceName string, logs io.Writer) (*environment, error) {
	detail, ok := observ.ParseDetail(f.traceLevel)
	if !ok {
		return nil, usageError{fmt.Errorf("--trace-level %s: want off, semconv, steps or deep", f.traceLevel)}
	}
	if f.sampleRatio > 1 {
		return nil, usageError{fmt.Errorf("--sample-ratio %g: want 0 to 1", f.sampleRatio)}
	}
	level, err := zapcore.ParseLevel(f.logLevel)
	if err != nil {
		return nil, usageError{fmt.Errorf("--log-level: %w", err)}
	}
	log, err := telemetry.NewLogger(telemetry.LogOptions{Format: f.logFormat, Level: level, Output: logs})
	if err != nil {
		return nil, usageError{fmt.Errorf("--log-format: %w", err)}
	}
	providers, err := telemetry.Setup(ctx, telemetry.Options{
		ServiceName: serviceName, ServiceVersion: version(), OTLPEndpoint: f.otlpEndpoint,
		SampleRatio: f.ratio(), QueueSize: f.queueSize,
	})
	if err != nil {
		return nil, fmt.Errorf("set up tracing: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("telemetry", zap.Error(err)) }))
	env := &environment{log: log, telemetry: providers, detail: detail, component: observ.NewComponent(providers.TracerProvider())}
	env.component.SetDetail(detail)
	if err := env.serveMetrics(f.metricsAddr, logs); err != nil {
		env.close()
		return nil, err
	}
	return env, nil
}

// ratio is what --sample-ratio asks for, or nil for what the environment says.
func (f *telemetryFlags) ratio() *float64 {
	if f.sampleRatio < 0 {
		return nil
	}
	return &f.sampleRatio
}
