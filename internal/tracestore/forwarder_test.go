package tracestore_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	collectorlogspb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	"github.com/plumemq/plume/internal/tracestore"
)

// receiver serves an OTLP/gRPC receiver on a free port.
func receiver(t *testing.T, store *tracestore.Store, taps ...tracestore.Tap) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := tracestore.NewGRPCServer(store, taps...)
	go func() { _ = srv.Serve(lis) }()
	t.Cleanup(srv.Stop)
	return lis.Addr().String()
}

// What a receiver takes in, over gRPC and over HTTP, another one gets as it came.
func TestForwarder(t *testing.T) {
	far, near := tracestore.New(tracestore.Config{}), tracestore.New(tracestore.Config{})
	f, err := tracestore.NewForwarder("http://" + receiver(t, far))
	if err != nil {
		t.Fatal(err)
	}
	addr := receiver(t, near, f.Tap)
	exporter, err := otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(addr), otlptracegrpc.WithInsecure())
	if err != nil {
		t.Fatal(err)
	}
	id := record(t, exporter)
	const other = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"000000000000000000000000000000aa","spanId":"00000000000000bb","name":"over HTTP"}]}]}]}`
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/v1/traces", strings.NewReader(other))
	r.Header.Set("Content-Type", "application/json")
	tracestore.OTLPHandler(near, f.Tap).ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := f.Close(ctx); err != nil {
		t.Fatal(err)
	}
	for _, store := range []*tracestore.Store{near, far} {
		checkRecorded(t, store, id)
		if got, ok := store.Trace(tracestore.TraceID{15: 0xaa}); !ok || got.Root.Name != "over HTTP" {
			t.Errorf("over HTTP: %v", got)
		}
	}
	if f.Dropped() != 0 {
		t.Errorf("%d dropped", f.Dropped())
	}
}

// A receiver that is away costs the spans for it, and nothing else.
func TestForwarderToNobody(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := lis.Addr().String()
	lis.Close()
	f, err := tracestore.NewForwarder(addr)
	if err != nil {
		t.Fatal(err)
	}
	one := []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{{}, {}}}}}}
	for range 300 {
		f.Tap(one) // never waits
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := f.Close(ctx); err != nil {
		t.Fatal(err)
	}
	f.Tap(one)
	if f.Dropped() != 602 {
		t.Errorf("%d dropped, want all 602", f.Dropped())
	}
	if _, err := tracestore.NewForwarder("http://"); err == nil {
		t.Error("no host, and no error")
	}
}

// A program that sends all its signals to one place gets no errors.
func TestLogsAndMetricsAreTakenAndDropped(t *testing.T) {
	conn, err := grpc.NewClient(receiver(t, tracestore.New(tracestore.Config{})), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := collectorlogspb.NewLogsServiceClient(conn).Export(t.Context(), &collectorlogspb.ExportLogsServiceRequest{}); err != nil {
		t.Error(err)
	}
	if _, err := collectormetricspb.NewMetricsServiceClient(conn).Export(t.Context(), &collectormetricspb.ExportMetricsServiceRequest{}); err != nil {
		t.Error(err)
	}
	h := tracestore.OTLPHandler(tracestore.New(tracestore.Config{}))
	for _, c := range []struct {
		path, kind string
		body       []byte
		code       int
	}{
		{"/v1/logs", "application/x-protobuf", nil, 200},
		{"/v1/logs", "application/json", []byte("{}"), 200},
		{"/v1/metrics", "application/x-protobuf", nil, 200},
		{"/v1/metrics", "text/plain", nil, 415},
		{"/v1/logs", "application/json", make([]byte, 17<<20), 400},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, c.path, bytes.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		h.ServeHTTP(w, r)
		if w.Code != c.code {
			t.Errorf("%s %s: %d %s", c.path, c.kind, w.Code, w.Body)
		}
		if c.kind == "application/x-protobuf" && proto.Unmarshal(w.Body.Bytes(), &collectorlogspb.ExportLogsServiceResponse{}) != nil {
			t.Errorf("%s: no response in %q", c.path, w.Body)
		}
	}
}
