package observ_test

import (
	"context"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/internal/observ"
)

var opPoll = observ.Define(observ.Op{ID: "test.poll", Detail: observ.Semconv, MayBeIdle: true})

// observation is what a StepObserver was told.
type observation struct {
	step, mode string
	took       time.Duration
	span       observ.SpanContext
}

type observations []observation

func (o *observations) ObserveStep(op *observ.Op, mode string, took time.Duration, span observ.SpanContext) {
	*o = append(*o, observation{op.ID, mode, took, span})
}

func TestObserverHearsOfEachStepsEnd(t *testing.T) {
	c, rec := recorder()
	var heard observations
	c.Observe(&heard)
	ctx, outer := c.StartPreset(context.Background(), opEntry.Preset("send T", observ.String("rocketmq.communication_mode", "oneway")))
	_, inside := opInner.Start(ctx)
	inside.Event("still works")
	inside.End(nil)
	outer.End(nil)
	spans := rec.Ended()
	if len(heard) != 2 || len(spans) != 2 {
		t.Fatalf("%d observations of %d spans", len(heard), len(spans))
	}
	for i, o := range heard {
		if o.mode != "oneway" || !o.span.Equal(spans[i].SpanContext()) || o.took != spans[i].EndTime().Sub(spans[i].StartTime()) || o.took <= 0 {
			t.Errorf("%+v is not of %s", o, spans[i].Name())
		}
	}
	if heard[0].step != opInner.ID || heard[1].step != opEntry.ID {
		t.Errorf("%v", heard)
	}
}

// Of a long poll nobody knows yet whether its spans are kept, and a span that is recorded but not sampled leads nowhere.
func TestObserverGetsNoSpanThatMayBeGone(t *testing.T) {
	c, _ := recorder()
	var heard observations
	c.Observe(&heard)
	ctx, poll := c.Start(context.Background(), opPoll)
	_, inside := opInner.Start(ctx)
	inside.End(nil)
	poll.End(nil)
	recordOnly, _ := recorder(sdktrace.WithSampler(recordingOnly{}))
	recordOnly.Observe(&heard)
	_, entry := recordOnly.Start(context.Background(), opEntry)
	entry.End(nil)
	if len(heard) != 3 {
		t.Fatalf("%d observations, want 3", len(heard))
	}
	for _, o := range heard {
		if o.span.IsValid() {
			t.Errorf("%s was observed with a span", o.step)
		}
	}
}

type recordingOnly struct{}

func (recordingOnly) ShouldSample(sdktrace.SamplingParameters) sdktrace.SamplingResult {
	return sdktrace.SamplingResult{Decision: sdktrace.RecordOnly}
}

func (recordingOnly) Description() string { return "record, do not sample" }
