package observ

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// StepObserver is told how long steps took whose spans were recorded: the histogram of step durations.
type StepObserver interface {
	// ObserveStep is called at the step's end, by its goroutine. mode is the communication mode of the send that the step belongs
	// to in this process, "" for others. span is zero where it is not sampled, or may yet be left out of the export.
	ObserveStep(op *Op, mode string, took time.Duration, span SpanContext)
}

// Observe tells o of every step that records from now on. Call it before the component is used.
func (c *Component) Observe(o StepObserver) { c.observer = o }

// modeKey is the span attribute whose value observers are told.
const modeKey = "rocketmq.communication_mode"

// observed makes the span of a recording step tell the component's observer of its end; without one it is the span itself.
func (c *Component) observed(ctx context.Context, op *Op, span trace.Span) trace.Span {
	if c.observer == nil {
		return span
	}
	e, _ := ctx.Value(componentKey{}).(*entry)
	if timed, ok := span.(timedSpan); ok && e != nil {
		return &observedSpan{timedSpan: timed, observer: c.observer, op: op, entry: e}
	}
	return span
}

// timedSpan is a span that knows when it began and ended: OpenTelemetry's own is one.
type timedSpan interface {
	trace.Span
	StartTime() time.Time
	EndTime() time.Time
}

// observedSpan is a recording span and who wants to hear of its end. The context carries the span itself.
type observedSpan struct {
	timedSpan
	observer StepObserver
	op       *Op
	entry    *entry
}

// End ends the span and reports how long it was.
func (s *observedSpan) End(opts ...trace.SpanEndOption) {
	s.timedSpan.End(opts...)
	sc := s.SpanContext()
	if !sc.IsSampled() || s.entry.mayBeIdle {
		sc = SpanContext{}
	}
	s.observer.ObserveStep(s.op, s.entry.mode, s.EndTime().Sub(s.StartTime()), sc)
}
