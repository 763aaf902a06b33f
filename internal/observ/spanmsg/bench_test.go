package spanmsg_test

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// BenchmarkMessage is a span's message from its start until it is written, with as many others as are sent together: what it has in common with
// others, four attributes, and an event.
func BenchmarkMessage(b *testing.B) {
	own := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	parent := own.WithSpanID(trace.SpanID{3})
	common := spanmsg.Prepare(attribute.String("rocketmq.step", "producer.sendKernelImpl"), attribute.String("code.function.name", "client/producer.(*Producer).sendKernelImpl"),
		attribute.String("code.file.path", "client/producer/send.go"), attribute.Int("code.line.number", 100))
	limits := &spanmsg.Limits{AttributeCount: 128, AttributeValueLength: -1, AttributeValueDepth: 64, EventCount: 128, LinkCount: 128, AttributesPerEvent: 128, AttributesPerLink: 128}
	begin := spanmsg.Beginning{Template: spanmsg.NewTemplate("sendKernelImpl", trace.SpanKindInternal, common), Start: 1, Limit: limits, Clock: spanmsg.NewClock()}
	var waiting spanmsg.Pack
	var batch spanmsg.Wire
	b.ReportAllocs()
	for b.Loop() {
		m, turn := spanmsg.Begin(&begin, &own, &parent)
		m.Set(turn, []attribute.KeyValue{attribute.String("rocketmq.broker.name", "broker-a"), attribute.Int("rocketmq.queue.id", 3)})
		m.Set(turn, []attribute.KeyValue{attribute.Int64("rocketmq.queue.offset", 12345678), attribute.Bool("rocketmq.channel.reused", true)})
		m.AddEvent(turn, "flushed", 2, nil)
		m.End(turn, 3, func(message spanmsg.Packer, _ bool) { message.PackInto(&waiting) })
		if waiting.Len() == 1<<11 {
			batch = waiting.AppendTo(batch[:0])
			waiting.Reset()
		}
	}
}
