package routeinfo

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
)

// lostBroker is a broker given up on, as it was at that moment.
type lostBroker struct {
	unregistration
	timeout time.Duration
	channel Channel
}

// lostBrokers are the living brokers that a condition picks.
func (m *RouteInfoManager) lostBrokers(lost func(*brokerLiveInfo) bool) []lostBroker {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []lostBroker
	for broker, live := range m.brokerLiveTable {
		if !lost(live) {
			continue
		}
		out = append(out, lostBroker{
			unregistration: unregistration{
				broker: broker, brokerName: live.brokerName, brokerID: live.brokerID, generation: live.generation,
			},
			timeout: live.timeout, channel: live.channel,
		})
	}
	return out
}

// OnChannelDestroy unregisters every broker whose last registration came over ch; most channels are clients' and have none. A
// broker that has registered over a newer connection since is left alone.
//
// Java: namesrv.routeinfo.RouteInfoManager#onChannelDestroy (5.5.0), which stops at the first broker.
func (m *RouteInfoManager) OnChannelDestroy(ctx context.Context, ch Channel) {
	for _, lost := range m.lostBrokers(func(live *brokerLiveInfo) bool { return live.channel == ch }) {
		m.onBrokerLost(ctx, lost)
	}
}

// onBrokerLost queues the removal of one broker.
func (m *RouteInfoManager) onBrokerLost(ctx context.Context, lost lostBroker) {
	ctx, step := traceOnChannelDestroy(ctx, m.component, &lost)
	var err error
	defer step.End(&err)
	lost.cause = observ.SpanContextOf(ctx)
	if err = m.submit(lost.unregistration); err != nil {
		observ.Logger(ctx, m.log).Error("lost broker stays registered", zap.String("broker", lost.brokerName), zap.String("addr", lost.broker.addr), zap.Error(err))
	}
}
