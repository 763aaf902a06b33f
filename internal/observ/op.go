package observ

import (
	"strings"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Kind is OpenTelemetry's span kind.
type Kind = trace.SpanKind

// The span kinds, by their OpenTelemetry names.
const (
	Internal = trace.SpanKindInternal
	Server   = trace.SpanKindServer
	Client   = trace.SpanKindClient
	Producer = trace.SpanKindProducer
	Consumer = trace.SpanKindConsumer
)

// Detail says how fine a picture is wanted. Each level includes those before it.
type Detail int32

// The levels of detail, coarsest first.
const (
	Off     Detail = iota // no spans at all
	Semconv               // only what OpenTelemetry's conventions name: send, process, the RPCs
	Steps                 // every step of the step table; the default
	Deep                  // also the steps that seldom matter
)

// ParseDetail reads a level by its lower-case name.
func ParseDetail(s string) (Detail, bool) {
	for d := Off; d <= Deep; d++ {
		if d.String() == s {
			return d, true
		}
	}
	return Off, false
}

// String is the level's lower-case name.
func (d Detail) String() string {
	switch d {
	case Off:
		return "off"
	case Semconv:
		return "semconv"
	case Steps:
		return "steps"
	default:
		return "deep"
	}
}

// Op is one step of RocketMQ's work: the single entry that names the span, the Go function that does it, the method of
// Apache's that it answers to and the claims of the analysis that it settles. Ops are package-level values made once by
// [Define], gathered per package by its Steps function, and never change.
type Op struct {
	// ID is the step's stable name and the span attribute rocketmq.step: "producer.sendKernelImpl".
	ID string
	// Name is the span's name; empty means the last part of ID. Entry steps may override it per span with [Named].
	Name string
	// Kind is the span's kind; the zero value counts as Internal.
	Kind Kind
	// Detail is the coarsest level at which the step shows; the zero value counts as Steps.
	Detail Detail
	// Func is the Go symbol that performs the step, relative to the module, as the runtime spells it:
	// "client/producer.(*Producer).sendKernelImpl".
	Func string
	// Java is Apache's method: "DefaultMQProducerImpl#sendKernelImpl". Empty when Apache has none.
	Java string
	// Claims are the IDs of the analysis that this step shows: "P3", "S4".
	Claims []string
	// Page is the walkthrough anchor: "01-sync-send#sendKernelImpl". Empty until a page tells of it.
	Page string

	start   atomic.Pointer[[]trace.SpanStartOption] // kind and static attributes, resolved at the first span
	located atomic.Pointer[Location]
}

// Define fills in an Op's defaults.
func Define(op Op) *Op { //nolint:govet // the atomics are still zero
	o := &Op{
		ID: op.ID, Name: op.Name, Kind: op.Kind, Detail: op.Detail, Func: op.Func,
		Java: op.Java, Claims: op.Claims, Page: op.Page,
	}
	if o.Name == "" {
		o.Name = o.ID[strings.LastIndexByte(o.ID, '.')+1:]
	}
	if o.Kind == trace.SpanKindUnspecified {
		o.Kind = Internal
	}
	if o.Detail == Off {
		o.Detail = Steps
	}
	return o
}

// options are the span start options that never change for this Op. The first call, made from within the step itself,
// finds out which function and line that is.
func (o *Op) options() []trace.SpanStartOption {
	if p := o.start.Load(); p != nil {
		return *p
	}
	loc := locate()
	opts := []trace.SpanStartOption{
		trace.WithSpanKind(o.Kind),
		trace.WithAttributes(
			attribute.String("rocketmq.step", o.ID),
			attribute.String("code.function.name", loc.Function),
			attribute.String("code.file.path", loc.File),
			attribute.Int("code.line.number", loc.Line),
		),
	}
	o.located.Store(&loc)
	o.start.Store(&opts)
	return opts
}

// Located is where the step was seen to run, or false when it has not recorded a span in this process yet. Tests hold it
// against Func.
func (o *Op) Located() (Location, bool) {
	if p := o.located.Load(); p != nil {
		return *p, true
	}
	return Location{}, false
}
