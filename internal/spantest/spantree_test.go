package spantest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

// A trace is not complete while one of its spans runs, however long the others have been quiet.
func TestATraceIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := spantest.NewRecorder()
		ctx, step := observ.NewComponent(r.Provider("client")).Start(context.Background(), outer)
		_, slow := inner.Start(ctx)
		step.End(nil)
		time.AfterFunc(time.Minute, func() { slow.End(nil) })
		if got := len(r.WaitTrace(t, step.SpanContext().TraceID())); got != 2 {
			t.Errorf("the trace has %d spans", got)
		}
	})
}

// report collects what a test would have failed with.
type report struct {
	testing.TB
	said []string
}

func (r *report) Helper()                   {}
func (r *report) Error(args ...any)         { r.said = append(r.said, fmt.Sprint(args...)) }
func (r *report) Errorf(f string, a ...any) { r.said = append(r.said, fmt.Sprintf(f, a...)) }

func TestConform(t *testing.T) {
	good := observ.Define(observ.Op{ID: "consumer.consumeMessage"})
	pull := observ.Define(observ.Op{ID: "consumer.pullMessage", Kind: observ.Client})
	r := spantest.NewRecorder()
	c := observ.NewComponent(r.Provider("client"))
	for _, s := range []struct {
		op    *observ.Op
		attrs observ.Attr
	}{{good, observ.Bool("secret", true)}, {pull, observ.String("messaging.system", "rocketmq")}} {
		_, step := c.Start(context.Background(), s.op, observ.Named(s.op.Name))
		step.Set(s.attrs)
		step.End(nil)
	}
	rep := &report{TB: t}
	r.Conform(rep)
	all := strings.Join(rep.said, "\n")
	for _, want := range []string{
		"consumeMessage: secret is not declared for it", "pullMessage: its name does not match",
		"pullMessage: messaging.operation.name is required and missing", "pullMessage: samplers do not see messaging.system",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not among what is wrong:\n%s", want, all)
		}
	}
	if tree := spantest.RenderTree(r.Spans()); !strings.Contains(tree, "consumeMessage @client\n  !! secret is not declared for it\n") {
		t.Errorf("the tree does not say what is wrong:\n%s", tree)
	}
}
