package rpchook_test

import (
	"context"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/rpchook"
)

func TestTraceInjectsTheRecordingSpan(t *testing.T) {
	component := observ.NewComponent(sdktrace.NewTracerProvider())
	ctx, step := component.Start(context.Background(), observ.Define(observ.Op{ID: "test.entry"}))
	defer step.End(nil)
	req := protocol.NewRequest(protocol.HeartBeat, nil)
	if err := rpchook.Trace().DoBeforeRequest(ctx, "10.0.0.1:1", req); err != nil {
		t.Fatal(err)
	}
	_, remote := observ.Extract(context.Background(), &req.ExtFields)
	if remote.TraceID() != step.SpanContext().TraceID() || remote.SpanID() != step.SpanContext().SpanID() || !remote.IsSampled() {
		t.Fatalf("%v", req.ExtFields)
	}
}

func TestTraceChangesNothingWithoutASpan(t *testing.T) {
	req := protocol.NewRequest(protocol.HeartBeat, nil)
	if err := rpchook.Trace().DoBeforeRequest(context.Background(), "", req); err != nil || len(req.ExtFields) != 0 {
		t.Fatalf("%v, %v", req.ExtFields, err)
	}
}

func TestTraceEqualsItself(t *testing.T) {
	if rpchook.Trace() != rpchook.Trace() {
		t.Fatal("registered twice it would run twice")
	}
}
