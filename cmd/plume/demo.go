package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/plumemq/plume/internal/demo"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/telemetry"
)

const demoLong = `Run a whole RocketMQ in this process, traced, with a page that shows what happens: a name server, two brokers, a
producer and a consumer, over real TCP, and the site with the first traces in it.

Everything listens on 127.0.0.1, the brokers' stores are temporary, and Ctrl-C ends it all. While it runs, any client of
RocketMQ can join in (name server 127.0.0.1:9876), and any traced program can send its spans to ports 4317 and 4318.`

const demoExample = `  plume demo
  plume demo --site-port 8090 --namesrv-port 9877
  plume demo --otlp-endpoint localhost:14317      send the spans to a collector, too
  plume demo --fault broker-kill                  begin with a fault; plume fault on ... later
  plume demo --forward localhost:14317            send all spans on, and what other programs send to the demo`

type demoFlags struct {
	cfg        demo.Config
	listFaults bool
	traceLevel string
	logLevel   string
	logFormat  string
}

func newDemoCommand() *cobra.Command {
	f := demoFlags{cfg: demo.DefaultConfig()}
	cmd := &cobra.Command{
		Use: "demo", Short: "Watch a message travel", Long: demoLong, Example: demoExample, GroupID: groupServers, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.IntVar(&f.cfg.SitePort, "site-port", f.cfg.SitePort, "port of the site; 0 picks a free one, here as below")
	flags.IntVar(&f.cfg.NamesrvPort, "namesrv-port", f.cfg.NamesrvPort, "port of the name server")
	flags.IntVar(&f.cfg.BrokerAPort, "broker-a-port", f.cfg.BrokerAPort, "port of broker-a")
	flags.IntVar(&f.cfg.BrokerBPort, "broker-b-port", f.cfg.BrokerBPort, "port of broker-b")
	flags.IntVar(&f.cfg.OTLPGRPCPort, "otlp-grpc-port", f.cfg.OTLPGRPCPort, "port on which others' spans are received over gRPC; -1 for none")
	flags.IntVar(&f.cfg.OTLPHTTPPort, "otlp-http-port", f.cfg.OTLPHTTPPort, "port on which others' spans are received over HTTP; -1 for none")
	flags.StringVar(&f.cfg.OTLPEndpoint, "otlp-endpoint", "", "send the demo's spans to this OTLP/gRPC receiver, too")
	flags.StringVar(&f.cfg.Fault, "fault", "", "a fault to begin with, for a minute; see --list-faults")
	flags.BoolVar(&f.listFaults, "list-faults", false, "list the faults and end")
	flags.StringVar(&f.cfg.Forward, "forward", "", "send all spans, those that others send here included, to this OTLP/gRPC receiver, too")
	flags.StringSliceVar(&f.cfg.SiteHosts, "site-host", nil, "host name that the site answers to, beside localhost: of a proxy or of a container's host; repeatable")
	flags.StringVar(&f.traceLevel, "trace-level", "steps", "detail of the spans at first: semconv, steps or deep")
	cmd.MarkFlagsMutuallyExclusive("forward", "otlp-endpoint")
	flags.StringVar(&f.logLevel, "log-level", "error", "least level to log: debug, info, warn or error")
	flags.StringVar(&f.logFormat, "log-format", "console", "log format: console or json")
	return cmd
}

func (f *demoFlags) run(cmd *cobra.Command) error {
	if f.listFaults {
		return writeFaults(cmd.OutOrStdout(), nil)
	}
	if f.cfg.Fault != "" && !slices.ContainsFunc(demo.KnownFaults(), func(known site.Fault) bool { return known.ID == f.cfg.Fault }) {
		return usageError{fmt.Errorf("--fault: %w: %q; see --list-faults", site.ErrNoFault, f.cfg.Fault)}
	}
	detail, ok := observ.ParseDetail(f.traceLevel)
	if !ok || detail == observ.Off {
		return usageError{fmt.Errorf("--trace-level %s: want semconv, steps or deep", f.traceLevel)}
	}
	f.cfg.Detail = detail
	level, err := zapcore.ParseLevel(f.logLevel)
	if err != nil {
		return usageError{fmt.Errorf("--log-level: %w", err)}
	}
	log, err := telemetry.NewLogger(telemetry.LogOptions{Format: f.logFormat, Level: level, Output: cmd.ErrOrStderr()})
	if err != nil {
		return usageError{fmt.Errorf("--log-format: %w", err)}
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Error("telemetry", zap.Error(err)) }))
	for _, w := range demoWarnings() {
		fmt.Fprintf(cmd.ErrOrStderr(), "plume: warning: %s\n", w)
	}
	out := cmd.OutOrStdout()
	f.cfg.Progress, f.cfg.Logger = out, log
	fmt.Fprintln(out, "Plume demo")
	d, err := demo.Start(cmd.Context(), f.cfg)
	if err != nil {
		if cmd.Context().Err() != nil && errors.Is(err, context.Canceled) {
			return nil // Ctrl-C while it started
		}
		return err
	}
	if closeDoor, err := openDoor(d); err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "plume fault will not find this demo: %v\n", err)
	} else {
		defer closeDoor()
	}
	fmt.Fprintf(out, "\nOpen %s\nCtrl-C ends it.\n", d.URL())
	<-cmd.Context().Done()
	fmt.Fprintln(out, "stopping")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), 10*time.Second)
	defer cancel()
	return d.Shutdown(ctx)
}

// demoWarnings are what the environment asks of the demo and does not get.
func demoWarnings() []string {
	warnings := telemetry.Warnings()
	if !telemetry.Propagates() {
		warnings = append(warnings, "OTEL_PROPAGATORS without tracecontext has no effect on the demo: it shows whole traces")
	}
	return warnings
}
