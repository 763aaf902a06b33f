package remoting

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
)

// TestTracingOffAllocatesNothing: with no component, with one that is off, and with a provider that records nothing.
func TestTracingOffAllocatesNothing(t *testing.T) {
	quiet := observ.NewComponent(noop.NewTracerProvider())
	off := observ.NewComponent(nil)
	off.SetDetail(observ.Off)
	for name, component := range map[string]*observ.Component{"none": nil, "off": off, "no-op provider": quiet} {
		e := &endpoint{settings: settings{component: component}}
		ch := &Channel{owner: e}
		req := protocol.NewRequest(protocol.SendMessageV2, nil)
		req.ExtFields.Set("a", "group")
		rc := &RequestContext{Request: req, Channel: ch, endpoint: e}
		f := &responseFuture{}
		resp := protocol.NewResponse(protocol.Success, "")
		allocs := testing.AllocsPerRun(100, func() {
			ctx, outer := traceInvokeSync(context.Background(), clock.System, req)
			ctx, dial := traceGetAndCreateChannel(ctx)
			traceChannelReused(dial, ch)
			dial.End(nil)
			_, step := traceInvokeSyncImpl(ctx, ch, req)
			traceCall(step, req)
			traceWrite(f)
			traceResponseTablePut(step)
			traceFrame(step, 1)
			traceResponseMatched(f, resp, 1)
			step.End(nil)
			outer.End(nil)
			traceProcessRequestCommand(context.Background(), rc)
			traceAnswer(rc, resp)
			traceAnswerRefused(rc, nil)
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}
