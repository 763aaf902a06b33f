package tracedispatcher

import (
	"context"
	"slices"

	"github.com/plumemq/plume/internal/observ"
)

var stepSendTraceData = observ.Define(observ.Op{
	ID: "tracedispatcher.sendTraceData", Func: "client/internal/tracedispatcher.(*AsyncTraceDispatcher).sendTraceData",
	Java: "AsyncTraceDispatcher.AsyncDataSendTask#sendTraceData",
})

// Steps are the steps of this package.
func Steps() []*observ.Op { return []*observ.Op{stepSendTraceData} }

// traceSendTraceData is a trace of its own, linked to the sends and consumptions that the batch tells of.
func (d *AsyncTraceDispatcher) traceSendTraceData(batch []Context) (context.Context, observ.Step) {
	if !d.cfg.Component.On() {
		return d.ctx, observ.Step{}
	}
	links, records := make([]observ.SpanContext, 0, len(batch)), 0
	for _, c := range batch {
		if !slices.ContainsFunc(links, c.Span.Equal) { // before and after the handler is one span
			links = append(links, c.Span)
		}
		records += len(c.Records)
	}
	return d.cfg.Component.StartCaused(d.ctx, stepSendTraceData, links,
		observ.String("messaging.destination.name", d.cfg.Topic), observ.Int("rocketmq.trace.records", records))
}
