package routeinfo

import (
	"context"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol/route"
)

var (
	stepPickupTopicRouteData = observ.Define(observ.Op{
		ID: "namesrv.pickupTopicRouteData", Func: "namesrv/routeinfo.(*RouteInfoManager).PickupTopicRouteData",
		Java: "RouteInfoManager#pickupTopicRouteData", Claims: []string{"R1", "R2", "N8", "N9", "N10"},
	})
	stepRegisterBroker = observ.Define(observ.Op{
		ID: "namesrv.registerBroker", Func: "namesrv/routeinfo.(*RouteInfoManager).RegisterBroker",
		Java: "RouteInfoManager#registerBroker", Claims: []string{"R3", "N8", "N10", "N11", "N12"},
	})
	stepUnRegisterBroker = observ.Define(observ.Op{
		ID: "namesrv.unRegisterBroker", Func: "namesrv/routeinfo.(*RouteInfoManager).unRegisterBroker",
		Java: "RouteInfoManager#unRegisterBroker", Claims: []string{"N10"},
	})
	stepOnChannelDestroy = observ.Define(observ.Op{
		ID: "namesrv.onChannelDestroy", Func: "namesrv/routeinfo.(*RouteInfoManager).onBrokerLost",
		Java: "RouteInfoManager#onChannelDestroy", Claims: []string{"N3"},
	})
	stepScanNotActiveBroker = observ.Define(observ.Op{
		ID: "namesrv.scanNotActiveBroker", Func: "namesrv/routeinfo.(*RouteInfoManager).scanNotActiveBroker",
		Java: "RouteInfoManager#scanNotActiveBroker", Claims: []string{"N5"},
	})
)

// Steps are this package's entries in the step registry.
func Steps() []*observ.Op {
	return []*observ.Op{stepPickupTopicRouteData, stepRegisterBroker, stepUnRegisterBroker, stepOnChannelDestroy, stepScanNotActiveBroker}
}

func tracePickupTopicRouteData(ctx context.Context, topic string) (context.Context, observ.Step) {
	ctx, step := stepPickupTopicRouteData.Start(ctx)
	if step.On() {
		step.Set(observ.String("messaging.destination.name", topic))
	}
	return ctx, step
}

// tracePickedUp says what was found; nil is nothing.
func tracePickedUp(step observ.Step, data *route.TopicRouteData) {
	if !step.On() {
		return
	}
	step.Set(observ.Bool("rocketmq.route.found", data != nil))
	if data != nil {
		step.Set(observ.Int("rocketmq.route.brokers", len(data.BrokerDatas)), observ.Int("rocketmq.route.queues", queueCount(data)))
	}
}

func queueCount(data *route.TopicRouteData) int {
	n := 0
	for i := range data.QueueDatas {
		n += int(data.QueueDatas[i].WriteQueueNums)
	}
	return n
}

func traceRegisterBroker(ctx context.Context, r *Registration) (context.Context, observ.Step) {
	ctx, step := stepRegisterBroker.Start(ctx)
	if step.On() {
		step.Set(observ.String("rocketmq.cluster.name", r.ClusterName), observ.String("rocketmq.broker.name", r.BrokerName),
			observ.Int64("rocketmq.broker.id", r.BrokerID), observ.String("rocketmq.broker.address", r.BrokerAddr),
			observ.Int("rocketmq.register.topics", len(r.Topics)))
	}
	return ctx, step
}

// traceUnRegisterBroker starts a trace of its own, linked to the steps that asked for it.
func traceUnRegisterBroker(ctx context.Context, c *observ.Component, batch []unregistration) (context.Context, observ.Step) {
	causes := make([]observ.SpanContext, 0, len(batch))
	for i := range batch {
		causes = append(causes, batch[i].cause)
	}
	return c.StartCaused(ctx, stepUnRegisterBroker, causes, observ.Int("rocketmq.unregister.brokers", len(batch)))
}

func traceUnRegisterSuperseded(step observ.Step, u *unregistration) {
	if step.On() {
		step.Event("unregister.superseded", observ.String("rocketmq.broker.address", u.broker.addr))
	}
}

func traceOnChannelDestroy(ctx context.Context, c *observ.Component, lost *lostBroker) (context.Context, observ.Step) {
	ctx, step := c.Start(ctx, stepOnChannelDestroy)
	if step.On() {
		step.Set(observ.String("rocketmq.broker.name", lost.brokerName), observ.String("rocketmq.broker.address", lost.broker.addr))
	}
	return ctx, step
}

// traceScanNotActiveBroker shows a turn that removed something, and every turn at Deep.
func traceScanNotActiveBroker(ctx context.Context, c *observ.Component, removed int) (context.Context, observ.Step) {
	if removed == 0 && c.Detail() < observ.Deep {
		return ctx, observ.Step{}
	}
	return c.Start(ctx, stepScanNotActiveBroker, observ.NewRoot(), observ.With(observ.Int("rocketmq.scan.removed", removed)))
}

// traceLockAsked is when a lock was asked for; zero when nothing records.
func traceLockAsked(step observ.Step, c clock.Clock) time.Time {
	if !step.On() {
		return time.Time{}
	}
	return c.Now()
}

func traceReadLockAcquired(step observ.Step, c clock.Clock, asked time.Time) {
	if step.On() {
		step.Set(observ.Int64("rocketmq.lock.wait_us", c.Now().Sub(asked).Microseconds()))
	}
}

func traceWriteLockAcquired(step observ.Step, c clock.Clock, asked time.Time) {
	if step.On() {
		step.Event("rwlock.write.acquired", observ.Int64("rocketmq.lock.wait_us", c.Now().Sub(asked).Microseconds()))
	}
}
