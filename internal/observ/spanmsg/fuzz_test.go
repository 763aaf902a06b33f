package spanmsg_test

import (
	"context"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// script turns bytes into what is done with a span. When they are used up all that follows is zero.
type script struct{ bytes []byte }

func (s *script) take(n int) []byte {
	n = min(n, len(s.bytes))
	taken := s.bytes[:n:n]
	s.bytes = s.bytes[n:]
	return taken
}

func (s *script) below(n int) int {
	b := s.take(1)
	if len(b) == 0 {
		return 0
	}
	return int(b[0]) % n
}

func (s *script) number() uint64 {
	var eight [8]byte
	copy(eight[:], s.take(1+s.below(8)))
	return binary.LittleEndian.Uint64(eight[:])
}

// text is short, but for some that are as long as lengths of two bytes.
func (s *script) text() string {
	n := s.below(15)
	text := string(s.take(n))
	if n == 14 {
		text = strings.Repeat(text, 12)
	}
	return text
}

func list[T any](s *script, element func() T) (out []T) {
	for range s.below(4) {
		out = append(out, element())
	}
	return out
}

// value is of any type; depth is how many levels it may still have.
func (s *script) value(depth int) attribute.Value {
	kinds := 12
	if depth == 0 {
		kinds = 10
	}
	float := func() float64 { return math.Float64frombits(s.number()) }
	switch s.below(kinds) {
	case 1, 2:
		return attribute.StringValue(s.text())
	case 3:
		return attribute.Int64Value(int64(s.number()))
	case 4:
		return attribute.BoolValue(s.below(2) == 1)
	case 5:
		return attribute.Float64Value(float())
	case 6:
		return attribute.StringSliceValue(list(s, s.text))
	case 7:
		return attribute.Int64SliceValue(list(s, func() int64 { return int64(s.number()) }))
	case 8:
		return attribute.ByteSliceValue([]byte(s.text()))
	case 9:
		return attribute.Float64SliceValue(list(s, float))
	case 10:
		return attribute.SliceValue(list(s, func() attribute.Value { return s.value(depth - 1) })...)
	case 11:
		return attribute.MapValue(list(s, func() attribute.KeyValue { return s.attribute(depth - 1) })...)
	}
	return attribute.Value{}
}

func (s *script) attribute(depth int) attribute.KeyValue {
	return attribute.KeyValue{Key: attribute.Key(s.text()), Value: s.value(depth)}
}

func (s *script) attributes() []attribute.KeyValue {
	return list(s, func() attribute.KeyValue { return s.attribute(4) })
}

// named are attributes with keys, none twice.
func (s *script) named() []attribute.KeyValue {
	attrs := s.attributes()
	for i := range attrs {
		attrs[i].Key = attribute.Key(strconv.Itoa(i)) + attrs[i].Key
	}
	return attrs
}

func (s *script) limits() sdktrace.SpanLimits {
	return sdktrace.SpanLimits{
		AttributeCountLimit: s.below(6) - 1, AttributeValueLengthLimit: s.below(9) - 1, AttributeValueDepthLimit: []int{-1, 1, 2, 3}[s.below(4)],
		EventCountLimit: s.below(4) - 1, LinkCountLimit: s.below(4) - 1, AttributePerEventCountLimit: s.below(4) - 1, AttributePerLinkCountLimit: s.below(4) - 1,
	}
}

// recorded is a span under way.
type recorded interface {
	set(attrs []attribute.KeyValue)
	prepared(attrs []attribute.KeyValue)
	event(name string, at time.Time, attrs []attribute.KeyValue)
	link(l trace.Link)
	rename(name string)
	status(code codes.Code, description string)
}

// perform does to each span what comes next.
func (s *script) perform(spans ...recorded) {
	var do func(recorded)
	switch s.below(7) {
	case 0, 1:
		attrs := s.attributes()
		do = func(r recorded) { r.set(attrs) }
	case 2:
		attrs := s.named()
		do = func(r recorded) { r.prepared(attrs) }
	case 3:
		name, at, attrs := s.text(), time.Unix(1, int64(s.below(200))), s.named()
		do = func(r recorded) { r.event(name, at, attrs) }
	case 4:
		l := trace.Link{Attributes: s.named(), SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{byte(s.below(2))}, SpanID: trace.SpanID{byte(s.below(2))}, TraceFlags: trace.TraceFlags(s.below(2)), Remote: s.below(2) == 1,
		})}
		do = func(r recorded) { r.link(l) }
	case 5:
		name := s.text()
		do = func(r recorded) { r.rename(name) }
	default:
		code, description := codes.Code(s.below(3)), s.text()
		do = func(r recorded) { r.status(code, description) }
	}
	for _, span := range spans {
		do(span)
	}
}

// ours is a span of this package's.
type ours struct {
	*spanmsg.Message
	turn uint64
}

func (o ours) set(attrs []attribute.KeyValue)      { o.Set(o.turn, attrs) }
func (o ours) prepared(attrs []attribute.KeyValue) { o.SetPrepared(o.turn, spanmsg.Prepare(attrs...)) }
func (o ours) event(name string, at time.Time, attrs []attribute.KeyValue) {
	o.AddEvent(o.turn, name, at.UnixNano(), attrs)
}
func (o ours) link(l trace.Link)                          { o.AddLink(o.turn, l) }
func (o ours) rename(name string)                         { o.Rename(o.turn, name) }
func (o ours) status(code codes.Code, description string) { o.SetStatus(o.turn, code, description) }

// end returns the span as a receiver reads it.
func (o ours) end(t *testing.T, at time.Time) *tracepb.Span {
	t.Helper()
	var read tracepb.ScopeSpans
	var waiting spanmsg.Pack
	o.End(o.turn, at.UnixNano(), func(message spanmsg.Packer, _ bool) { message.PackInto(&waiting) })
	written := waiting.AppendTo(nil)
	if err := proto.Unmarshal(written, &read); err != nil {
		t.Fatalf("what was written cannot be read: %v", err)
	}
	if size := waiting.Size(); len(written) < size || len(written) > size+1 { // a long span's length takes another byte
		t.Errorf("%d bytes were said to be %d", len(written), size)
	}
	if len(read.GetSpans()) != 1 {
		t.Fatalf("%d spans", len(read.GetSpans()))
	}
	return read.GetSpans()[0]
}

// theirs is a span of OpenTelemetry's SDK, sent by its exporter.
type theirs struct {
	trace.Span
	sent *tracepb.Span
}

// set gives the keys as they are written: the SDK tells apart what becomes the same then.
func (o *theirs) set(attrs []attribute.KeyValue) {
	attrs = slices.Clone(attrs)
	for i := range attrs {
		attrs[i].Key = attribute.Key(strings.ToValidUTF8(string(attrs[i].Key), "\uFFFD"))
	}
	o.SetAttributes(attrs...)
}

func (o *theirs) prepared(attrs []attribute.KeyValue) { o.set(attrs) }
func (o *theirs) event(name string, at time.Time, attrs []attribute.KeyValue) {
	o.AddEvent(name, trace.WithTimestamp(at), trace.WithAttributes(attrs...))
}
func (o *theirs) link(l trace.Link)                          { o.AddLink(l) }
func (o *theirs) rename(name string)                         { o.SetName(name) }
func (o *theirs) status(code codes.Code, description string) { o.SetStatus(code, description) }

// Start, Stop and UploadTraces are an exporter's client.
func (o *theirs) Start(context.Context) error { return nil }
func (o *theirs) Stop(context.Context) error  { return nil }
func (o *theirs) UploadTraces(_ context.Context, spans []*tracepb.ResourceSpans) error {
	o.sent = spans[0].GetScopeSpans()[0].GetSpans()[0]
	return nil
}

// same makes two spans comparable: texts in UTF-8, for OpenTelemetry's exporter leaves it to protobuf to refuse others, and attributes
// by key.
func same(s *tracepb.Span) *tracepb.Span {
	repair(s.ProtoReflect())
	slices.SortStableFunc(s.GetAttributes(), func(a, b *commonpb.KeyValue) int {
		x, _ := proto.Marshal(a)
		y, _ := proto.Marshal(b)
		return slices.Compare(x, y)
	})
	return s
}

func repair(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				repair(v.List().Get(i).Message())
			}
		case f.Kind() == protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString(strings.ToValidUTF8(v.String(), "\uFFFD")))
		case f.Message() != nil:
			repair(v.Message())
		}
		return true
	})
}

// Whatever is done to a span, a receiver reads what it would read of OpenTelemetry's: the same within the same limits, or less by the same.
func FuzzSpan(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x01n\x05\x00")) // renamed to nothing
	f.Add([]byte("\x03\x04\x01\x02\x02\x02\x02\x05start\x00\x03\x01a\x01\x05\xff\xff\xffab\x01b\x02\x06abcdef\x02\x01\x03key"))
	f.Add([]byte("\x00\x03\x02\x00\x00\x00\x00\x01n\x01\x02\x01m\x0b\x03\x01k\x01\x04abcd\x01k\x02\x04efgh\x01z\x0a\x02\x06\x02\x05abcde\x05vwxyz\x08\x08abcdefgh"))
	f.Add([]byte("\x05\x00\x00\x02\x02\x02\x02\x01n\x03\x01e\x07\x01\x01a\x03\x02\x01\x03\x01f\x07\x01\x01a\x03\x02\x01\x03\x01g\x07\x00\x04\x00\x01\x01\x01\x00\x04\x00\x01\x01\x01\x01\x06\x02\x04oops"))
	f.Add([]byte("000000090A29\xbe0,00B2\x030000000000A19\x9a0")) // keys that are no UTF-8
	f.Fuzz(func(t *testing.T, bytes []byte) {
		s := &script{bytes}
		limits, name, common := s.limits(), s.text(), s.named()
		their := &theirs{}
		provider := sdktrace.NewTracerProvider(sdktrace.WithRawSpanLimits(limits), sdktrace.WithSyncer(otlptrace.NewUnstarted(their)))
		begin := time.Unix(1, 0)
		_, their.Span = provider.Tracer("").Start(context.Background(), name, trace.WithTimestamp(begin), trace.WithSpanKind(trace.SpanKindClient))
		their.set(common)
		own := &spanmsg.Limits{
			AttributeCount: limits.AttributeCountLimit, AttributeValueLength: limits.AttributeValueLengthLimit, AttributeValueDepth: limits.AttributeValueDepthLimit,
			EventCount: limits.EventCountLimit, LinkCount: limits.LinkCountLimit, AttributesPerEvent: limits.AttributePerEventCountLimit, AttributesPerLink: limits.AttributePerLinkCountLimit,
		}
		context := their.SpanContext()
		message, turn := spanmsg.Begin(&spanmsg.Beginning{
			Template: spanmsg.NewTemplate(name, trace.SpanKindClient, spanmsg.Prepare(common...)), Start: begin.UnixNano(), Limit: own,
		}, &context, &trace.SpanContext{})
		our := ours{message, turn}
		for range 20 {
			s.perform(our, their)
		}
		end := begin.Add(time.Second)
		got := same(our.end(t, end))
		their.End(trace.WithTimestamp(end))
		want := same(their.sent)
		if len(want.GetEvents()) == 0 { // then the SDK does not say how many were dropped
			got.DroppedEventsCount = 0
		}
		if len(want.GetLinks()) == 0 {
			got.DroppedLinksCount = 0
		}
		if !proto.Equal(got, want) {
			t.Errorf("with %+v\n%s\nthe SDK's:\n%s", limits, prototext.Format(got), prototext.Format(want))
		}
	})
}
