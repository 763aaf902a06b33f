package observ

import "time"

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

// timedSpan is a span that knows when it began and ended: OpenTelemetry's own is one.
type timedSpan interface {
	StartTime() time.Time
	EndTime() time.Time
}

// observed says whether anybody is to be told how long the step took.
func (r *Recording) observed() bool { return r.op != nil && r.entry.component.observer != nil }

// observe tells the component's observer how long the step took, which has ended.
func (r *Recording) observe() {
	timed, ok := r.span.(timedSpan)
	if !ok {
		return
	}
	sc := r.span.SpanContext()
	if !sc.IsSampled() || r.entry.mayBeIdle {
		sc = SpanContext{}
	}
	r.entry.component.observer.ObserveStep(r.op, r.entry.preset.mode, timed.EndTime().Sub(timed.StartTime()), sc)
}
