package otlpwire

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/trace"
	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	grpccodes "google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// receiver is one of OpenTelemetry's make. It is busy at first.
type receiver struct {
	coltracepb.UnimplementedTraceServiceServer
	mu    sync.Mutex
	tries int
	spans []*tracepb.Span
}

func (r *receiver) Export(_ context.Context, request *coltracepb.ExportTraceServiceRequest) (*coltracepb.ExportTraceServiceResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tries++; r.tries == 1 {
		return nil, status.Error(grpccodes.Unavailable, "busy")
	}
	for _, s := range request.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans() {
		r.spans = append(r.spans, proto.CloneOf(s))
	}
	return &coltracepb.ExportTraceServiceResponse{}, nil
}

// What arrives by way of gRPC is what was recorded, though the receiver is busy at first, batches follow each other in the same memory,
// and some are so small that gRPC does not count who uses them.
func TestBatchesByGRPC(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r, server := &receiver{}, grpc.NewServer()
	coltracepb.RegisterTraceServiceServer(server, r)
	go func() { _ = server.Serve(l) }()
	defer server.Stop()
	p := start(t, config(otlptracegrpc.NewClient(otlptracegrpc.WithInsecure(), otlptracegrpc.WithEndpoint(l.Addr().String()),
		otlptracegrpc.WithDialOption(WithoutCopies()), otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig{Enabled: true, MaxElapsedTime: 1 << 40}))))
	sizes := []int{0, 5000, 100_000, 3, 70_000, 1}
	for _, size := range sizes {
		_, s := p.Tracer("").Start(t.Context(), "s", trace.WithAttributes(attribute.String("text", strings.Repeat("x", size))))
		s.End()
		if err := p.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.spans) != len(sizes) || r.tries != len(sizes)+1 || p.Dropped() != 0 {
		t.Fatalf("%d spans in %d tries, %d dropped", len(r.spans), r.tries, p.Dropped())
	}
	for i, s := range r.spans {
		if got := len(s.GetAttributes()[0].GetValue().GetStringValue()); got != sizes[i] {
			t.Errorf("%d: %d characters, want %d", i, got, sizes[i])
		}
	}
}

// A batch's memory serves no other batch while gRPC writes from it, even if the call has ended.
func TestMemoryIsNotUsedAgainTooEarly(t *testing.T) {
	p := start(t, config(&uploads{}))
	s := p.spool
	b := s.newBatch()
	b.wire = append(b.wire, make([]byte, 1<<16)...)
	spares := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.spare)
	}
	c := codec{encoding.GetCodecV2(protocodec.Name)}
	first, _ := c.Marshal(b)
	again, err := c.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	if &first[1].ReadOnlyData()[0] != &b.wire[0] {
		t.Error("copied")
	}
	b.release() // the call has ended
	first.Free()
	if spares() != 0 {
		t.Error("used again too early")
	}
	again.Free()
	if spares() != 1 {
		t.Error("not used again")
	}
}
