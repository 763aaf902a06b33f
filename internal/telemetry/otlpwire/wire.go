package otlpwire

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
)

// The numbers of OTLP's fields, after the messages that have them (opentelemetry/proto/trace/v1/trace.proto and common.proto).
const (
	resourceSpansResource, resourceSpansScopeSpans, resourceSpansSchema = 1, 2, 3
	scopeSpansScope, scopeSpansSpan, scopeSpansSchema                   = 1, 2, 3
	resourceAttribute                                                   = 1
	scopeName, scopeVersion, scopeAttribute                             = 1, 2, 3

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

// tagSize is how many bytes the tag of a field takes, all but spanFlags.
const tagSize = 1

// wire is OTLP's encoding of spans, appended to without anything in between: what protobuf's generated types would be made of costs
// more than the spans themselves. Its methods append, and return the result as append does.
type wire []byte

// span appends s as a field.
func (w wire) span(field protowire.Number, s sdktrace.ReadOnlySpan) wire {
	w = w.open(field, spanLength)
	start := len(w)
	sc, parent := s.SpanContext(), s.Parent()
	traceID, id, parentID := sc.TraceID(), sc.SpanID(), parent.SpanID()
	w = w.raw(spanTraceID, traceID[:])
	w = w.raw(spanID, id[:])
	w = w.text(spanTraceState, sc.TraceState().String())
	if parentID.IsValid() {
		w = w.raw(spanParent, parentID[:])
	}
	w = w.text(spanName, s.Name())
	w = w.number(spanKind, uint64(kindOf(s.SpanKind())))
	w = w.fixed64(spanStart, nanos(s.StartTime().UnixNano()))
	w = w.fixed64(spanEnd, nanos(s.EndTime().UnixNano()))
	w = w.attributes(spanAttribute, s.Attributes())
	w = w.number(spanDroppedAttributes, count32(s.DroppedAttributes()))
	for _, e := range s.Events() {
		w = w.event(e)
	}
	w = w.number(spanDroppedEvents, count32(s.DroppedEvents()))
	for _, l := range s.Links() {
		w = w.link(l)
	}
	w = w.number(spanDroppedLinks, count32(s.DroppedLinks()))
	w = w.status(s.Status())
	w = w.fixed32(spanFlags, flags(sc.TraceFlags(), parent))
	return w.close(start, spanLength)
}

func (w wire) event(e sdktrace.Event) wire {
	w = w.open(spanEvent, 1)
	start := len(w)
	w = w.fixed64(eventTime, nanos(e.Time.UnixNano()))
	w = w.text(eventName, e.Name)
	w = w.attributes(eventAttribute, e.Attributes)
	w = w.number(eventDroppedAttributes, count32(e.DroppedAttributeCount))
	return w.close(start, 1)
}

func (w wire) link(l sdktrace.Link) wire {
	w = w.open(spanLink, 1)
	start := len(w)
	traceID, id := l.SpanContext.TraceID(), l.SpanContext.SpanID()
	w = w.raw(linkTraceID, traceID[:])
	w = w.raw(linkSpanID, id[:])
	w = w.text(linkTraceState, l.SpanContext.TraceState().String())
	w = w.attributes(linkAttribute, l.Attributes)
	w = w.number(linkDroppedAttributes, count32(l.DroppedAttributeCount))
	w = w.fixed32(linkFlags, flags(l.SpanContext.TraceFlags(), l.SpanContext))
	return w.close(start, 1)
}

func (w wire) status(s sdktrace.Status) wire {
	w = w.open(spanStatus, 1)
	start := len(w)
	w = w.text(statusMessage, s.Description)
	switch s.Code {
	case codes.Ok:
		w = w.number(statusCode, uint64(tracepb.Status_STATUS_CODE_OK))
	case codes.Error:
		w = w.number(statusCode, uint64(tracepb.Status_STATUS_CODE_ERROR))
	}
	return w.close(start, 1)
}

// attributes appends one field for each.
func (w wire) attributes(field protowire.Number, attrs []attribute.KeyValue) wire {
	for i := range attrs {
		w = w.attribute(field, &attrs[i])
	}
	return w
}

func (w wire) attribute(field protowire.Number, kv *attribute.KeyValue) wire {
	switch kv.Value.Type() {
	case attribute.STRING:
		return w.stringAttribute(field, valid(string(kv.Key)), valid(kv.Value.AsString()))
	case attribute.INT64:
		return w.intAttribute(field, valid(string(kv.Key)), uint64(kv.Value.AsInt64()))
	}
	w = w.open(field, 1)
	start := len(w)
	w = w.text(keyValueKey, string(kv.Key))
	w = w.value(keyValueValue, kv.Value)
	return w.close(start, 1)
}

// stringAttribute and intAttribute are most attributes. Their lengths are known beforehand.
func (w wire) stringAttribute(field protowire.Number, key, s string) wire {
	value := tagSize + protowire.SizeBytes(len(s))
	w = w.keyOf(field, key, value)
	return protowire.AppendString(protowire.AppendTag(w, anyString, protowire.BytesType), s)
}

func (w wire) intAttribute(field protowire.Number, key string, n uint64) wire {
	value := tagSize + protowire.SizeVarint(n)
	w = w.keyOf(field, key, value)
	return protowire.AppendVarint(protowire.AppendTag(w, anyInt, protowire.VarintType), n)
}

// keyOf begins an attribute whose value, an AnyValue of that many bytes, comes next.
func (w wire) keyOf(field protowire.Number, key string, value int) wire {
	w = protowire.AppendTag(w, field, protowire.BytesType)
	w = protowire.AppendVarint(w, uint64(tagSize+protowire.SizeBytes(len(key))+tagSize+protowire.SizeBytes(value)))
	w = protowire.AppendString(protowire.AppendTag(w, keyValueKey, protowire.BytesType), key)
	return protowire.AppendVarint(protowire.AppendTag(w, keyValueValue, protowire.BytesType), uint64(value))
}

// value appends an AnyValue. Its fields are written even where they are zero: which of them is there is what says the type.
func (w wire) value(field protowire.Number, v attribute.Value) wire {
	w = w.open(field, 1)
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
		w = w.open(anyMap, 1)
		list := len(w)
		w = w.attributes(listValue, v.AsMap())
		w = w.close(list, 1)
	case attribute.EMPTY:
	default:
		w = w.open(anyArray, 1)
		list := len(w)
		for _, element := range elements(v) {
			w = w.value(listValue, element)
		}
		w = w.close(list, 1)
	}
	return w.close(start, 1)
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

// open begins a message that is a field, leaving width bytes for its length.
func (w wire) open(field protowire.Number, width int) wire {
	return append(protowire.AppendTag(w, field, protowire.BytesType), "\x00\x00\x00\x00"[:width]...)
}

// close writes the length of the message that began at start into the width bytes before it, or more if it does not fit. A length
// that would do with fewer bytes fills them all, as protobuf allows.
func (w wire) close(start, width int) wire {
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

// text, raw, number, fixed64 and fixed32 append a field unless it is zero, as protobuf does.
func (w wire) text(field protowire.Number, s string) wire {
	if s != "" {
		w = protowire.AppendString(protowire.AppendTag(w, field, protowire.BytesType), valid(s))
	}
	return w
}

func (w wire) raw(field protowire.Number, b []byte) wire {
	return protowire.AppendBytes(protowire.AppendTag(w, field, protowire.BytesType), b)
}

func (w wire) number(field protowire.Number, n uint64) wire {
	if n != 0 {
		w = protowire.AppendVarint(protowire.AppendTag(w, field, protowire.VarintType), n)
	}
	return w
}

func (w wire) fixed64(field protowire.Number, n uint64) wire {
	if n != 0 {
		w = binary.LittleEndian.AppendUint64(protowire.AppendTag(w, field, protowire.Fixed64Type), n)
	}
	return w
}

func (w wire) fixed32(field protowire.Number, n uint32) wire {
	if n != 0 {
		w = binary.LittleEndian.AppendUint32(protowire.AppendTag(w, field, protowire.Fixed32Type), n)
	}
	return w
}

// valid is s in UTF-8: a receiver may refuse everything that comes with a string that is not.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// flags are the W3C flags, and whether the parent, or what is linked to, is in another process.
func flags(own trace.TraceFlags, other trace.SpanContext) uint32 {
	f := uint32(own) | uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK)
	if other.IsRemote() {
		f |= uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK)
	}
	return f
}

func kindOf(k trace.SpanKind) tracepb.Span_SpanKind {
	switch k {
	case trace.SpanKindInternal:
		return tracepb.Span_SPAN_KIND_INTERNAL
	case trace.SpanKindServer:
		return tracepb.Span_SPAN_KIND_SERVER
	case trace.SpanKindClient:
		return tracepb.Span_SPAN_KIND_CLIENT
	case trace.SpanKindProducer:
		return tracepb.Span_SPAN_KIND_PRODUCER
	case trace.SpanKindConsumer:
		return tracepb.Span_SPAN_KIND_CONSUMER
	}
	return tracepb.Span_SPAN_KIND_UNSPECIFIED
}

// nanos is a time since 1970; earlier ones, such as the zero time, are zero.
func nanos(n int64) uint64 { return uint64(max(0, n)) }

// count32 is a count in a field of 32 bits.
func count32(n int) uint64 { return uint64(min(max(0, n), math.MaxUint32)) }
