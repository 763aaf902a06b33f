package instance

import (
	"context"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

var (
	stepStart = observ.Define(observ.Op{
		ID: "instance.start", Name: "instance.start", Func: "client/internal/instance.(*MQClientInstance).Start",
		Java: "MQClientInstance#start", Claims: []string{"P8", "T19", "T21", "T22"},
	})
	stepUpdateTopicRouteInfo = observ.Define(observ.Op{
		ID:   "instance.updateTopicRouteInfoFromNameServer",
		Func: "client/internal/instance.(*MQClientInstance).UpdateTopicRouteInfoFromNameServer",
		Java: "MQClientInstance#updateTopicRouteInfoFromNameServer", Claims: []string{"P4", "P10"},
	})
	stepPollNameServer = observ.Define(observ.Op{
		ID: "instance.pollNameServer", Func: "client/internal/instance.(*MQClientInstance).pollNameServer",
		Java: "MQClientInstance#updateTopicRouteInfoFromNameServer", Claims: []string{"T19"},
	})
	stepFindBrokerAddress = observ.Define(observ.Op{
		ID:   "instance.findBrokerAddressInPublish",
		Func: "client/internal/instance.(*MQClientInstance).FindBrokerAddressInPublish",
		Java: "MQClientInstance#findBrokerAddressInPublish", Claims: []string{"P6", "S5"},
	})
	stepHeartbeat = observ.Define(observ.Op{
		ID:   "instance.sendHeartbeatToAllBroker",
		Func: "client/internal/instance.(*MQClientInstance).sendHeartbeatToAllBroker",
		Java: "MQClientInstance#sendHeartbeatToAllBroker", Claims: []string{"T10", "T17"},
	})
	stepUnregisterClient = observ.Define(observ.Op{
		ID: "instance.unregisterClient", Func: "client/internal/instance.(*MQClientInstance).unregisterClient",
		Java: "MQClientInstance#unregisterClient",
	})
)

// Steps are the steps of this package.
func Steps() []*observ.Op {
	return []*observ.Op{
		stepStart, stepUpdateTopicRouteInfo, stepPollNameServer, stepFindBrokerAddress, stepHeartbeat, stepUnregisterClient,
	}
}

func traceStart(ctx context.Context, i *MQClientInstance) (context.Context, observ.Step) {
	ctx, step := stepStart.Start(ctx)
	if step.On() {
		step.Set(observ.String("messaging.client.id", i.clientID), observ.Strings("rocketmq.namesrv.addresses", i.cfg.NameServers))
	}
	return ctx, step
}

func traceUpdateTopicRouteInfo(ctx context.Context, q RouteQuery) (context.Context, observ.Step) {
	ctx, step := stepUpdateTopicRouteInfo.Start(ctx)
	if step.On() {
		step.Set(
			observ.String("messaging.destination.name", q.Topic),
			observ.Bool("rocketmq.route.default_topic", q.Default != ""),
		)
	}
	return ctx, step
}

func traceRouteOutcome(step observ.Step, changed, shared bool) {
	if step.On() {
		step.Set(observ.Bool("rocketmq.route.changed", changed), observ.Bool("rocketmq.route.shared_flight", shared))
	}
}

func tracePollNameServer(ctx context.Context, i *MQClientInstance, topics int) (context.Context, observ.Step) {
	return i.component.Start(ctx, stepPollNameServer, observ.NewRoot(), observ.With(
		observ.String("messaging.client.id", i.clientID), observ.Int("rocketmq.route.topics", topics)))
}

func traceFindBrokerAddress(ctx context.Context, broker string) (context.Context, observ.Step) {
	ctx, step := stepFindBrokerAddress.Start(ctx)
	if step.On() {
		step.Set(observ.String("rocketmq.broker.name", broker))
	}
	return ctx, step
}

func traceBrokerAddress(step observ.Step, addr string) {
	if step.On() {
		step.SetPrepared(observ.PreparedServer(addr))
		step.Set(observ.Bool("rocketmq.broker.found", addr != ""))
	}
	step.End(nil)
}

func traceHeartbeat(ctx context.Context, i *MQClientInstance, data *heartbeat.HeartbeatData, brokers int) (context.Context, observ.Step) {
	attrs := observ.With(
		observ.String("messaging.client.id", i.clientID),
		observ.Int("rocketmq.heartbeat.brokers", brokers),
		observ.Int("rocketmq.heartbeat.producer_groups", len(data.ProducerDataSet)),
		observ.Int("rocketmq.heartbeat.consumer_groups", len(data.ConsumerDataSet)))
	if observ.Records(ctx) { // at a role's start, as part of it
		return stepHeartbeat.StartLinked(ctx, attrs)
	}
	return i.component.Start(ctx, stepHeartbeat, attrs)
}

func traceHeartbeatFailed(step observ.Step, failed int) {
	if step.On() && failed > 0 {
		step.Set(observ.Int("rocketmq.heartbeat.failed", failed))
	}
}
