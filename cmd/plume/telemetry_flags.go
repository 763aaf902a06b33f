package main

import (
	"context"
	"fmt"
	"io"
	"net"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/plumemq/plume/internal/adminhttp"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/telemetry"
)

// telemetryFlags are the flags about spans and logs that every long-running command has.
type telemetryFlags struct {
	otlpEndpoint string
	traceLevel   string
	sampleRatio  float64
	sampleRun    int
	metricsAddr  string
	logLevel     string
	logFormat    string
	adminAddr    string
	spanEvents   bool
	otlpLogs     bool
	messageKeys  bool
	queueSize    int // not a flag: spans that may wait for export; 0 is what the environment says
}

// ratioUnset is --sample-ratio where it is not given: what the environment says.
const ratioUnset = -1

// register adds the flags to a command.
func (f *telemetryFlags) register(cmd *cobra.Command, logLevel string) {
	flags := cmd.Flags()
	flags.StringVar(&f.otlpEndpoint, "otlp-endpoint", "", "send spans to this OTLP/gRPC receiver, host:port or URL (default: OTEL_EXPORTER_OTLP_ENDPOINT, or none)")
	flags.StringVar(&f.traceLevel, "trace-level", "steps", "detail of the spans: off, semconv, steps or deep")
	flags.Float64Var(&f.sampleRatio, "sample-ratio", ratioUnset, "share of traces to record, 0 to 1 (default: OTEL_TRACES_SAMPLER, or all)")
	flags.Lookup("sample-ratio").DefValue = "0" // so that help names none: the text says what happens without it
	flags.IntVar(&f.sampleRun, "sample-run", telemetry.DefaultRun, "where more than 25 traces a second are to be recorded, record so many one after the other; 1: each for itself")
	flags.StringVar(&f.metricsAddr, "metrics-addr", "", "serve Prometheus metrics on this address, host:port, at /metrics (default: none)")
	flags.BoolVar(&f.spanEvents, "span-events", true, "events of steps go into their spans, beside the log (which has them at level debug)")
	flags.StringVar(&f.adminAddr, "admin-addr", "", "serve health and the level of detail over HTTP here, such as 127.0.0.1:8077 (see docs/telemetry.md; default: nowhere)")
	flags.BoolVar(&f.otlpLogs, "otlp-logs", false, "send logs over OTLP, too (default: as OTEL_LOGS_EXPORTER says)")
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
	if f.sampleRatio != ratioUnset && !(f.sampleRatio >= 0 && f.sampleRatio <= 1) {
		return nil, usageError{fmt.Errorf("--sample-ratio %g: want 0 to 1", f.sampleRatio)}
	}
	if f.sampleRun < 1 {
		return nil, usageError{fmt.Errorf("--sample-run %d: want 1 or more", f.sampleRun)}
	}
	level, err := zapcore.ParseLevel(f.logLevel)
	if err != nil {
		return nil, usageError{fmt.Errorf("--log-level: %w", err)}
	}
	console, err := telemetry.NewLogger(telemetry.LogOptions{Format: f.logFormat, Level: level, Output: logs})
	if err != nil {
		return nil, usageError{fmt.Errorf("--log-format: %w", err)}
	}
	providers, err := telemetry.Setup(ctx, telemetry.Options{
		ServiceName: serviceName, ServiceVersion: version(), OTLPEndpoint: f.otlpEndpoint, OTLPLogs: f.otlpLogs,
		SampleRatio: f.ratio(), SampleRun: f.sampleRun, QueueSize: f.queueSize,
	})
	if err != nil {
		return nil, fmt.Errorf("set up telemetry: %w", err)
	}
	// What goes wrong on the way to a receiver stays on this machine: sent there, it would go wrong again.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { console.Warn("telemetry", zap.Error(err)) }))
	env := &environment{log: providers.Tee(console, level), telemetry: providers, control: observ.NewControl(detail), spanEvents: f.spanEvents}
	env.component = observ.NewControlled(providers.TracerProvider(), env.control)
	env.component.SendEvents(env.log, f.spanEvents)
	env.component.SetPropagation(telemetry.Propagates())
	for _, w := range telemetry.Warnings() {
		fmt.Fprintf(logs, "plume: warning: %s\n", w) // whatever --log-level says: clients log errors alone
	}
	if err := f.listenAdmin(ctx, env); err != nil {
		env.close()
		return nil, err
	}
	if err := env.serveMetrics(f.metricsAddr, logs); err != nil {
		env.close()
		return nil, err
	}
	return env, nil
}

// listenAdmin opens the admin endpoint, if one is asked for.
func (f *telemetryFlags) listenAdmin(ctx context.Context, env *environment) (err error) {
	if f.adminAddr == "" {
		return nil
	}
	host, _, err := splitListen(f.adminAddr)
	if err != nil {
		return usageError{fmt.Errorf("--admin-addr %s: %w", f.adminAddr, err)}
	}
	cfg := adminhttp.Config{Control: env.control, Health: env.health, OnChange: func(from, to observ.Detail) {
		env.log.Info("level of detail changed", zap.Stringer("from", from), zap.Stringer("to", to))
	}}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		cfg.Hosts = []string{"*"}
		env.log.Warn("the admin endpoint can be reached from other machines and knows no passwords", zap.String("addr", f.adminAddr))
	}
	if env.admin, err = adminhttp.Listen(ctx, f.adminAddr, cfg); err != nil {
		return fmt.Errorf("--admin-addr: %w", err)
	}
	env.log.Info("admin endpoint", zap.Stringer("addr", env.admin.Addr()))
	return nil
}

// ratio is what --sample-ratio asks for, or nil for what the environment says.
func (f *telemetryFlags) ratio() *float64 {
	if f.sampleRatio == ratioUnset {
		return nil
	}
	return &f.sampleRatio
}
