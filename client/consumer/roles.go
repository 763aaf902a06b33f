package consumer

import (
	"context"

	"github.com/plumemq/plume/client/internal/callback"
	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// member is the consumer as its client instance sees it, so that users do not: what the instance asks of a consumer is here, what
// brokers and tools ask through it in answers.go.
type member struct{ c *Consumer }

var (
	_ instance.Consumer            = member{}
	_ callback.OffsetResetter      = member{}
	_ callback.StatusReporter      = member{}
	_ callback.RunningInfoReporter = member{}
	_ callback.DirectConsumer      = member{}
)

// HeartbeatData describes the group to brokers.
func (m member) HeartbeatData() heartbeat.ConsumerData {
	model := heartbeat.Clustering
	if m.c.cfg.Broadcasting {
		model = heartbeat.Broadcasting
	}
	return heartbeat.ConsumerData{
		GroupName:           m.c.group,
		ConsumeType:         heartbeat.ConsumePassively,
		MessageModel:        model,
		ConsumeFromWhere:    heartbeat.ConsumeFromWhere(m.c.cfg.ConsumeFromWhere),
		SubscriptionDataSet: m.c.subscriptions.all(),
		UnitMode:            m.c.cfg.UnitMode,
	}
}

// SubscriptionTopics are the topics whose routes are kept fresh.
func (m member) SubscriptionTopics() []string { return m.c.subscriptions.topics() }

// IsSubscribeTopicNeedUpdate says that a topic's queues are wanted and not known.
func (m member) IsSubscribeTopicNeedUpdate(topic string) bool {
	if _, wanted := m.c.subscriptions.get(topic); !wanted {
		return false
	}
	_, known := m.c.subscriptions.queuesOf(topic)
	return !known
}

// UpdateTopicSubscribeInfo takes a topic's queues from a new route.
func (m member) UpdateTopicSubscribeInfo(topic string, queues []message.MessageQueue) {
	if m.c.subscriptions.setQueues(topic, queues) {
		m.c.rebalanceSoon()
	}
}

// PersistConsumerOffset stores the offsets that changed.
func (m member) PersistConsumerOffset(ctx context.Context) error {
	m.c.offsets.persistAll(ctx, false)
	return nil
}

// TryRebalance divides the queues anew.
func (m member) TryRebalance(ctx context.Context) bool { return m.c.rebalance(ctx) }
