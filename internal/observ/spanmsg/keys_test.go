package spanmsg

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// More keys than have numbers are told apart all the same, in a span and from prepared attributes.
func TestMoreKeysThanNumbers(t *testing.T) {
	before := maps.Clone(keys.byName)
	t.Cleanup(func() {
		keys.byName = before
		for i := range keys.recent {
			keys.recent[i].Store(nil)
		}
	})
	var attrs []attribute.KeyValue
	for i := range 2 * manyKeys {
		attrs = append(attrs, attribute.Int(fmt.Sprintf("TestMoreKeysThanNumbers.%d", i), i))
		keyOf(attrs[i].Key)
	}
	prepared := Prepare(attrs[len(attrs)-1])
	if !prepared.odd || keyOf(attrs[len(attrs)-1].Key) != nil {
		t.Error("there are numbers left")
	}
	limits := &Limits{AttributeCount: -1, AttributeValueLength: -1, AttributeValueDepth: -1, EventCount: -1, LinkCount: -1}
	own := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	m, turn := Begin(&Beginning{Template: NewTemplate("s", trace.SpanKindClient, prepared), Limit: limits}, &own, &trace.SpanContext{})
	m.Set(turn, attrs)
	for i := range attrs {
		attrs[i].Value = attribute.IntValue(-i)
	}
	m.Set(turn, attrs)
	m.SetPrepared(turn, prepared)
	var read tracepb.ScopeSpans
	var waiting Pack
	m.End(turn, 1, func(message Packer, _ bool) { message.PackInto(&waiting) })
	if err := proto.Unmarshal(waiting.AppendTo(nil), &read); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, kv := range read.GetSpans()[0].GetAttributes() {
		if _, twice := got[kv.GetKey()]; twice {
			t.Errorf("%s is there twice", kv.GetKey())
		}
		got[kv.GetKey()] = kv.GetValue().GetIntValue()
	}
	for i, kv := range attrs {
		want := int64(-i)
		if i == len(attrs)-1 {
			want = int64(i)
		}
		if got[string(kv.Key)] != want {
			t.Errorf("%s is %d, want %d", kv.Key, got[string(kv.Key)], want)
		}
	}
}

// A step that is asked to be of another name and kind than its template says is so.
func TestWhatATemplateSaysCanBeChanged(t *testing.T) {
	limits := &Limits{AttributeCount: 1, AttributeValueLength: 2, AttributeValueDepth: -1, EventCount: -1, LinkCount: -1}
	own := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	parent := own.WithSpanID(trace.SpanID{3}).WithRemote(true)
	template := NewTemplate("s", trace.SpanKindProducer, Prepare(attribute.String("a", "long"), attribute.Bool("b", true)))
	m, turn := Begin(&Beginning{Template: template, Start: 5, Limit: limits}, &own, &parent)
	m.Rename(turn, "other")
	m.SetKind(turn, trace.SpanKindClient)
	var read tracepb.ScopeSpans
	var waiting Pack
	m.End(turn, 7, func(message Packer, _ bool) { message.PackInto(&waiting) })
	_ = proto.Unmarshal(waiting.AppendTo(nil), &read)
	s := read.GetSpans()[0]
	if s.GetName() != "other" || s.GetKind() != tracepb.Span_SPAN_KIND_CLIENT || s.GetStartTimeUnixNano() != 5 || s.GetEndTimeUnixNano() != 7 ||
		s.GetParentSpanId()[0] != 3 || s.GetFlags() != flagKnown|flagRemote || len(s.GetAttributes()) != 1 ||
		s.GetAttributes()[0].GetValue().GetStringValue() != "lo" || s.GetDroppedAttributesCount() != 1 {
		t.Errorf("%v", s)
	}
}

// A key is the same wherever its name lies in memory, and however many places it has been asked for from.
func TestAKeyWhereverItsNameLies(t *testing.T) {
	name := "TestAKeyWhereverItsNameLies"
	k := keyOf(attribute.Key(name))
	t.Cleanup(func() {
		for i := range keys.recent {
			keys.recent[i].Store(nil)
		}
	})
	if k == nil {
		t.Skip("no number is left")
	}
	for range 4 * len(keys.recent) {
		again := keyOf(attribute.Key(strings.Clone(name)))
		if again.number != k.number || string(again.written()) != string(k.written()) {
			t.Fatalf("%d %q became %d %q", k.number, k.written(), again.number, again.written())
		}
	}
	if long := strings.Repeat("k", longestKey); keyOf(attribute.Key(long+"k")) != nil || keyOf(attribute.Key(long)) == nil || keyOf("") != nil {
		t.Errorf("names of up to %d bytes are to have numbers", longestKey)
	}
}
