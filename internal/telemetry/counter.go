package telemetry

import (
	"context"
	"sync/atomic"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// counter watches one exporter from both sides: spans that ended before the batch processor's queue, and spans that the exporter
// took behind it. The difference is what was lost.
type counter struct {
	sdktrace.SpanExporter
	hopeful  context.Context // done when nobody waits for exports any more
	ended    atomic.Int64
	exported atomic.Int64
}

// count puts a batch processor before e, and counters around both. Exports end with hopeful.
func count(hopeful context.Context, e sdktrace.SpanExporter, batch []sdktrace.BatchSpanProcessorOption) (*counter, sdktrace.SpanProcessor) {
	c := &counter{SpanExporter: e, hopeful: hopeful}
	return c, &countingProcessor{SpanProcessor: sdktrace.NewBatchSpanProcessor(c, batch...), counter: c}
}

// ExportSpans counts what the exporter took.
func (c *counter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.hopeful, cancel)()
	if err := c.SpanExporter.ExportSpans(ctx, spans); err != nil {
		return err
	}
	c.exported.Add(int64(len(spans)))
	return nil
}

func (c *counter) dropped() int64 { return max(0, c.ended.Load()-c.exported.Load()) }

// countingProcessor counts the sampled spans that end.
type countingProcessor struct {
	sdktrace.SpanProcessor
	counter *counter
}

// OnEnd counts s and passes it on.
func (p *countingProcessor) OnEnd(s sdktrace.ReadOnlySpan) {
	if s.SpanContext().IsSampled() {
		p.counter.ended.Add(1)
	}
	p.SpanProcessor.OnEnd(s)
}
