package broker

import (
	"context"

	"github.com/plumemq/plume/internal/observ"
)

var (
	stepStart = observ.Define(observ.Op{
		ID: "broker.start", Func: "broker.(*Broker).Start", Java: "BrokerController#start", Claims: []string{"N11"},
	})
	stepShutdown = observ.Define(observ.Op{
		ID: "broker.shutdown", Func: "broker.(*Broker).Shutdown", Java: "BrokerController#shutdown",
	})
	stepScanNotActiveChannel = observ.Define(observ.Op{
		ID: "broker.scanNotActiveChannel", Func: "broker.(*Broker).scanNotActiveChannel",
		Java: "ClientHousekeepingService#scanExceptionChannel", Claims: []string{"T10"}, Detail: observ.Deep,
	})
	stepNotifyConsumerIDsChanged = observ.Define(observ.Op{
		ID: "broker.notifyConsumerIdsChanged", Func: "broker.(*Broker).notifyConsumerIDsChanged",
		Java: "Broker2Client#notifyConsumerIdsChanged", Claims: []string{"T17"},
	})
)

// Steps are the steps of this package.
func Steps() []*observ.Op {
	return []*observ.Op{stepStart, stepShutdown, stepScanNotActiveChannel, stepNotifyConsumerIDsChanged}
}

func (b *Broker) traceStart(ctx context.Context) (context.Context, observ.Step) {
	ctx, step := b.deps.Component.Start(ctx, stepStart)
	if step.On() {
		step.Set(observ.String("rocketmq.broker.name", b.cfg.BrokerName), observ.String("rocketmq.cluster.name", b.cfg.BrokerClusterName))
	}
	return ctx, step
}

func (b *Broker) traceShutdown(ctx context.Context) (context.Context, observ.Step) {
	ctx, step := b.deps.Component.Start(ctx, stepShutdown)
	if step.On() {
		step.Set(observ.String("rocketmq.broker.name", b.cfg.BrokerName))
	}
	return ctx, step
}

func (b *Broker) traceScanNotActiveChannel(ctx context.Context) (context.Context, observ.Step) {
	return b.deps.Component.Start(ctx, stepScanNotActiveChannel)
}

func traceNotifyConsumerIDsChanged(ctx context.Context, group string, clients int) (context.Context, observ.Step) {
	ctx, step := stepNotifyConsumerIDsChanged.Start(ctx)
	if step.On() {
		step.Set(observ.String("messaging.consumer.group.name", group), observ.Int("rocketmq.clients", clients))
	}
	return ctx, step
}
