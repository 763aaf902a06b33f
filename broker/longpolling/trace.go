package longpolling

import (
	"context"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/observ"
)

var stepNotifyMessageArriving = observ.Define(observ.Op{
	ID:   "longpolling.notifyMessageArriving",
	Func: "broker/longpolling.(*PullRequestHoldService).notifyMessageArriving",
	Java: "PullRequestHoldService#notifyMessageArriving",
})

// Steps are the steps of this package.
func Steps() []*observ.Op { return []*observ.Op{stepNotifyMessageArriving} }

func traceNotifyMessageArriving(ctx context.Context, a *store.MessageArrival) (context.Context, observ.Step) {
	ctx, step := stepNotifyMessageArriving.Start(ctx)
	if step.On() {
		step.Set(observ.String("messaging.destination.name", a.Topic), observ.Int("rocketmq.queue.id", int(a.QueueID)),
			observ.Int64("rocketmq.queue.offset", a.LogicOffset))
	}
	return ctx, step
}

func traceWoken(step observ.Step, n int) {
	if step.On() {
		step.Set(observ.Int("rocketmq.pull.woken", n))
	}
}
