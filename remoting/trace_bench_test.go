package remoting

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/spantest/discard"
	"github.com/plumemq/plume/remoting/protocol"
)

// BenchmarkClientSpan is what a traced call costs for being traced, apart from the frame's trace context.
func BenchmarkClientSpan(b *testing.B) {
	component := observ.NewComponent(discard.Provider(b))
	component.SetDetail(observ.Semconv)
	e := &endpoint{settings: settings{component: component}}
	ch := &Channel{owner: e, addr: "10.0.0.1:10911", remote: netip.MustParseAddrPort("10.0.0.1:10911")}
	ctx, entry := component.Start(context.Background(), stepServer.of(int32(protocol.SendMessageV2)))
	defer entry.End(nil)
	req, resp, f := protocol.NewRequest(protocol.SendMessageV2, nil), protocol.NewResponse(protocol.Success, ""), &responseFuture{}
	b.ReportAllocs()
	for b.Loop() {
		req.Opaque++
		_, f.step = traceInvokeSyncImpl(ctx, ch, req)
		traceCall(f.step, req)
		traceWrite(f)
		traceFrame(f.step, 300)
		traceResponseMatched(f, resp, 1)
		f.step.End(nil)
	}
}

// BenchmarkServerSpan is what a request costs for being traced, as the continuation of a remote trace.
func BenchmarkServerSpan(b *testing.B) {
	component := observ.NewComponent(discard.Provider(b))
	component.SetDetail(observ.Semconv)
	e := &endpoint{settings: settings{component: component, clock: clock.System}}
	ch := &Channel{owner: e, addr: "10.0.0.2:50000", remote: netip.MustParseAddrPort("10.0.0.2:50000")}
	req, resp := protocol.NewRequest(protocol.SendMessageV2, nil), protocol.NewResponse(protocol.Success, "")
	req.ExtFields.Set("a", "group")
	req.ExtFields.Set(observ.TraceParent, "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
	rc := &RequestContext{Request: req, Channel: ch, endpoint: e, executor: NewExecutor("SendMessageThread", 1, 1), size: 300, ReceivedAt: time.Now()}
	b.ReportAllocs()
	for b.Loop() {
		req.Opaque++
		rc.hear()
		traceProcessRequestCommand(context.Background(), rc)
		traceAnswer(rc, resp).written(nil)
	}
}
