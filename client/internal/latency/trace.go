package latency

import (
	"context"
	"time"

	"github.com/plumemq/plume/client/internal/topicroute"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

var (
	stepSelectOneMessageQueue = observ.Define(observ.Op{
		ID:     "latency.selectOneMessageQueue",
		Func:   "client/internal/latency.(*MQFaultStrategy).SelectOneMessageQueue",
		Java:   "MQFaultStrategy#selectOneMessageQueue",
		Claims: []string{"P5", "S3"},
	})
	stepUpdateFaultItem = observ.Define(observ.Op{
		ID:     "latency.updateFaultItem",
		Func:   "client/internal/latency.(*MQFaultStrategy).UpdateFaultItem",
		Java:   "MQFaultStrategy#updateFaultItem",
		Claims: []string{"P3"},
	})
)

// Steps are the steps of this package.
func Steps() []*observ.Op { return []*observ.Op{stepSelectOneMessageQueue, stepUpdateFaultItem} }

func traceSelectOneMessageQueue(ctx context.Context, s *MQFaultStrategy, info *topicroute.TopicPublishInfo, last string) (context.Context, observ.Step) {
	ctx, step := stepSelectOneMessageQueue.Start(ctx)
	if step.On() {
		strategy := "round_robin"
		if s.enabled {
			strategy = "latency_fault"
		}
		step.Set(
			observ.String("rocketmq.lb.strategy", strategy),
			observ.String("rocketmq.lb.last_broker", last),
			observ.Int("rocketmq.lb.candidates", len(info.MessageQueueList)),
		)
	}
	return ctx, step
}

func traceSelected(step observ.Step, info *topicroute.TopicPublishInfo, mq message.MessageQueue) {
	if step.On() {
		step.Set(
			observ.Int64("rocketmq.lb.index", int64(info.Index())),
			observ.String("rocketmq.broker.name", mq.BrokerName),
			observ.Int("rocketmq.queue.id", int(mq.QueueID)),
		)
	}
}

func traceUpdateFaultItem(ctx context.Context, broker string) (context.Context, observ.Step) {
	ctx, step := stepUpdateFaultItem.Start(ctx)
	if step.On() {
		step.Set(observ.String("rocketmq.broker.name", broker))
	}
	return ctx, step
}

func traceIsolated(step observ.Step, current, duration time.Duration, reachable bool) {
	if step.On() {
		step.Event("fault_item.updated",
			observ.Int64("rocketmq.fault.latency_ms", current.Milliseconds()),
			observ.Int64("rocketmq.fault.isolation_ms", duration.Milliseconds()),
			observ.Bool("rocketmq.fault.reachable", reachable))
	}
}
