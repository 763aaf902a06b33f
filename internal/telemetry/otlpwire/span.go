package otlpwire

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// span is a recording span: who it is, and the message that it is being written to. After its end the message is another span's, and
// leaves the span's calls alone. It is also the context that carries it: most steps begin others, which ask for both at once.
type span struct {
	*family
	context.Context //nolint:containedctx // it is one: that which it began in
	id              trace.SpanID
	start           int64 // nanoseconds since 1970
	end             int64 // for the goroutine that ended it
	recording       observ.Recording
}

// begin starts the span's message. Without a time it is the present one.
func (s *span) begin(parent *trace.SpanContext, template *observ.Template, at time.Time) {
	f := s.family
	if at.IsZero() {
		s.start = f.clock.Now()
	} else {
		s.start = at.UnixNano()
	}
	b := spanmsg.Beginning{Template: template, Start: s.start, Clock: f.clock, Limit: &f.tracer.provider.limits, Spare: &f.spare}
	if f.poll != nil {
		b.Watch = observ.SaysIdle
		if !f.poll.root.IsValid() {
			f.poll.root = s.id
		}
	}
	own := s.SpanContext()
	s.recording.Message, s.recording.Turn = spanmsg.Begin(&b, &own, parent)
}

// Value implements context.Context.
func (s *span) Value(key any) any {
	switch {
	case observ.IsSpanKey(key):
		return s
	case observ.IsEntryKey(key):
		if e := s.recording.Entry(); e != nil {
			return e
		}
	}
	return s.Context.Value(key)
}

// Recording has the message that the span is being written to; see observ.Messenger.
func (s *span) Recording() *observ.Recording { return &s.recording }

// IsRecording says whether the span has not ended.
func (s *span) IsRecording() bool { return s.recording.Message.Open(s.recording.Turn) }

// SpanContext identifies the span.
func (s *span) SpanContext() trace.SpanContext { return s.family.trace.WithSpanID(s.id) }

// TracerProvider is where the span comes from.
func (s *span) TracerProvider() trace.TracerProvider { return s.family.tracer.provider }

// StartTime is when the span began.
func (s *span) StartTime() time.Time { return time.Unix(0, s.start) }

// EndTime is when the span ended, for the goroutine that ended it.
func (s *span) EndTime() time.Time { return time.Unix(0, s.end) }

// SetName renames the span.
func (s *span) SetName(name string) { s.recording.Message.Rename(s.recording.Turn, name) }

// SetStatus sets the status unless one that says more is set.
func (s *span) SetStatus(code codes.Code, description string) {
	s.recording.Message.SetStatus(s.recording.Turn, code, description)
}

// SetAttributes adds attributes; one that is there already gets the new value.
func (s *span) SetAttributes(attrs ...attribute.KeyValue) {
	s.recording.Message.Set(s.recording.Turn, attrs)
}

// AddEvent adds an event.
func (s *span) AddEvent(name string, options ...trace.EventOption) {
	c := trace.NewEventConfig(options...)
	at := s.family.clock.Now()
	if when := c.Timestamp(); !when.IsZero() {
		at = when.UnixNano()
	}
	s.recording.Message.AddEvent(s.recording.Turn, name, at, c.Attributes())
}

// AddLink adds a link.
func (s *span) AddLink(l trace.Link) { s.recording.Message.AddLink(s.recording.Turn, l) }

// RecordError adds an event of OpenTelemetry's form for an error.
func (s *span) RecordError(err error, options ...trace.EventOption) {
	if err == nil {
		return
	}
	s.AddEvent("exception", append(options, trace.WithAttributes(
		attribute.String("exception.type", fmt.Sprintf("%T", err)), attribute.String("exception.message", err.Error())))...)
}

// End ends the span. Its message is complete, and goes to the others that wait to be sent.
func (s *span) End(options ...trace.SpanEndOption) {
	end := s.family.clock.Now()
	if len(options) > 0 {
		if c := trace.NewSpanEndConfig(options...); !c.Timestamp().IsZero() {
			end = c.Timestamp().UnixNano()
		}
	}
	s.recording.Message.End(s.recording.Turn, end, func(message spanmsg.Packer, idle bool) {
		s.end = end
		s.family.ended(s, message, idle)
	})
	if s == s.family.first {
		s.family.over()
	}
}
