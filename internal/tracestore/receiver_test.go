package tracestore_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/plumemq/plume/internal/tracestore"
)

// record makes one parent and one failed child through the SDK and returns their trace.
func record(t *testing.T, exporter sdktrace.SpanExporter) tracestore.TraceID {
	t.Helper()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter), sdktrace.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "shop"), attribute.String("service.version", "1.2"))))
	tracer := tp.Tracer("scope")
	ctx, parent := tracer.Start(t.Context(), "checkout", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.Int("count", 3), attribute.Bool("new", true), attribute.Float64("share", 0.5), attribute.StringSlice("items", []string{"a", "b"})))
	_, child := tracer.Start(ctx, "pay", trace.WithLinks(trace.Link{SpanContext: parent.SpanContext()}))
	child.AddEvent("card.declined", trace.WithAttributes(attribute.String("why", "limit")))
	child.SetStatus(codes.Error, "declined")
	child.End()
	parent.End()
	if err := tp.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	return parent.SpanContext().TraceID()
}

func checkRecorded(t *testing.T, store *tracestore.Store, id tracestore.TraceID) {
	t.Helper()
	got, ok := store.Trace(id)
	if !ok || len(got.Spans) != 2 {
		t.Fatalf("trace %s: %v", id, got)
	}
	parent, child := got.Spans[0], got.Spans[1]
	if parent.Name != "checkout" || parent.Kind != tracestore.KindServer || parent.Resource.Service != "shop" || parent.Scope != "scope" {
		t.Errorf("parent: %+v", parent)
	}
	for key, want := range map[string]string{"count": "3", "new": "true", "share": "0.5", "items": "a, b"} {
		if got := parent.Attr(key); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	if child.Parent != parent.SpanID || !child.Failed || child.Status != "declined" || len(child.Links) != 1 || child.Links[0].SpanID != parent.SpanID {
		t.Errorf("child: %+v", child)
	}
	if e := child.Event("card.declined"); e == nil || e.Attrs[0].Text() != "limit" {
		t.Errorf("events: %+v", child.Events)
	}
}

func TestInProcessExporter(t *testing.T) {
	store := tracestore.New(tracestore.Config{})
	checkRecorded(t, store, record(t, store.Exporter()))
}

func TestRealExporterOverGRPC(t *testing.T) {
	store := tracestore.New(tracestore.Config{})
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := tracestore.NewGRPCServer(store)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(lis) }()
	for _, compressor := range []string{"none", "gzip"} {
		exporter, err := otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(lis.Addr().String()), otlptracegrpc.WithInsecure(), otlptracegrpc.WithCompressor(compressor))
		if err != nil {
			t.Fatal(err)
		}
		checkRecorded(t, store, record(t, exporter))
	}
	srv.GracefulStop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func post(handler http.Handler, kind string, body []byte, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/v1/traces", bytes.NewReader(body))
	r.Header.Set("Content-Type", kind)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func TestOTLPOverHTTPAsProtobuf(t *testing.T) {
	store := tracestore.New(tracestore.Config{})
	handler := tracestore.OTLPHandler(store)
	body, err := proto.Marshal(&collectorpb.ExportTraceServiceRequest{ResourceSpans: []*tracepb.ResourceSpans{{
		ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{{
			TraceId: bytes.Repeat([]byte{1}, 16), SpanId: bytes.Repeat([]byte{2}, 8), Name: "zipped", StartTimeUnixNano: 5, EndTimeUnixNano: 3,
		}}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	zw := gzip.NewWriter(&zipped)
	_, _ = zw.Write(body)
	_ = zw.Close()
	for _, w := range []*httptest.ResponseRecorder{
		post(handler, "application/x-protobuf", body),
		post(handler, "application/x-protobuf", zipped.Bytes(), "Content-Encoding", "gzip"),
	} {
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("answer %d %s: %s", w.Code, w.Header(), w.Body)
		}
	}
	got := store.List(tracestore.Filter{})
	if len(got) != 1 || got[0].Spans != 2 || got[0].Root.Resource.Service != "unknown_service" || got[0].Duration != 0 {
		t.Errorf("stored %+v", got)
	}
}

const otlpJSON = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"web"}}]},
 "scopeSpans":[{"scope":{"name":"js"},"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":"",
 "name":"click","kind":3,"startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000","unknownField":1,
 "attributes":[{"key":"n","value":{"intValue":"7"}},{"key":"list","value":{"arrayValue":{"values":[{"intValue":1},{"stringValue":"x"}]}}},
 {"key":"map","value":{"kvlistValue":{"values":[{"key":"k","value":{"boolValue":true}}]}}},{"key":"raw","value":{"bytesValue":"AQI="}}],
 "status":{"code":2,"message":"no"}}]}]}]}`

func TestOTLPOverHTTPAsJSON(t *testing.T) {
	store := tracestore.New(tracestore.Config{})
	w := post(tracestore.OTLPHandler(store), "application/json; charset=utf-8", []byte(otlpJSON))
	if w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != "{}" {
		t.Fatalf("answer %d: %s", w.Code, w.Body)
	}
	id, _ := tracestore.ParseTraceID("5b8efff798038103d269b633813fc60c")
	got, ok := store.Trace(id)
	if !ok {
		t.Fatal("not stored under its hex id")
	}
	s := got.Spans[0]
	if s.SpanID.String() != "eee19b7ec3c1b174" || s.Kind != tracestore.KindClient || s.Duration() != time.Second || !s.Failed || s.Resource.Service != "web" {
		t.Errorf("%+v", s)
	}
	for key, want := range map[string]string{"n": "7", "list": "1, x", "map": "{k=true}", "raw": "0102"} {
		if got := s.Attr(key); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
}

func TestOTLPOverHTTPRefusesWhatItCannotRead(t *testing.T) {
	handler := tracestore.OTLPHandler(tracestore.New(tracestore.Config{}))
	for name, w := range map[string]*httptest.ResponseRecorder{
		"protobuf": post(handler, "application/x-protobuf", []byte("\xff\xff")),
		"json":     post(handler, "application/json", []byte(`{"resourceSpans":7}`)),
		"not json": post(handler, "application/json", []byte(`{`)),
		"gzip":     post(handler, "application/x-protobuf", []byte("x"), "Content-Encoding", "gzip"),
		"bomb":     post(handler, "application/x-protobuf", bomb(t), "Content-Encoding", "gzip"),
	} {
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := post(handler, "text/plain", nil); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: %d", w.Code)
	}
}

// bomb is 20 MiB of zeroes, gzipped.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	_, err := zw.Write(make([]byte, 20<<20))
	if err := errors.Join(err, zw.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func FuzzOTLPJSON(f *testing.F) {
	f.Add([]byte(otlpJSON))
	f.Fuzz(func(t *testing.T, body []byte) {
		store := tracestore.New(tracestore.Config{})
		post(tracestore.OTLPHandler(store), "application/json", body)
		for _, sum := range store.List(tracestore.Filter{}) {
			if !sum.ID.IsValid() || sum.Duration < 0 {
				t.Errorf("stored %+v", sum)
			}
		}
	})
}
