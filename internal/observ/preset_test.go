package observ_test

import (
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/observ"
)

// sampled keeps what samplers were shown.
type sampled struct {
	sdktrace.Sampler
	seen sdktrace.SamplingParameters
}

func (s *sampled) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	s.seen = p
	return s.Sampler.ShouldSample(p)
}

func TestPresetIsWhatSamplersSee(t *testing.T) {
	sampler := &sampled{Sampler: sdktrace.AlwaysSample()}
	c, rec := recorder(sdktrace.WithSampler(sampler))
	preset := opEntry.Preset("send T", observ.String("messaging.system", "rocketmq"))
	ctx, a := c.StartPreset(t.Context(), preset)
	_, b := c.StartPreset(ctx, preset, observ.LinkedTo(a.SpanContext(), trace.SpanContext{}))
	b.End(nil)
	a.End(nil)
	if p := sampler.seen; p.Name != "send T" || p.Kind != observ.Producer || len(p.Attributes) != 1 || len(p.Links) != 1 {
		t.Errorf("the sampler saw %+v", p)
	}
	for _, span := range rec.Ended() {
		if n := len(span.Attributes()); n != 5 { // and the step's own four
			t.Errorf("%s has %d attributes: %v", span.Name(), n, span.Attributes())
		}
	}
	if inner, outer := rec.Ended()[0], rec.Ended()[1]; len(inner.Links()) != 1 || len(outer.Links()) != 0 || inner.Parent().SpanID() != a.SpanContext().SpanID() {
		t.Errorf("links %v, %v", inner.Links(), outer.Links())
	}
	c.SetDetail(observ.Off)
	if _, step := c.StartPreset(t.Context(), preset); step.On() {
		t.Error("it records though it is off")
	}
}

// An entry step that the sampler drops costs what the SDK takes to ask it, and no attributes of ours.
func TestDroppedEntryIsCheap(t *testing.T) {
	c, _ := recorder(sdktrace.WithSampler(sdktrace.NeverSample()))
	ctx, preset := t.Context(), opEntry.Preset("send T", observ.String("messaging.system", "rocketmq"))
	if n := testing.AllocsPerRun(100, func() { _, _ = c.Start(ctx, opEntry) }); n > 4 { // one of them says to those who are called that the trace is refused
		t.Errorf("%v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = c.StartPreset(ctx, preset) }); n > 5 {
		t.Errorf("with a preset: %v allocations", n)
	}
}

func BenchmarkDroppedEntry(b *testing.B) {
	tp := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.01))))
	c := observ.NewComponent(tp)
	preset := opEntry.Preset("send T", observ.String("messaging.system", "rocketmq"), observ.String("messaging.destination.name", "T"))
	b.ReportAllocs()
	for b.Loop() {
		_, step := c.StartPreset(b.Context(), preset)
		step.End(nil)
	}
}
