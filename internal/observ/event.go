package observ

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// EventName is the field of a log line that names the event which the line reports.
const EventName = "event.name"

// eventSink says where the events of a component's steps go. It never changes once it is in force.
type eventSink struct {
	log   *zap.Logger // nil: not into the log
	spans bool
}

// SendEvents says where the events of the component's steps go from now on: into log at debug level, each with its trace_id and
// span_id, and, with inSpans, into their spans as well. A nil log takes none. A new component's events go into spans alone.
//
// OpenTelemetry moves events from spans to the log; many trace viewers show only those in spans.
func (c *Component) SendEvents(log *zap.Logger, inSpans bool) {
	if log != nil && !log.Core().Enabled(zapcore.DebugLevel) {
		log = nil
	}
	c.events.Store(&eventSink{log: log, spans: inSpans})
}

// event is the one place that decides what becomes of an event.
func (r *Recording) event(name string, attrs []Attr) {
	if !r.entry.shows(Steps) {
		return
	}
	sink := r.entry.component.events.Load()
	switch {
	case sink != nil && !sink.spans:
	case r.Message != nil:
		r.Message.AddEvent(r.Turn, name, 0, attrs)
	default:
		r.span.AddEvent(name, trace.WithAttributes(slices.Clone(attrs)...)) // a clone, so that the caller's may stay on its stack
	}
	if sink == nil || sink.log == nil {
		return
	}
	fields := make([]zap.Field, 0, len(attrs)+3)
	fields = append(fields, zap.String(EventName, name))
	for _, a := range attrs {
		fields = append(fields, fieldOf(a))
	}
	sink.log.Debug(name, append(fields, traceFields(r.span.SpanContext())...)...)
}

// fieldOf is an attribute as a field of a log line.
func fieldOf(a Attr) zap.Field {
	key := string(a.Key)
	switch a.Value.Type() {
	case attribute.BOOL:
		return zap.Bool(key, a.Value.AsBool())
	case attribute.INT64:
		return zap.Int64(key, a.Value.AsInt64())
	case attribute.FLOAT64:
		return zap.Float64(key, a.Value.AsFloat64())
	case attribute.STRINGSLICE:
		return zap.Strings(key, a.Value.AsStringSlice())
	}
	return zap.String(key, a.Value.String())
}
