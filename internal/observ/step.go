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

// Step is one execution of an [Op]. The zero Step records nothing; every method on it is a no-op, which costs what asking a pointer costs.
type Step struct{ r *Recording }

// Recording is what there is to know of a step that records.
type Recording struct {
	Message *spanmsg.Message // what the span is written to as things happen, if it is a [Messenger]
	Turn    uint64           // of Message, or of record

	span   trace.Span
	op     *Op     // nil for a step found by [Current] that is no [Messenger]'s
	entry  *entry  // the entry step that it belongs to, whose component's level and sinks hold
	record *record // its attributes until it ends; nil for a step with a message, and for one found by [Current]
	enters bool    // it is the entry step
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
		return m.Recording().of(op, span, e)
	}
	r := &Recording{}
	r.record, r.Turn = newRecord()
	return r.of(op, span, e)
}

func (r *Recording) of(op *Op, span trace.Span, e *entry) Step {
	r.op, r.span, r.entry = op, span, e
	return Step{r}
}

// On says whether the step records: build attributes only then.
func (s Step) On() bool { return s.r != nil }

// Set adds attributes. Guard it with [Step.On], so that building them costs nothing when nothing records.
func (s Step) Set(attrs ...Attr) {
	if s.r != nil {
		s.r.set(attrs)
	}
}

func (r *Recording) set(attrs []Attr) {
	switch {
	case len(attrs) == 0:
	case r.Message != nil:
		r.Message.Set(r.Turn, attrs)
	case r.record != nil:
		r.record.add(r.Turn, attrs)
	default:
		r.span.SetAttributes(slices.Clone(attrs)...) // a clone, so that the caller's may stay on its stack
	}
}

// SetPrepared is [Step.Set] for attributes that were made ready for it.
func (s Step) SetPrepared(p *Prepared) {
	switch {
	case s.r == nil:
	case s.r.Message != nil:
		s.r.Message.SetPrepared(s.r.Turn, p)
	default:
		s.r.set(p.Attrs)
	}
}

// Event records something that happened within the step: a decision, a wait, a response matched. Where it goes, into the span, the
// log or both, the component decides: see [Component.SendEvents].
func (s Step) Event(name string, attrs ...Attr) {
	if s.r != nil {
		s.r.event(name, attrs)
	}
}

// HasEvents says whether events are recorded: below the level of steps there are none.
func (s Step) HasEvents() bool { return s.r != nil && s.r.entry.shows(Steps) }

// Link adds a link to another span found only after the start.
func (s Step) Link(sc SpanContext) {
	if s.r != nil && sc.IsValid() {
		s.r.span.AddLink(trace.Link{SpanContext: sc})
	}
}

// Fail marks the step as failed without ending it. A nil err does nothing.
func (s Step) Fail(err error) {
	if s.r == nil || err == nil {
		return
	}
	s.Set(String("error.type", errorType(err)))
	s.r.span.SetStatus(codes.Error, err.Error())
}

// End ends the step, marking it failed if *err is an error. Pass the address of a named result, or nil.
func (s Step) End(err *error) {
	if s.r != nil {
		s.end(err)
	}
}

func (s Step) end(err *error) {
	if err != nil {
		s.Fail(*err)
	}
	s.r.end()
}

// end ends the span, if this is its first end.
func (r *Recording) end() {
	observed := r.observed()
	switch {
	case r.record != nil && !r.record.end(r.Turn, r.span), observed && r.Message != nil && !r.Message.Open(r.Turn):
		return
	}
	r.span.End()
	if r.enters {
		r.entry.ends()
	}
	if observed {
		r.observe()
	}
}

// SpanContext identifies the step's span; invalid when it does not record.
func (s Step) SpanContext() SpanContext {
	if s.r == nil {
		return SpanContext{}
	}
	return s.r.span.SpanContext()
}

// Current is the step that ctx carries; zero when none records. For events and attributes that belong to the caller's step.
func Current(ctx context.Context) Step {
	e := recordingIn(ctx)
	if e == nil {
		return Step{}
	}
	span := trace.SpanFromContext(ctx)
	if m, ok := span.(Messenger); ok && m.Recording().entry != nil {
		return Step{m.Recording()}
	}
	return Step{&Recording{span: span, entry: e}}
}

// Records says whether ctx carries a step that records.
func Records(ctx context.Context) bool { return recorder(ctx) != nil }

// Current is [Current] in the body of a step of this Op: zero also when the Op does not show at the level of detail, so that
// what is said of it does not end up on a step further out.
func (o *Op) Current(ctx context.Context) Step {
	if o.showing(ctx) == nil {
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
