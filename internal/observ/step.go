package observ

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// Step is one execution of an [Op]. The zero Step records nothing; every method on it is a no-op.
//
// It is small, as it is handed around by value: a processor copies a larger one with a wait for what it has just written.
type Step struct {
	span trace.Span
	rec  *Recording
}

// Recording is what there is to know of a step that records.
type Recording struct {
	Message *spanmsg.Message // what its span is written to as things happen, if it is a [Messenger]
	Turn    uint64           // of Message, or of record

	op     *Op     // nil for a step found by [Current]
	entry  *entry  // the entry step that it belongs to, whose component's level and sinks hold
	record *record // its attributes until it ends; nil for a step with a message, and for one found by [Current]
}

// Entry is what contexts have for keys of which [IsEntryKey] says so; nil before the step is returned.
func (r *Recording) Entry() any {
	if r.entry == nil {
		return nil
	}
	return r.entry
}

// Messenger is a span that is written as it happens, to a message. It has room for what there is to know of its step.
type Messenger interface {
	Recording() *Recording
}

// newStep is the step of a span that records.
func newStep(op *Op, span trace.Span, e *entry) Step {
	if m, ok := span.(Messenger); ok {
		return recordedStep(op, span, m.Recording(), e)
	}
	rec := &Recording{op: op, entry: e}
	rec.record, rec.Turn = newRecord()
	return Step{span, rec}
}

func recordedStep(op *Op, span trace.Span, rec *Recording, e *entry) Step {
	rec.op, rec.entry = op, e
	return Step{span, rec}
}

// On says whether the step records: build attributes only then.
func (s Step) On() bool { return s.span != nil }

// Set adds attributes. Guard it with [Step.On], so that building them costs nothing when nothing records.
func (s Step) Set(attrs ...Attr) {
	switch {
	case len(attrs) == 0 || s.span == nil:
	case s.rec.Message != nil:
		s.rec.Message.Set(s.rec.Turn, attrs)
	case s.rec.record != nil:
		s.rec.record.add(s.rec.Turn, attrs)
	default:
		s.span.SetAttributes(slices.Clone(attrs)...) // a clone, so that the caller's may stay on its stack
	}
}

// SetPrepared is [Step.Set] for attributes that were made ready for it.
func (s Step) SetPrepared(p *Prepared) {
	if s.span != nil && s.rec.Message != nil {
		s.rec.Message.SetPrepared(s.rec.Turn, p)
	} else {
		s.Set(p.Attrs...)
	}
}

// Event records something that happened within the step: a decision, a wait, a response matched. Where it goes, into the span, the
// log or both, the component decides: see [Component.SendEvents].
func (s Step) Event(name string, attrs ...Attr) {
	if s.HasEvents() {
		s.rec.entry.component.event(s, name, attrs)
	}
}

// HasEvents says whether events are recorded: below the level of steps there are none.
func (s Step) HasEvents() bool { return s.span != nil && s.rec.entry.component.Detail() >= Steps }

// Link adds a link to another span found only after the start.
func (s Step) Link(sc SpanContext) {
	if s.span != nil && sc.IsValid() {
		s.span.AddLink(trace.Link{SpanContext: sc})
	}
}

// Fail marks the step as failed without ending it. A nil err does nothing.
func (s Step) Fail(err error) {
	if s.span == nil || err == nil {
		return
	}
	s.Set(String("error.type", errorType(err)))
	s.span.SetStatus(codes.Error, err.Error())
}

// End ends the step, marking it failed if *err is an error. Pass the address of a named result, or nil.
func (s Step) End(err *error) {
	if s.span == nil {
		return
	}
	if err != nil {
		s.Fail(*err)
	}
	rec := s.rec
	switch { // only the first end counts
	case rec.record != nil && !rec.record.end(rec.Turn, s.span), s.observed() && rec.Message != nil && !rec.Message.Open(rec.Turn):
		return
	}
	s.span.End()
	if s.observed() {
		s.observe()
	}
}

// SpanContext identifies the step's span; invalid when it does not record.
func (s Step) SpanContext() SpanContext {
	if s.span == nil {
		return SpanContext{}
	}
	return s.span.SpanContext()
}

// Current is the step that ctx carries; zero when none records. For events and attributes that belong to the caller's step.
func Current(ctx context.Context) Step {
	e := entryOf(ctx)
	if e == nil || e.component == nil {
		return Step{}
	}
	return Step{trace.SpanFromContext(ctx), &e.current}
}

// Current is [Current] in the body of a step of this Op: zero also when the Op does not show at the present level of detail, so that
// what is said of it does not end up on a step further out.
func (o *Op) Current(ctx context.Context) Step {
	if c := recorder(ctx); c == nil || o.Detail > c.Detail() {
		return Step{}
	}
	return Current(ctx)
}

// TypedError is an error that knows its error.type: a response code's name, "timeout".
type TypedError interface {
	error
	ErrorType() string
}

// ErrorType is the error.type of an error: its own, "timeout", "canceled", or its Go type; "" for nil.
func ErrorType(err error) string {
	if err == nil {
		return ""
	}
	return errorType(err)
}

func errorType(err error) string {
	var typed TypedError
	switch {
	case errors.As(err, &typed):
		return typed.ErrorType()
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", err), "*")
}
