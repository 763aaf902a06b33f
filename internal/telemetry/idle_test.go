package telemetry

import (
	"context"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/catalog"
)

func step(id string) trace.SpanStartOption {
	return trace.WithAttributes(attribute.String("rocketmq.step", id))
}

func TestIdlePollsAreLeftOut(t *testing.T) {
	rec := tracetest.NewSpanRecorder()
	filter := dropIdle(rec)
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(filter)).Tracer("test")

	pull := func(name string, end ...attribute.KeyValue) {
		ctx, root := tracer.Start(context.Background(), name, step("consumer.pullMessage"))
		below, rpc := tracer.Start(ctx, name+".rpc", step("remoting.client.PULL_MESSAGE"))
		_, late := tracer.Start(ctx, name+".late", step("x"))
		rpc.End()
		_, woken := tracer.Start(below, name+".woken", step("x")) // begins below a span that has ended
		woken.End()
		root.SetAttributes(end...)
		root.End()
		late.End()
	}
	pull("busy", attribute.String("rocketmq.pull.status", "FOUND"))
	pull("idle", attribute.Bool("rocketmq.idle", true))
	_, server := tracer.Start(trace.ContextWithRemoteSpanContext(context.Background(), remote()), "server", step("remoting.server.PULL_MESSAGE"))
	server.SetAttributes(attribute.String("rpc.response.status_code", "PULL_NOT_FOUND"))
	server.End()
	_, other := tracer.Start(context.Background(), "other", step("producer.send"))
	other.End()

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

// What the filter may leave out must not become an exemplar, so observ knows the same steps.
func TestStepsThatMayBeIdle(t *testing.T) {
	for _, op := range catalog.Steps() {
		if op.MayBeIdle != isPull(op.ID) {
			t.Errorf("%s: MayBeIdle is %v, the filter says %v", op.ID, op.MayBeIdle, isPull(op.ID))
		}
	}
}
