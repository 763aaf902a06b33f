package processor

import (
	"context"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol/header"
)

var stepGetRouteInfoByTopic = observ.Define(observ.Op{
	ID: "namesrv.getRouteInfoByTopic", Func: "namesrv/processor.(*ClientRequestProcessor).getRouteInfoByTopic",
	Java: "ClientRequestProcessor#getRouteInfoByTopic", Claims: []string{"N7", "N13", "P4", "P10"},
})

// Steps are this package's entries in the step registry.
func Steps() []*observ.Op { return []*observ.Op{stepGetRouteInfoByTopic} }

func traceGetRouteInfoByTopic(ctx context.Context) (context.Context, observ.Step) {
	return stepGetRouteInfoByTopic.Start(ctx)
}

func traceRouteAsked(step observ.Step, h *header.GetRouteInfoRequestHeader) {
	if step.On() {
		step.Set(observ.String("messaging.destination.name", h.Topic))
	}
}
