package routeinfo

import (
	"context"
	"time"

	"github.com/plumemq/plume/internal/observ"
	"go.uber.org/zap"
)

// ScanNotActiveBrokers unregisters the brokers that have been silent for longer than their timeout, and closes their
// connections, every interval until ctx is done. Run it once.
func (m *RouteInfoManager) ScanNotActiveBrokers(ctx context.Context, interval time.Duration) {
	ticker := m.clock.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C():
			m.scanNotActiveBroker(context.WithoutCancel(ctx))
		case <-ctx.Done():
			return
		}
	}
}

// scanNotActiveBroker is one turn. It returns how many brokers it found expired.
//
// Java: namesrv.routeinfo.RouteInfoManager#scanNotActiveBroker (5.5.0).
func (m *RouteInfoManager) scanNotActiveBroker(ctx context.Context) int {
	expired := m.expiredBrokers()
	ctx, step := traceScanNotActiveBroker(ctx, m.component, len(expired))
	defer step.End(nil)
	for _, lost := range expired {
		observ.Logger(ctx, m.log).Warn("broker expired", zap.String("cluster", lost.broker.cluster), zap.String("broker", lost.brokerName),
			zap.String("addr", lost.broker.addr), zap.Duration("timeout", lost.timeout))
		m.onBrokerLost(ctx, lost)
		if lost.channel != nil {
			lost.channel.Close()
		}
	}
	return len(expired)
}

func (m *RouteInfoManager) expiredBrokers() []lostBroker {
	now := m.clock.Now()
	return m.lostBrokers(func(live *brokerLiveInfo) bool { return live.expired(now) })
}
