package instance

import (
	"context"
	"time"

	"github.com/plumemq/plume/internal/observ"
	"go.uber.org/zap"
)

// startScheduledTaskLocked starts the loops that every role needs.
//
// Java: MQClientInstance#startScheduledTask (5.5.0).
func (i *MQClientInstance) startScheduledTaskLocked() {
	i.everyLocked(i.cfg.FirstPollDelay, i.cfg.PollNameServerInterval, i.pollNameServer)
	i.everyLocked(i.cfg.FirstHeartbeatDelay, i.cfg.HeartbeatBrokerInterval, func(ctx context.Context) {
		i.cleanOfflineBroker()
		i.SendHeartbeatToAllBroker(ctx)
	})
}

// serveConsumersLocked starts the loops that only consumers need.
func (i *MQClientInstance) serveConsumersLocked() {
	if i.serving {
		return
	}
	i.serving = true
	i.everyLocked(i.cfg.FirstPersistDelay, i.cfg.PersistConsumerOffsetInterval, i.persistAllConsumerOffset)
	i.goLocked(i.rebalanceService)
}

// everyLocked runs task after first and then every period, never two at a time, until the instance stops.
func (i *MQClientInstance) everyLocked(first, period time.Duration, task func(ctx context.Context)) {
	i.goLocked(func(ctx context.Context) {
		timer := i.clock.NewTimer(first)
		defer timer.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-timer.C():
			}
			task(ctx)
			timer.Reset(period)
		}
	})
}

func (i *MQClientInstance) goLocked(loop func(ctx context.Context)) {
	ctx := i.ctx
	i.loops.Go(func() { loop(ctx) })
}

// persistAllConsumerOffset has every consumer save how far it has come.
//
// Java: MQClientInstance#persistAllConsumerOffset (5.5.0).
func (i *MQClientInstance) persistAllConsumerOffset(ctx context.Context) {
	for group, c := range *i.consumers.Load() {
		if err := c.PersistConsumerOffset(ctx); err != nil && ctx.Err() == nil {
			observ.Logger(ctx, i.log).Warn("persistAllConsumerOffset", zap.String("group", group), zap.Error(err))
		}
	}
}
