package observ_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/spantest/discard"
	"github.com/plumemq/plume/remoting/protocol"
)

var entryOp = observ.Define(observ.Op{ID: "test.entry"})

// BenchmarkInject writes the step of a context into a command without fields.
func BenchmarkInject(b *testing.B) {
	ctx, step := observ.NewComponent(discard.Provider(b)).Start(context.Background(), entryOp)
	defer step.End(nil)
	b.ReportAllocs()
	for b.Loop() {
		var fields protocol.ExtFields
		observ.Inject(ctx, &fields)
	}
}

// BenchmarkExtract reads a remote step, and asks the context for it as often as the start of a step does.
func BenchmarkExtract(b *testing.B) {
	c := observ.NewComponent(discard.Provider(b))
	fields := &protocol.ExtFields{{Key: "a", Value: "group"}, {Key: observ.TraceParent, Value: "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"}}
	b.ReportAllocs()
	for b.Loop() {
		ctx, _ := c.Extract(context.Background(), fields)
		if !trace.SpanContextFromContext(ctx).IsValid() || !trace.SpanContextFromContext(ctx).IsRemote() {
			b.Fatal("no parent")
		}
	}
}
