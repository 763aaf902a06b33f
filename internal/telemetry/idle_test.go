package telemetry

import (
	"context"
	"slices"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/spantest"
)

// The steps of the test, by the ids of those that they stand for.
var (
	opPull   = observ.Define(observ.Op{ID: "consumer.pullMessage", MayBeIdle: true})
	opServer = observ.Define(observ.Op{ID: "remoting.server.PULL_MESSAGE", MayBeIdle: true})
)

func TestIdlePollsAreLeftOut(t *testing.T) {
	rec := tracetest.NewSpanRecorder()
	filter := dropIdle(rec)
	component := observ.NewComponent(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(filter)))

	spantest.PlayPolls(component)
	_, quiet := component.Start(context.Background(), opPull)
	quiet.Set(observ.Bool("rocketmq.idle", true)) // as a consumer says it
	quiet.End(nil)
	_, server := component.Start(trace.ContextWithRemoteSpanContext(context.Background(), remote()), opServer)
	server.Set(observ.String("rpc.response.status_code", "PULL_NOT_FOUND"))
	server.End(nil)

	var got []string
	for _, s := range rec.Ended() {
		got = append(got, s.Name())
	}
	if want := "busy.rpc busy.woken busy busy.late other"; strings.Join(got, " ") != want {
		t.Errorf("passed on %v, want %s", got, want)
	}
	if len(filter.held) != 0 {
		t.Errorf("%d spans are still held", len(filter.held))
	}
}

func remote() trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, Remote: true})
}

// What the filter may leave out is said by the steps themselves.
func TestStepsThatMayBeIdle(t *testing.T) {
	var got []string
	for _, op := range catalog.Steps() {
		if op.MayBeIdle {
			got = append(got, op.ID)
		}
	}
	slices.Sort(got)
	want := []string{"consumer.pullMessage", "remoting.server.LITE_PULL_MESSAGE", "remoting.server.PULL_MESSAGE"}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
