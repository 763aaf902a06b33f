package observ

import (
	"strings"
	"sync/atomic"

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

	preset *Preset   // without further attributes; made by Define
	seen   *sighting // likewise
	shift  uint8     // of its level's count; likewise
}

// sighting is what an Op learns at its first span.
type sighting struct{ now atomic.Pointer[sight] }

type sight struct {
	location Location
	common   *Prepared // what every span of the step says of it, Attrs apart
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
	o.preset, o.shift = o.Preset(o.Name), o.Detail.shift()
	return o
}

// located is where the step is, and what its spans say of that. The first call, made from within the step itself, finds it out.
func (o *Op) located() *sight {
	if p := o.seen.now.Load(); p != nil {
		return p
	}
	loc := locate()
	p := &sight{location: loc, common: Prepare(
		String("rocketmq.step", o.ID), String("code.function.name", loc.Function),
		String("code.file.path", loc.File), Int("code.line.number", loc.Line),
	)}
	o.seen.now.Store(p)
	return p
}

// Located is where the step was seen to run, or false when it has not recorded a span in this process yet. Tests hold it
// against Func.
func (o *Op) Located() (Location, bool) {
	if p := o.seen.now.Load(); p != nil {
		return p.location, true
	}
	return Location{}, false
}
