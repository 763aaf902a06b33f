package main

import (
	"fmt"
	"net"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"github.com/plumemq/plume/internal/observatory"
	"github.com/plumemq/plume/internal/telemetry"
	"github.com/plumemq/plume/internal/tracestore"
)

const siteLong = `Run the site alone: receive spans over OTLP, keep the latest in memory and show them beside the source that made them.

Unlike the demo it has no cluster of its own. Point programs at it with --otlp-endpoint or OTEL_EXPORTER_OTLP_ENDPOINT; what
comes in can go on to Jaeger or any other receiver with --forward. It serves Prometheus metrics at /metrics.

With --traces it begins with the traces of a file: one that plume site save has written, or OpenTelemetry's Collector.`

const siteExample = `  plume site
  plume site --traces traces.jsonl
  plume site --listen 0.0.0.0:8088 --otlp-grpc 0.0.0.0:4317 --site-host plume.example --forward jaeger:4317`

type siteFlags struct {
	cfg       observatory.Config
	storeMB   int
	traces    string
	logLevel  string
	logFormat string
}

func newSiteCommand() *cobra.Command {
	var f siteFlags
	cmd := &cobra.Command{
		Use: "site", Short: "Run the site alone, for spans from elsewhere", Long: siteLong, Example: siteExample,
		GroupID: groupServers, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.cfg.Site, "listen", "127.0.0.1:8088", "address of the pages; port 0 picks a free one, here as below")
	flags.StringVar(&f.cfg.OTLPGRPC, "otlp-grpc", "127.0.0.1:4317", "address that receives spans over gRPC; empty for none")
	flags.StringVar(&f.cfg.OTLPHTTP, "otlp-http", "127.0.0.1:4318", "address that receives spans over HTTP; empty for none")
	flags.StringVar(&f.cfg.Forward, "forward", "", "send all spans to this OTLP/gRPC receiver, too: host:port or URL")
	flags.StringSliceVar(&f.cfg.Pages.Hosts, "site-host", nil, "host name that the site answers to, beside localhost; repeatable")
	flags.IntVar(&f.storeMB, "store-mb", 32, "memory for traces, in MiB; the oldest make room")
	flags.StringVar(&f.traces, "traces", "", "begin with the traces of this file: OTLP in JSON, an object a line")
	flags.StringVar(&f.logLevel, "log-level", "info", "least level to log: debug, info, warn or error")
	flags.StringVar(&f.logFormat, "log-format", "console", "log format: console or json")
	cmd.AddCommand(newSiteExportCommand(), newSiteSaveCommand())
	return cmd
}

func (f *siteFlags) run(cmd *cobra.Command) error {
	defer paceGC(serviceGC)()
	level, err := zapcore.ParseLevel(f.logLevel)
	if err != nil {
		return usageError{fmt.Errorf("--log-level: %w", err)}
	}
	log, err := telemetry.NewLogger(telemetry.LogOptions{Format: f.logFormat, Level: level, Output: cmd.ErrOrStderr()})
	if err != nil {
		return usageError{fmt.Errorf("--log-format: %w", err)}
	}
	if f.storeMB < 1 || f.storeMB > 1<<14 {
		return usageError{fmt.Errorf("--store-mb %d: want 1 to %d", f.storeMB, 1<<14)}
	}
	host, _, err := splitListen(f.cfg.Site)
	if err != nil {
		return usageError{fmt.Errorf("--listen %s: %w", f.cfg.Site, err)}
	}
	warnIfOpen(cmd, host, "site", "--listen 127.0.0.1:8088")
	f.cfg.Pages.Store, f.cfg.Logger = tracestore.New(tracestore.Config{MaxBytes: f.storeMB << 20}), log
	if f.traces != "" {
		if err := openTraces(cmd, f.cfg.Pages.Store, f.traces); err != nil {
			return err
		}
	}
	o := observatory.New(f.cfg)
	env := &environment{log: log, telemetry: &telemetry.Providers{}}
	err = runService(cmd.Context(), env, o, func() {
		grpc, http := o.Receivers()
		fmt.Fprintf(cmd.OutOrStdout(), "site: %s, spans over gRPC on %s, over HTTP on %s\n", o.URL(), orNowhere(grpc), orNowhere(http))
	})
	return explainListen(err, "--listen, --otlp-grpc or --otlp-http")
}

func orNowhere(addr net.Addr) string {
	if addr == nil {
		return "none"
	}
	return addr.String()
}
