package schedule

import (
	"context"
	"time"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

var (
	stepTransform = observ.Define(observ.Op{
		ID:   "schedule.transformDelayLevelMessage",
		Func: "broker/schedule.Levels.transformDelayLevelMessage",
		Java: "HookUtils#transformDelayLevelMessage", Claims: []string{"P2"},
	})
	stepDeliver = observ.Define(observ.Op{
		ID:   "schedule.deliver",
		Func: "broker/schedule.(*ScheduleMessageService).deliver",
		Java: "ScheduleMessageService.DeliverDelayedMessageTimerTask#executeOnTimeUp", Claims: []string{"P2"},
	})
)

// Steps are the steps of this package.
func Steps() []*observ.Op { return []*observ.Op{stepTransform, stepDeliver} }

func traceTransform(ctx context.Context, level int) (context.Context, observ.Step) {
	ctx, step := stepTransform.Start(ctx)
	if step.On() {
		step.Set(observ.Int("messaging.rocketmq.message.delay_time_level", level),
			observ.String("rocketmq.schedule.topic", message.TopicSchedule))
	}
	return ctx, step
}

// traceDeliver starts a trace of its own, linked to the send that caused it.
func (s *ScheduleMessageService) traceDeliver(ctx context.Context, msg *store.MessageExtBrokerInner, due time.Time) (context.Context, observ.Step) {
	if s.cfg.Component.Detail() == observ.Off {
		return ctx, observ.Step{}
	}
	_, creation := observ.Extract(context.Background(), &msg.Properties)
	ctx, step := s.cfg.Component.Start(ctx, stepDeliver, observ.Named("deliver "+msg.Topic), observ.NewRoot(), observ.LinkedTo(creation))
	if step.On() {
		step.Set(observ.String("messaging.destination.name", msg.Topic),
			observ.String("messaging.message.id", msg.Properties.Get(message.PropertyUniqClientMessageIDKeyIdx)),
			observ.Int64("rocketmq.delay.expected_ms", due.UnixMilli()-msg.BornTimestamp),
			observ.Int64("rocketmq.delay.lag_ms", s.cfg.Clock.Now().UnixMilli()-due.UnixMilli()))
	}
	return ctx, step
}
