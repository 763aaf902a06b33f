package spantest_test

import (
	"context"
	"errors"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/spantest"
)

var (
	outer = observ.Define(observ.Op{ID: "test.outer", Kind: observ.Producer})
	inner = observ.Define(observ.Op{ID: "test.inner"})
	serve = observ.Define(observ.Op{ID: "test.serve", Kind: observ.Server})
	later = observ.Define(observ.Op{ID: "test.later"})
)

func TestRenderTree(t *testing.T) {
	r := spantest.NewRecorder()
	client, server := observ.NewComponent(r.Provider("client")), observ.NewComponent(r.Provider("server"))

	ctx, step := client.Start(context.Background(), outer, observ.Named("send T"), observ.With(observ.String("messaging.destination.name", "T"), observ.Int64("time", 5)))
	for _, err := range []error{errors.New("refused"), nil} {
		_, in := inner.Start(ctx)
		in.End(&err)
	}
	remote, srv := server.Start(trace.ContextWithRemoteSpanContext(context.Background(), step.SpanContext()), serve)
	srv.End(nil)
	step.End(nil)
	_, own := server.Start(remote, later, observ.NewRoot(), observ.LinkedTo(srv.SpanContext()))
	own.End(nil)

	const want = `send T [PRODUCER] @client messaging.destination.name=T
  inner error.type=errors.errorString
  inner
  serve [SERVER] @server
later @server -> serve
`
	if got := spantest.RenderTree(r.Spans()); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := len(r.WaitTrace(t, step.SpanContext().TraceID(), "serve")); got != 4 {
		t.Errorf("the trace has %d spans", got)
	}
}
