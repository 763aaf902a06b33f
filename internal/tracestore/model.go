package tracestore

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// The ids are OpenTelemetry's; their String is lower-case hex.
type (
	// TraceID identifies a trace.
	TraceID = trace.TraceID
	// SpanID identifies a span within its trace.
	SpanID = trace.SpanID
)

// ParseTraceID reads a trace id of up to 32 hex digits; shorter ones, as Jaeger's, are padded on the left.
func ParseTraceID(s string) (TraceID, bool) {
	if len(s) == 0 || len(s) > 32 {
		return TraceID{}, false
	}
	id, err := trace.TraceIDFromHex(strings.Repeat("0", 32-len(s)) + strings.ToLower(s))
	return id, err == nil
}

// ParseSpanID reads a span id of 16 hex digits.
func ParseSpanID(s string) (SpanID, bool) {
	id, err := trace.SpanIDFromHex(strings.ToLower(s))
	return id, err == nil
}

// Kind is a span's kind as OTLP spells it, in lower case.
type Kind string

// The span kinds.
const (
	KindInternal Kind = "internal"
	KindServer   Kind = "server"
	KindClient   Kind = "client"
	KindProducer Kind = "producer"
	KindConsumer Kind = "consumer"
)

// Resource is the service that a span comes from, shared by all of the spans of one batch. It never changes.
type Resource struct {
	Service string // service.name; "unknown_service" when the exporter did not say
	Attrs   []Attr // without service.name
}

// key is a text that equal resources have in common, and others hardly.
func (r *Resource) key() string { return fmt.Sprintf("%q %#v", r.Service, r.Attrs) }

// Attr is one attribute. Value holds a string, a bool, an int64, a float64 or a []string (lists of anything else are spelled out).
type Attr struct {
	Key   string
	Value any
}

// Text is the value as a person would write it.
func (a Attr) Text() string {
	switch v := a.Value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []string:
		return strings.Join(v, ", ")
	}
	return fmt.Sprint(a.Value)
}

// Event happened at one moment of a span.
type Event struct {
	Name  string
	Time  int64 // Unix nanoseconds
	Attrs []Attr
}

// Link leads from a span to another one, of any trace.
type Link struct {
	TraceID TraceID
	SpanID  SpanID
	Attrs   []Attr
}

// Span is one finished span. It is never changed once it is in the store, so that snapshots may share it.
type Span struct {
	TraceID  TraceID
	SpanID   SpanID
	Parent   SpanID // invalid for a root
	Name     string
	Kind     Kind
	Start    int64 // Unix nanoseconds
	End      int64 // Unix nanoseconds, never before Start
	Resource *Resource
	Scope    string // instrumentation scope
	Attrs    []Attr
	Events   []Event
	Links    []Link
	Failed   bool   // status Error
	Status   string // the status description
}

// Duration is the time from start to end.
func (s *Span) Duration() time.Duration { return time.Duration(s.End - s.Start) }

// identified says whether the span has valid ids.
func (s *Span) identified() bool { return s.TraceID.IsValid() && s.SpanID.IsValid() }

// Attr is the text of an attribute, "" when the span has none of that key.
func (s *Span) Attr(key string) string {
	for _, a := range s.Attrs {
		if a.Key == key {
			return a.Text()
		}
	}
	return ""
}

// Step is the id of the step that the span is an execution of; "" for spans of other programs.
func (s *Span) Step() string { return s.Attr("rocketmq.step") }

// Event is the first event of that name, or nil.
func (s *Span) Event(name string) *Event {
	for i := range s.Events {
		if s.Events[i].Name == name {
			return &s.Events[i]
		}
	}
	return nil
}

// Rough costs in bytes of what a span is made of, headers and allocator's rounding included. Names and keys are the store's words.
const (
	spanCost = 320
	attrCost = 44
	refCost  = 72
)

// size estimates the bytes that the span keeps alive.
func (s *Span) size() int {
	n := spanCost + len(s.Status) + attrsSize(s.Attrs)
	for _, e := range s.Events {
		n += refCost + attrsSize(e.Attrs)
	}
	for _, l := range s.Links {
		n += refCost + attrsSize(l.Attrs)
	}
	return n
}

func attrsSize(attrs []Attr) int {
	n := 0
	for _, a := range attrs {
		n += attrCost
		switch v := a.Value.(type) {
		case string:
			n += len(v)
		case []string:
			for _, s := range v {
				n += len(s) + 16
			}
		}
	}
	return n
}
