package outer

import (
	"context"

	"github.com/plumemq/plume/internal/observ"
)

var (
	stepRegisterBrokerAll = observ.Define(observ.Op{
		ID:   "outer.registerBrokerAll",
		Func: "broker/outer.(*BrokerOuterAPI).RegisterBrokerAll",
		Java: "BrokerOuterAPI#registerBrokerAll", Claims: []string{"R3", "N11", "N12"},
	})
	stepRegisterBroker = observ.Define(observ.Op{
		ID:   "outer.registerBroker",
		Func: "broker/outer.(*BrokerOuterAPI).registerBroker",
		Java: "BrokerOuterAPI#registerBroker", Claims: []string{"R3", "N11"},
	})
	stepUnregisterBrokerAll = observ.Define(observ.Op{
		ID:   "outer.unregisterBrokerAll",
		Func: "broker/outer.(*BrokerOuterAPI).UnregisterBrokerAll",
		Java: "BrokerOuterAPI#unregisterBrokerAll",
	})
)

// Steps are the steps of this package.
func Steps() []*observ.Op {
	return []*observ.Op{stepRegisterBrokerAll, stepRegisterBroker, stepUnregisterBrokerAll}
}

func (a *BrokerOuterAPI) traceRegisterBrokerAll(ctx context.Context, id Identity, topics int) (context.Context, observ.Step) {
	ctx, step := a.cfg.Component.Start(ctx, stepRegisterBrokerAll)
	if step.On() {
		step.Set(observ.String("rocketmq.cluster.name", id.ClusterName), observ.String("rocketmq.broker.name", id.BrokerName),
			observ.String("rocketmq.broker.address", id.Addr), observ.Int("rocketmq.topics", topics),
			observ.Strings("rocketmq.namesrv.addresses", a.cfg.NameServers))
	}
	return ctx, step
}

func traceRegisterBroker(ctx context.Context, addr string) (context.Context, observ.Step) {
	ctx, step := stepRegisterBroker.Start(ctx)
	if step.On() {
		step.Set(observ.ServerAttrs(addr)...)
	}
	return ctx, step
}

func (a *BrokerOuterAPI) traceUnregisterBrokerAll(ctx context.Context, id Identity) (context.Context, observ.Step) {
	ctx, step := a.cfg.Component.Start(ctx, stepUnregisterBrokerAll)
	if step.On() {
		step.Set(observ.String("rocketmq.broker.name", id.BrokerName), observ.String("rocketmq.broker.address", id.Addr))
	}
	return ctx, step
}
