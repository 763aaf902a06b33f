//go:build stack

package stack

import (
	"context"
	"net"
	"sync"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
)

// span is what a span says of its place in a tree.
type span struct{ id, parent, name, service, kind string }

// peer stands where Jaeger stands: an OTLP receiver made of the OpenTelemetry collector's own code, which Jaeger v2 is built on and
// which shares nothing with Plume's receiver.
type peer struct {
	ptraceotlp.UnimplementedGRPCServer
	addr string

	mu    sync.Mutex
	spans map[string]map[string]span // trace -> span id -> span
}

func startPeer(t *testing.T) *peer {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{addr: lis.Addr().String(), spans: map[string]map[string]span{}}
	srv := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(srv, p)
	go srv.Serve(lis)
	t.Cleanup(srv.Stop)
	return p
}

// Export takes spans.
func (p *peer) Export(_ context.Context, req ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, rs := range req.Traces().ResourceSpans().All() {
		service, _ := rs.Resource().Attributes().Get("service.name")
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				p.add(service.Str(), s)
			}
		}
	}
	return ptraceotlp.NewExportResponse(), nil
}

func (p *peer) add(service string, s ptrace.Span) {
	trace := s.TraceID().String()
	if p.spans[trace] == nil {
		p.spans[trace] = map[string]span{}
	}
	p.spans[trace][s.SpanID().String()] = span{s.SpanID().String(), s.ParentSpanID().String(), s.Name(), service, kindOf(s.Kind())}
}

// kindOf is a kind as Jaeger's API has it.
func kindOf(k ptrace.SpanKind) string {
	switch k {
	case ptrace.SpanKindProducer:
		return "producer"
	case ptrace.SpanKindConsumer:
		return "consumer"
	case ptrace.SpanKindClient:
		return "client"
	case ptrace.SpanKindServer:
		return "server"
	}
	return "internal"
}

// trace is a copy of what came of a trace.
func (p *peer) trace(id string) map[string]span {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]span{}
	for k, v := range p.spans[id] {
		out[k] = v
	}
	return out
}
