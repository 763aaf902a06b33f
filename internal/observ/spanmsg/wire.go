package spanmsg

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/encoding/protowire"
)

// The numbers of OTLP's fields, after the messages that have them (opentelemetry/proto/trace/v1/trace.proto and common.proto).
const (
	scopeSpansSpan = 2

	spanTraceID, spanID, spanTraceState, spanParent, spanFlags      = 1, 2, 3, 4, 16
	spanName, spanKind, spanStart, spanEnd                          = 5, 6, 7, 8
	spanAttribute, spanEvent, spanLink, spanStatus                  = 9, 11, 13, 15
	spanDroppedAttributes, spanDroppedEvents, spanDroppedLinks      = 10, 12, 14
	eventTime, eventName, eventAttribute, eventDroppedAttributes    = 1, 2, 3, 4
	linkTraceID, linkSpanID, linkTraceState, linkAttribute          = 1, 2, 3, 4
	linkDroppedAttributes, linkFlags                                = 5, 6
	statusMessage, statusCode                                       = 2, 3
	keyValueKey, keyValueValue                                      = 1, 2
	anyString, anyBool, anyInt, anyDouble, anyArray, anyMap, anyRaw = 1, 2, 3, 4, 5, 6, 7
	listValue                                                       = 1
)

// The values of OTLP's enumerations, and its flags.
const (
	statusOK, statusError                                            = 1, 2
	kindInternal, kindServer, kindClient, kindProducer, kindConsumer = 1, 2, 3, 4, 5

	flagKnown, flagRemote = 0x100, 0x200 // it is known whether the parent is in another process; it is
)

const (
	spanLength    = 2 // how many bytes a span's length is given: enough for 16 KiB
	spanTagLength = 1 // that of the tag before it
)

// tagSize is how many bytes the tag of a field takes, all but spanFlags.
const tagSize = 1

// Wire is OTLP's encoding of spans, appended to without anything in between: what protobuf's generated types would be made of costs
// more than the spans themselves. Its methods append, and return the result as append does.
type Wire []byte

// Head is what is known of a span at its start. Times are in nanoseconds since 1970.
type Head struct {
	Context, Parent *trace.SpanContext
	Name            string
	Kind            trace.SpanKind
	Start           int64
}

// BeginSpan begins the message of a span.
func (w Wire) BeginSpan(h *Head) Wire {
	begin, id := len(w), identityOf(h.Context, h.Parent, h.Start)
	w = w.head(h.Name, h.Kind, id.parent.IsValid())
	w[begin:].fill(&id)
	return w.state(h.Context)
}

// state appends what vendors have added to a trace's identity.
func (w Wire) state(sc *trace.SpanContext) Wire {
	if state := sc.TraceState(); state.Len() > 0 {
		w = w.Text(spanTraceState, state.String())
	}
	return w
}

// Tail is what is known of a span at its end.
type Tail struct {
	End                                            int64 // nanoseconds since 1970
	Code                                           codes.Code
	Description                                    string // of an error
	DroppedAttributes, DroppedEvents, DroppedLinks int
}

// EndSpan ends the message of a span that began where w was so long.
func (w Wire) EndSpan(begin int, t *Tail) Wire {
	w[begin:].ends(t.End)
	return w.tail(t).closeSpan(begin)
}

// tail appends the fields of a Tail, but for the time.
func (w Wire) tail(t *Tail) Wire {
	return w.status(t.Code, t.Description).
		number(spanDroppedAttributes, count32(t.DroppedAttributes)).
		number(spanDroppedEvents, count32(t.DroppedEvents)).
		number(spanDroppedLinks, count32(t.DroppedLinks))
}

// closeSpan writes the length of the span's message that began where w was so long.
func (w Wire) closeSpan(begin int) Wire { return w.Close(begin+spanTagLength+spanLength, spanLength) }

// SpanAttributes appends a span's attributes.
func (w Wire) SpanAttributes(attrs []attribute.KeyValue) Wire {
	return w.Attributes(spanAttribute, attrs)
}

// Event appends an event of a span, at so many nanoseconds since 1970.
func (w Wire) Event(name string, at int64, attrs []attribute.KeyValue, dropped int) Wire {
	w = w.Open(spanEvent, 1)
	start := len(w)
	w = w.fixed64(eventTime, nanos(at))
	w = w.Text(eventName, name)
	w = w.Attributes(eventAttribute, attrs)
	w = w.number(eventDroppedAttributes, count32(dropped))
	return w.Close(start, 1)
}

// Link appends a link of a span.
func (w Wire) Link(to trace.SpanContext, attrs []attribute.KeyValue, dropped int) Wire {
	w = w.Open(spanLink, 1)
	start := len(w)
	traceID, id := to.TraceID(), to.SpanID()
	w = w.raw(linkTraceID, traceID[:])
	w = w.raw(linkSpanID, id[:])
	w = w.Text(linkTraceState, to.TraceState().String())
	w = w.Attributes(linkAttribute, attrs)
	w = w.number(linkDroppedAttributes, count32(dropped))
	w = w.fixed32(linkFlags, flags(to.TraceFlags(), to.IsRemote()))
	return w.Close(start, 1)
}

// status appends a span's status; that which says nothing is in the head.
func (w Wire) status(code codes.Code, description string) Wire {
	if code == codes.Unset && description == "" {
		return w
	}
	w = w.Open(spanStatus, 1)
	start := len(w)
	w = w.Text(statusMessage, description)
	switch code {
	case codes.Ok:
		w = w.number(statusCode, statusOK)
	case codes.Error:
		w = w.number(statusCode, statusError)
	}
	return w.Close(start, 1)
}

// Attributes appends one field for each.
func (w Wire) Attributes(field protowire.Number, attrs []attribute.KeyValue) Wire {
	for i := range attrs {
		w = w.attribute(field, &attrs[i])
	}
	return w
}

func (w Wire) attribute(field protowire.Number, kv *attribute.KeyValue) Wire {
	if k := keyOf(kv.Key); k != nil {
		return w.attributeOf(field, k.written(), &kv.Value)
	}
	return w.attributeOf(field, []byte(keyField(kv.Key)), &kv.Value)
}

// attributeOf appends an attribute whose key's field is written already. Of most, the lengths are known beforehand.
func (w Wire) attributeOf(field protowire.Number, key []byte, v *attribute.Value) Wire {
	switch v.Type() {
	case attribute.STRING:
		s := valid(v.AsString())
		w = w.beginAttribute(field, key, tagSize+protowire.SizeBytes(len(s)))
		return append(w.tag(anyString, protowire.BytesType).varint(uint64(len(s))), s...)
	case attribute.INT64:
		return w.numberAttribute(field, key, anyInt, uint64(v.AsInt64()))
	case attribute.BOOL:
		return w.numberAttribute(field, key, anyBool, protowire.EncodeBool(v.AsBool()))
	}
	w = w.Open(field, 1)
	start := len(w)
	w = append(w, key...)
	w = w.value(keyValueValue, *v)
	return w.Close(start, 1)
}

func (w Wire) numberAttribute(field protowire.Number, key []byte, kind protowire.Number, n uint64) Wire {
	return w.beginAttribute(field, key, tagSize+protowire.SizeVarint(n)).tag(kind, protowire.VarintType).varint(n)
}

// beginAttribute begins an attribute whose value, an AnyValue of that many bytes, comes next.
func (w Wire) beginAttribute(field protowire.Number, key []byte, value int) Wire {
	size := len(key) + tagSize + protowire.SizeBytes(value)
	w = append(w.tag(field, protowire.BytesType).varint(uint64(size)), key...)
	return w.tag(keyValueValue, protowire.BytesType).varint(uint64(value))
}

// value appends an AnyValue. Its fields are written even where they are zero: which of them is there is what says the type.
func (w Wire) value(field protowire.Number, v attribute.Value) Wire {
	w = w.Open(field, 1)
	start := len(w)
	switch v.Type() {
	case attribute.STRING:
		w = protowire.AppendString(protowire.AppendTag(w, anyString, protowire.BytesType), valid(v.AsString()))
	case attribute.INT64:
		w = protowire.AppendVarint(protowire.AppendTag(w, anyInt, protowire.VarintType), uint64(v.AsInt64()))
	case attribute.BOOL:
		w = protowire.AppendVarint(protowire.AppendTag(w, anyBool, protowire.VarintType), protowire.EncodeBool(v.AsBool()))
	case attribute.FLOAT64:
		w = protowire.AppendFixed64(protowire.AppendTag(w, anyDouble, protowire.Fixed64Type), math.Float64bits(v.AsFloat64()))
	case attribute.BYTESLICE:
		w = protowire.AppendBytes(protowire.AppendTag(w, anyRaw, protowire.BytesType), v.AsByteSlice())
	case attribute.MAP:
		w = w.Open(anyMap, 1)
		list := len(w)
		w = w.Attributes(listValue, v.AsMap())
		w = w.Close(list, 1)
	case attribute.EMPTY:
	default:
		w = w.Open(anyArray, 1)
		list := len(w)
		for _, element := range elements(v) {
			w = w.value(listValue, element)
		}
		w = w.Close(list, 1)
	}
	return w.Close(start, 1)
}

// elements are those of a value that is a list.
func elements(v attribute.Value) []attribute.Value {
	switch v.Type() {
	case attribute.STRINGSLICE:
		return valuesOf(v.AsStringSlice(), attribute.StringValue)
	case attribute.INT64SLICE:
		return valuesOf(v.AsInt64Slice(), attribute.Int64Value)
	case attribute.BOOLSLICE:
		return valuesOf(v.AsBoolSlice(), attribute.BoolValue)
	case attribute.FLOAT64SLICE:
		return valuesOf(v.AsFloat64Slice(), attribute.Float64Value)
	}
	return v.AsSlice()
}

func valuesOf[T any](list []T, value func(T) attribute.Value) []attribute.Value {
	out := make([]attribute.Value, len(list))
	for i, element := range list {
		out[i] = value(element)
	}
	return out
}

// Open begins a message that is a field, leaving width bytes for its length.
func (w Wire) Open(field protowire.Number, width int) Wire {
	return append(w.tag(field, protowire.BytesType), "\x00\x00\x00\x00"[:width]...)
}

// tag appends the tag of a field other than spanFlags: a byte.
func (w Wire) tag(field protowire.Number, kind protowire.Type) Wire {
	return append(w, byte(protowire.EncodeTag(field, kind)))
}

// varint appends a number. Most take a byte: that is done without a call.
func (w Wire) varint(n uint64) Wire {
	if n < 1<<7 {
		return append(w, byte(n))
	}
	return protowire.AppendVarint(w, n)
}

// Close writes the length of the message that began at start into the width bytes before it, or more if it does not fit. A length
// that would do with fewer bytes fills them all, as protobuf allows.
func (w Wire) Close(start, width int) Wire {
	n := len(w) - start
	if need := protowire.SizeVarint(uint64(n)); need > width {
		w = append(w, make([]byte, need-width)...)
		copy(w[start+need-width:], w[start:start+n])
		start, width = start+need-width, need
	}
	for i := start - width; i < start-1; i++ {
		w[i] = byte(n) | 0x80
		n >>= 7
	}
	w[start-1] = byte(n)
	return w
}

// Text appends a field unless it is empty, as protobuf does. So does number if it is zero.
func (w Wire) Text(field protowire.Number, s string) Wire {
	if s != "" {
		s = valid(s)
		w = append(w.tag(field, protowire.BytesType).varint(uint64(len(s))), s...)
	}
	return w
}

func (w Wire) raw(field protowire.Number, b []byte) Wire {
	return append(w.tag(field, protowire.BytesType).varint(uint64(len(b))), b...)
}

func (w Wire) number(field protowire.Number, n uint64) Wire {
	if n != 0 {
		w = w.tag(field, protowire.VarintType).varint(n)
	}
	return w
}

func (w Wire) fixed64(field protowire.Number, n uint64) Wire {
	return binary.LittleEndian.AppendUint64(w.tag(field, protowire.Fixed64Type), n)
}

func (w Wire) fixed32(field protowire.Number, n uint32) Wire {
	return binary.LittleEndian.AppendUint32(protowire.AppendTag(w, field, protowire.Fixed32Type), n)
}

// valid is s in UTF-8: a receiver may refuse everything that comes with a string that is not.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// flags are the W3C flags, and whether the parent, or what is linked to, is in another process.
func flags(own trace.TraceFlags, remote bool) uint32 {
	f := uint32(own) | flagKnown
	if remote {
		f |= flagRemote
	}
	return f
}

func kindOf(k trace.SpanKind) int {
	switch k {
	case trace.SpanKindInternal:
		return kindInternal
	case trace.SpanKindServer:
		return kindServer
	case trace.SpanKindClient:
		return kindClient
	case trace.SpanKindProducer:
		return kindProducer
	case trace.SpanKindConsumer:
		return kindConsumer
	}
	return 0
}

// nanos is a time since 1970; earlier ones, such as the zero time, are zero.
func nanos(n int64) uint64 { return uint64(max(0, n)) }

// count32 is a count in a field of 32 bits.
func count32(n int) uint64 { return uint64(min(max(0, n), math.MaxUint32)) }
