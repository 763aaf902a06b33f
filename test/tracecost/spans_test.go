package main

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// However a request is cut into pieces, its spans are counted, and nothing else that looks like them.
func TestSpansAreCounted(t *testing.T) {
	attr := []*commonpb.KeyValue{{Key: "k", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: strings.Repeat("v", 200)}}}}
	span := &tracepb.Span{Name: "s", StartTimeUnixNano: 1, Flags: 1, Kind: tracepb.Span_SPAN_KIND_CLIENT, Attributes: attr}
	request, err := proto.Marshal(&coltracepb.ExportTraceServiceRequest{ResourceSpans: []*tracepb.ResourceSpans{
		{},
		{Resource: &resourcepb.Resource{Attributes: attr, DroppedAttributesCount: 7}, SchemaUrl: "schema", ScopeSpans: []*tracepb.ScopeSpans{
			{Scope: &commonpb.InstrumentationScope{Name: "n", Attributes: attr}, Spans: []*tracepb.Span{span, {}, span}, SchemaUrl: "schema"},
			{},
			{Spans: []*tracepb.Span{span}},
		}},
		{ScopeSpans: []*tracepb.ScopeSpans{{Spans: slices.Repeat([]*tracepb.Span{span}, 100)}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	request = append([]byte{0, 1, 2, 3, 4}, request...)
	for size := 1; size <= len(request); size = size*3/2 + 1 {
		var spans atomic.Int64
		c := newSpanCounter(&spans)
		for piece := range slices.Chunk(request, size) {
			c.take(piece)
		}
		if n := spans.Load(); n != 104 {
			t.Errorf("in pieces of %d: %d spans", size, n)
		}
	}
}
