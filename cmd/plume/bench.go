package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumemq/plume/client/producer"
)

const benchLong = `Send messages as fast as a number of them in flight allows, and report throughput and latency.

A line each second shows the progress; the summary leaves the warm-up out. Latency is from the call to the moment when
the message's fate is known; one-way, to the moment when it was written.

With --otlp-endpoint spans are recorded and exported; the summary says how many were dropped on the way.`

const benchExample = `  plume bench
  plume bench --in-flight 1 --size 1024 --duration 30s
  plume bench --mode async --in-flight 256
  plume bench --otlp-endpoint localhost:4317 --sample-ratio 0.01 --trace-level semconv
  plume bench --json | jq .perSecond`

type benchFlags struct {
	clientFlags
	group    string
	mode     string
	inFlight int
	size     int
	duration time.Duration
	warmup   time.Duration
	timeout  time.Duration
	json     bool
}

func newBenchCommand() *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use: "bench [TOPIC]", Short: "Measure how fast messages are stored", Long: benchLong, Example: benchExample, GroupID: groupClients,
		Args: cobra.MaximumNArgs(1),
		RunE: f.run,
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.group, "group", "g", "plume_bench_producer", "producer group")
	flags.StringVar(&f.mode, "mode", "sync", "sync, async or oneway")
	flags.IntVar(&f.inFlight, "in-flight", 64, "messages on their way at the same time")
	flags.IntVar(&f.size, "size", 128, "size of a body in bytes")
	flags.DurationVar(&f.duration, "duration", 10*time.Second, "how long to measure")
	flags.DurationVar(&f.warmup, "warmup", 2*time.Second, "how long to send before measuring")
	flags.DurationVar(&f.timeout, "timeout", 3*time.Second, "longest wait for one message")
	flags.BoolVar(&f.json, "json", false, "print the summary as one JSON object")
	_ = cmd.RegisterFlagCompletionFunc("mode", cobra.FixedCompletions(sendModes[:], cobra.ShellCompDirectiveNoFileComp))
	f.clientFlags.register(cmd)
	return cmd
}

func (f *benchFlags) check() error {
	switch {
	case f.inFlight < 1:
		return usageError{fmt.Errorf("--in-flight %d: want at least 1", f.inFlight)}
	case f.size < 1:
		return usageError{fmt.Errorf("--size %d: want at least 1", f.size)}
	case f.duration <= 0:
		return usageError{fmt.Errorf("--duration %v: want more than 0", f.duration)}
	}
	return checkMode(f.mode)
}

func (f *benchFlags) run(cmd *cobra.Command, args []string) (err error) {
	defer relaxGC(benchGC)()
	topic := "BenchmarkTest"
	if len(args) == 1 {
		topic = args[0]
	}
	if err := f.check(); err != nil {
		return err
	}
	if os.Getenv("OTEL_BSP_MAX_QUEUE_SIZE") == "" {
		f.telemetry.queueSize = 1 << 16
	}
	env, err := f.telemetry.setup(cmd.Context(), "plume-bench", cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer env.close()
	p, err := f.startProducer(cmd.Context(), env, f.group, producer.WithSendTimeout(f.timeout), producer.WithRetryTimes(0), producer.WithRetryTimesAsync(0))
	if err != nil {
		return err
	}
	defer stopProducer(p, &err)
	return f.measure(cmd, env, p, topic)
}

// measure warms up, measures and prints.
func (f *benchFlags) measure(cmd *cobra.Command, env *environment, p *producer.Producer, topic string) error {
	ctx := cmd.Context()
	load := newLoad(p, topic, f)
	if _, err := await(ctx, senderOf("sync"), p, load.message()); err != nil {
		return fmt.Errorf("first message: %w", err)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s, %d in flight, %d-byte bodies, %v after %v of warm-up\n", topic, f.mode, f.inFlight, f.size, f.duration, f.warmup)
	load.start(ctx)
	pause(ctx, f.warmup)
	load.meter.reset()
	began := time.Now()
	watch(ctx, cmd.ErrOrStderr(), load.meter, f.duration)
	took := time.Since(began)
	result := load.meter.total()
	load.stop()
	s := f.summary(topic, began, took, result)
	s.spans(ctx, env)
	if f.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(s)
	}
	return s.print(cmd.OutOrStdout())
}

// spans fills in what became of the spans, once they are exported.
func (s *benchSummary) spans(ctx context.Context, env *environment) {
	if !env.telemetry.Enabled() {
		return
	}
	flushCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), exportTimeout)
	defer cancel()
	_ = env.telemetry.Flush(flushCtx) // what it could not export counts as dropped
	dropped := env.telemetry.Dropped()
	s.DroppedSpans = &dropped
}
