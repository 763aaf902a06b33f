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
	// MayBeIdle says that the step is a long poll: exporters leave it out, and all within it, when it brought nothing.
	MayBeIdle bool
	// Func is the Go symbol that performs the step, relative to the module, as the runtime spells it:
	// "client/producer.(*Producer).sendKernelImpl".
	Func string
	// Java is Apache's method: "DefaultMQProducerImpl#sendKernelImpl". Empty when Apache has none.
	Java string
	// Claims are the IDs of the analysis that this step shows: "P3", "S4".
	Claims []string
	// Attrs are attributes that every span of the step has. Samplers see them.
	Attrs []Attr

	seen *sighting // made by Define
}

// sighting is what an Op learns at its first span.
type sighting struct {
	start   atomic.Pointer[startOptions]
	located atomic.Pointer[Location]
}

// Define fills in an Op's defaults.
func Define(op Op) *Op {
	o := &op
	o.seen = &sighting{}
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

// startOptions are what never changes for an Op.
type startOptions struct {
	start      []trace.SpanStartOption // kind and Attrs
	attributes Prepared                // the rest, which samplers do not see and only a span that records gets
}

// Prepared are attributes that many spans have. A span with a method SetPrepared(*Prepared) is given them that way, and may keep in
// Encoded what it makes of them.
type Prepared struct {
	Attrs   []Attr
	Encoded atomic.Pointer[[]byte]
}

// options are the span start options that never change for this Op. The first call, made from within the step itself,
// finds out which function and line that is.
func (o *Op) options() *startOptions {
	if p := o.seen.start.Load(); p != nil {
		return p
	}
	loc := locate()
	opts := &startOptions{attributes: Prepared{Attrs: []Attr{
		attribute.String("rocketmq.step", o.ID),
		attribute.String("code.function.name", loc.Function),
		attribute.String("code.file.path", loc.File),
		attribute.Int("code.line.number", loc.Line),
	}}}
	opts.start = []trace.SpanStartOption{trace.WithSpanKind(o.Kind)}
	if len(o.Attrs) > 0 {
		opts.start = append(opts.start, trace.WithAttributes(o.Attrs...))
	}
	o.seen.located.Store(&loc)
	o.seen.start.Store(opts)
	return opts
}

// Located is where the step was seen to run, or false when it has not recorded a span in this process yet. Tests hold it
// against Func.
func (o *Op) Located() (Location, bool) {
	if p := o.seen.located.Load(); p != nil {
		return *p, true
	}
	return Location{}, false
}
