package telemetry_test

import (
	"context"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/telemetry"
)

// BenchmarkRefused is what a send's tracing costs where its trace is not recorded, as nearly none is: an entry step, its context with a deadline,
// and ten steps within.
func BenchmarkRefused(b *testing.B) {
	ratio := 1e-9
	p, err := telemetry.Setup(b.Context(), telemetry.Options{
		InProcessOnly: true, SampleRatio: &ratio, Exporters: []sdktrace.SpanExporter{tracetest.NewInMemoryExporter()},
	})
	if err != nil {
		b.Fatal(err)
	}
	c, room, deadline := observ.NewComponent(p.TracerProvider()), observ.RefusedRoom{}, time.Now()
	b.ReportAllocs()
	for b.Loop() {
		draw := c.DrawIn(context.Background(), opRoot, &room)
		ctx, _ := room.Bound(draw.Context(), deadline)
		_, _ = ctx.Deadline()
		_ = ctx.Done()
		for range 10 {
			_, step := opLinked.Start(ctx)
			step.End(nil)
		}
	}
}
