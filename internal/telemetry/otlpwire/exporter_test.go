package otlpwire

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// uploads is a client that keeps what it is given, as a receiver would read it.
type uploads struct {
	otlptrace.Client
	err   error
	block chan struct{} // received from before and after each upload; nil: do not wait

	mu  sync.Mutex
	got tracepb.TracesData
}

func (u *uploads) Start(context.Context) error { return nil }

func (u *uploads) Stop(context.Context) error { return nil }

func (u *uploads) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	frame, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	for range 2 {
		if u.block != nil {
			select {
			case <-u.block:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	if err != nil || u.err != nil {
		return errors.Join(err, u.err)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return proto.UnmarshalOptions{Merge: true}.Unmarshal(frame, &u.got)
}

// many is an attribute of every type.
func many() []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("s", "text"), attribute.String("empty", ""), attribute.String("中文", strings.Repeat("消息", 5000)),
		attribute.Int("i", -7), attribute.Int("zero", 0), attribute.Bool("b", true), attribute.Bool("no", false), attribute.Float64("f", 0.25),
		attribute.StringSlice("ss", []string{"a", "", strings.Repeat("b", 200)}), attribute.Int64Slice("is", []int64{1, -1}),
		attribute.BoolSlice("bs", []bool{true, false}), attribute.Float64Slice("fs", []float64{1, 2}), attribute.StringSlice("none", nil),
		{Key: "bytes", Value: attribute.ByteSliceValue([]byte{0, 255})},
		{Key: "map", Value: attribute.MapValue(attribute.String("in", "side"), attribute.Int("n", 1))},
		{Key: "list", Value: attribute.SliceValue(attribute.IntValue(1), attribute.StringValue("two"))},
		{Key: "deep", Value: attribute.SliceValue(
			attribute.MapValue(attribute.String("消息", "队列里的消息"), attribute.StringSlice("texts", []string{"longer", "a"})),
			attribute.SliceValue(attribute.StringValue("inmost"), attribute.ByteSliceValue([]byte("bytes"))), attribute.Int64SliceValue([]int64{1}),
		)},
	}
}

// spansOfAllKinds are spans that differ in all that spans can.
func spansOfAllKinds() []sdktrace.ReadOnlySpan {
	at := time.Unix(1_700_000_000, 123)
	state, _ := trace.ParseTraceState("vendor=1")
	sc := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1, 15: 2}, SpanID: trace.SpanID{3}, TraceFlags: trace.FlagsSampled, TraceState: state})
	far := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1, 15: 2}, SpanID: trace.SpanID{4}, Remote: true})
	one, two := resource.NewSchemaless(attribute.String("service.name", "one")), resource.NewWithAttributes("schema", many()...)
	scope := instrumentation.Scope{Name: "scope", Version: "1", SchemaURL: "https://schema", Attributes: attribute.NewSet(attribute.Bool("x", true))}
	stubs := tracetest.SpanStubs{
		{Name: "plain", SpanContext: sc, StartTime: at, EndTime: at.Add(time.Second), Resource: one, InstrumentationScope: scope},
		{Name: "", SpanContext: sc, Resource: one, InstrumentationScope: scope, Parent: far, SpanKind: trace.SpanKindServer},
		{
			Name: "all", SpanContext: sc, Parent: sc, StartTime: at, EndTime: at, Resource: two, InstrumentationScope: scope, SpanKind: trace.SpanKindProducer, Attributes: many(),
			Events:            []sdktrace.Event{{Name: "e", Time: at, Attributes: many(), DroppedAttributeCount: 3}, {Name: "bare"}},
			Links:             []sdktrace.Link{{SpanContext: far, Attributes: many(), DroppedAttributeCount: 1}, {SpanContext: far}},
			Status:            sdktrace.Status{Code: codes.Error, Description: "broke"},
			DroppedAttributes: 1, DroppedEvents: 2, DroppedLinks: 300,
		},
		{Name: "other scope", SpanContext: sc, Resource: two, Status: sdktrace.Status{Code: codes.Ok}, SpanKind: trace.SpanKindClient},
	}
	return stubs.Snapshots()
}

// What the exporter writes is what OpenTelemetry's own does, to the last field.
func TestExporterWritesWhatOpenTelemetrysDoes(t *testing.T) {
	ours, theirs := &uploads{}, &uploads{}
	e, err := NewExporter(t.Context(), ours)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range spansOfAllKinds() { // one by one, so that the order is the same
		for _, exporter := range []sdktrace.SpanExporter{e, otlptrace.NewUnstarted(theirs)} {
			if err := exporter.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{s}); err != nil {
				t.Fatal(err)
			}
		}
		if !proto.Equal(&ours.got, &theirs.got) {
			t.Errorf("%s: %.500v\nwant %.500v", s.Name(), ours.got.String(), theirs.got.String())
		}
	}
}

// Spans of several resources and scopes go together, each below its own.
func TestExporterGroupsSpans(t *testing.T) {
	u := &uploads{}
	e, _ := NewExporter(t.Context(), u)
	if err := e.ExportSpans(t.Context(), spansOfAllKinds()); err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, r := range u.got.GetResourceSpans() {
		for _, s := range r.GetScopeSpans() {
			got = append(got, len(s.GetSpans()))
		}
	}
	if len(u.got.GetResourceSpans()) != 2 || len(got) != 3 || got[0] != 2 || got[1] != 1 || got[2] != 1 {
		t.Errorf("%d resources, spans by scope %v", len(u.got.GetResourceSpans()), got)
	}
}

func TestExporterRepairsText(t *testing.T) {
	u := &uploads{}
	e, _ := NewExporter(t.Context(), u)
	stub := tracetest.SpanStub{Name: "a\xffb", Attributes: []attribute.KeyValue{attribute.String("k", "\xc3\x28")}}
	if err := e.ExportSpans(t.Context(), tracetest.SpanStubs{stub}.Snapshots()); err != nil {
		t.Fatal(err)
	}
	s := u.got.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans()[0]
	if s.GetName() != "a\uFFFDb" || s.GetAttributes()[0].GetValue().GetStringValue() != "\uFFFD(" {
		t.Errorf("%q %v", s.GetName(), s.GetAttributes())
	}
}

func TestExporterSaysWhenSpansAreNotTaken(t *testing.T) {
	refused := errors.New("refused")
	e, _ := NewExporter(t.Context(), &uploads{err: refused})
	if err := e.ExportSpans(t.Context(), spansOfAllKinds()); !errors.Is(err, refused) {
		t.Errorf("%v", err)
	}
}

// BenchmarkExport is what it costs to encode a span of eight attributes and hand it to the client, beside OpenTelemetry's exporter.
func BenchmarkExport(b *testing.B) {
	stub := spansOfAllKinds()[0]
	spans := make([]sdktrace.ReadOnlySpan, 512)
	for i := range spans {
		s := tracetest.SpanStubFromReadOnlySpan(stub)
		s.Attributes = []attribute.KeyValue{
			attribute.String("rocketmq.step", "producer.sendKernelImpl"), attribute.String("code.function.name", "github.com/plumemq/plume/client/producer.(*Producer).sendKernelImpl"),
			attribute.String("code.file.path", "client/producer/send.go"), attribute.Int("code.line.number", 100), attribute.String("rocketmq.broker.name", "broker-a"),
			attribute.Int("rocketmq.queue.id", 3), attribute.String("server.address", "127.0.0.1"), attribute.Int("server.port", 10911),
		}
		spans[i] = s.Snapshot()
	}
	ours, _ := NewExporter(b.Context(), sized{})
	for name, e := range map[string]sdktrace.SpanExporter{"exporter=plume": ours, "exporter=otlptrace": otlptrace.NewUnstarted(sized{})} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = e.ExportSpans(b.Context(), spans)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(spans)), "ns/span")
		})
	}
}

// sized is a client that does what a real one does before it sends: it writes the message out.
type sized struct{ otlptrace.Client }

func (sized) Start(context.Context) error { return nil }

func (sized) Stop(context.Context) error { return nil }

func (sized) UploadTraces(_ context.Context, spans []*tracepb.ResourceSpans) error {
	_, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	return err
}
