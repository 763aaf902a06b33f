package admin

import (
	"context"

	"github.com/plumemq/plume/internal/observ"
)

var (
	stepQueryMessage = observ.Define(observ.Op{
		ID: "admin.queryMessage", Func: "client/admin.(*Admin).QueryMessage", Java: "MQAdminImpl#queryMessage",
	})
	stepViewMessage = observ.Define(observ.Op{
		ID: "admin.viewMessage", Func: "client/admin.(*Admin).ViewMessage", Java: "MQAdminImpl#viewMessage",
	})
	stepQueryMessageTrace = observ.Define(observ.Op{
		ID: "admin.queryMessageTrace", Func: "client/admin.(*Admin).QueryMessageTrace", Java: "QueryMsgTraceByIdSubCommand#queryTraceByMsgId",
	})
)

// Steps are the steps of this package.
func Steps() []*observ.Op {
	return []*observ.Op{stepQueryMessage, stepViewMessage, stepQueryMessageTrace}
}

func (a *Admin) traceQueryMessage(ctx context.Context, topic string) (context.Context, observ.Step) {
	return a.component.Start(ctx, stepQueryMessage, observ.With(observ.String("messaging.destination.name", topic)))
}

func (a *Admin) traceViewMessage(ctx context.Context, topic, id string) (context.Context, observ.Step) {
	return a.component.Start(ctx, stepViewMessage, observ.With(
		observ.String("messaging.destination.name", topic), observ.String("messaging.message.id", id)))
}

func (a *Admin) traceQueryMessageTrace(ctx context.Context, id string) (context.Context, observ.Step) {
	return a.component.Start(ctx, stepQueryMessageTrace, observ.With(observ.String("messaging.message.id", id)))
}

func traceFound(step observ.Step, n int) {
	if step.On() {
		step.Set(observ.Int("rocketmq.query.found", n))
	}
}
