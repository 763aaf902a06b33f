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
	i.everyLocked(schedule{first: i.cfg.FirstPollDelay, period: i.cfg.PollNameServerInterval, task: i.pollNameServer})
	i.everyLocked(schedule{
		first: i.cfg.FirstHeartbeatDelay, period: i.cfg.HeartbeatBrokerInterval,
		task: func(ctx context.Context) {
			i.cleanOfflineBroker()
			i.SendHeartbeatToAllBroker(ctx)
		},
		event: i.connections.made, onEvent: i.sendHeartbeatToConnected,
	})
}

// serveConsumersLocked starts the loops that only consumers need.
func (i *MQClientInstance) serveConsumersLocked() {
	if i.serving {
		return
	}
	i.serving = true
	i.everyLocked(schedule{
		first: i.cfg.FirstPersistDelay, period: i.cfg.PersistConsumerOffsetInterval, task: i.persistAllConsumerOffset,
	})
	i.goLocked(i.rebalanceService)
}

// schedule is work for a loop: task after first and then every period, and onEvent, if there is one, after each event.
type schedule struct {
	first, period time.Duration
	task          func(ctx context.Context)
	event         <-chan struct{}
	onEvent       func(ctx context.Context)
}

// everyLocked works by a schedule, on one thing at a time, until the instance stops.
func (i *MQClientInstance) everyLocked(s schedule) {
	i.goLocked(func(ctx context.Context) {
		timer := i.clock.NewTimer(s.first)
		defer timer.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.event:
				s.onEvent(ctx)
				continue
			case <-timer.C():
			}
			s.task(ctx)
			timer.Reset(s.period)
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
