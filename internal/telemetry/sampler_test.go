package telemetry_test

import (
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/telemetry"
)

var (
	opRoot   = observ.Define(observ.Op{ID: "test.root"})
	opLinked = observ.Define(observ.Op{ID: "test.linked"})
)

// TestSampleRatio: of the traces that begin here about that share is recorded, whole; what continues a recorded span, or links to
// one, always is, and what continues one that is not recorded never.
func TestSampleRatio(t *testing.T) {
	for name, x := range map[string]struct {
		ratio float64
		env   string
		run   int
		least int
		most  int
	}{
		"none": {ratio: 0, most: 0}, "a tenth": {ratio: 0.1, run: 1, least: 800, most: 1200}, "all": {ratio: 1, least: 10_000, most: 10_000},
		"by the environment": {ratio: -1, env: "0.1", run: 1, least: 800, most: 1200},
		"in runs":            {ratio: 0.5, run: 10, least: 4000, most: 6000},
	} {
		t.Run(name, func(t *testing.T) {
			spans := tracetest.NewSpanRecorder()
			opts := telemetry.Options{InProcessOnly: true, SampleRun: x.run, Exporters: []sdktrace.SpanExporter{tracetest.NewInMemoryExporter()}, Processors: []sdktrace.SpanProcessor{spans}}
			if x.ratio >= 0 {
				opts.SampleRatio = &x.ratio
			} else {
				t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
				t.Setenv("OTEL_TRACES_SAMPLER_ARG", x.env)
			}
			p, err := telemetry.Setup(t.Context(), opts)
			if err != nil {
				t.Fatal(err)
			}
			c := observ.NewComponent(p.TracerProvider())
			roots := 0
			for range 10_000 {
				ctx, step := c.Start(t.Context(), opRoot)
				_, inner := opRoot.Start(ctx)
				if step.On() != inner.On() {
					t.Fatal("half a trace")
				}
				if step.On() {
					roots++
				}
				inner.End(nil)
				step.End(nil)
			}
			if roots < x.least || roots > x.most || len(spans.Ended()) != 2*roots {
				t.Errorf("%d of 10,000 traces with %d spans", roots, len(spans.Ended()))
			}
			for _, flags := range []trace.TraceFlags{0, trace.FlagsSampled} {
				parent := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: flags, Remote: true})
				if _, step := c.Start(trace.ContextWithRemoteSpanContext(t.Context(), parent), opRoot); step.On() != parent.IsSampled() {
					t.Errorf("below a parent with flags %v: recorded %v", flags, step.On())
				}
				if _, step := c.Start(t.Context(), opLinked, observ.NewRoot(), observ.LinkedTo(parent)); parent.IsSampled() && !step.On() {
					t.Error("what links to a recorded span is not recorded")
				}
			}
			if err := p.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
