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
type Step struct {
	span      trace.Span
	component *Component // whose level and sinks hold
	op        *Op
	entry     *entry           // the entry step that it belongs to
	record    *record          // its attributes until it ends; nil for a step with a message, and for one found by [Current]
	message   *spanmsg.Message // what its span is written to as things happen, if it is a [Messenger]
	turn      uint64           // of record or message
}

// Messenger is a span that is written as it happens: to a message, in a turn of it.
type Messenger interface {
	Message() (m *spanmsg.Message, turn uint64)
}

// newStep is the step of a span that records.
func newStep(op *Op, span trace.Span, e *entry) Step {
	s := Step{span: span, component: e.component, op: op, entry: e}
	if m, ok := span.(Messenger); ok {
		s.message, s.turn = m.Message()
	} else {
		s.record, s.turn = newRecord()
	}
	return s
}

// On says whether the step records: build attributes only then.
func (s Step) On() bool { return s.span != nil }

// Set adds attributes. Guard it with [Step.On], so that building them costs nothing when nothing records.
func (s Step) Set(attrs ...Attr) {
	switch {
	case len(attrs) == 0:
	case s.message != nil:
		s.message.Set(s.turn, attrs)
	case s.record != nil:
		s.record.add(s.turn, attrs)
	case s.span != nil:
		s.span.SetAttributes(slices.Clone(attrs)...) // a clone, so that the caller's may stay on its stack
	}
}

// SetPrepared is [Step.Set] for attributes that were made ready for it.
func (s Step) SetPrepared(p *Prepared) {
	if s.message != nil {
		s.message.SetPrepared(s.turn, p)
	} else {
		s.Set(p.Attrs...)
	}
}

// Event records something that happened within the step: a decision, a wait, a response matched. Where it goes, into the span, the
// log or both, the component decides: see [Component.SendEvents].
func (s Step) Event(name string, attrs ...Attr) {
	if s.HasEvents() {
		s.component.event(s, name, attrs)
	}
}

// HasEvents says whether events are recorded: below the level of steps there are none.
func (s Step) HasEvents() bool { return s.span != nil && s.component.Detail() >= Steps }

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
	switch { // only the first end counts
	case s.record != nil && !s.record.end(s.turn, s.span), s.observed() && s.message != nil && !s.message.Open(s.turn):
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
	c := recorder(ctx)
	if c == nil {
		return Step{}
	}
	return Step{span: trace.SpanFromContext(ctx), component: c}
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
