package consumer

import (
	"context"

	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

var _ instance.Consumer = (*Consumer)(nil)

// HeartbeatData describes the group to brokers; the client instance calls it.
func (c *Consumer) HeartbeatData() heartbeat.ConsumerData {
	model := heartbeat.Clustering
	if c.cfg.Broadcasting {
		model = heartbeat.Broadcasting
	}
	return heartbeat.ConsumerData{
		GroupName:           c.group,
		ConsumeType:         heartbeat.ConsumePassively,
		MessageModel:        model,
		ConsumeFromWhere:    heartbeat.ConsumeFromWhere(c.cfg.ConsumeFromWhere),
		SubscriptionDataSet: c.subscriptions.all(),
		UnitMode:            c.cfg.UnitMode,
	}
}

// SubscriptionTopics are the topics whose routes are kept fresh; the client instance calls it.
func (c *Consumer) SubscriptionTopics() []string { return c.subscriptions.topics() }

// IsSubscribeTopicNeedUpdate says that a topic's queues are wanted and not known; the client instance calls it.
func (c *Consumer) IsSubscribeTopicNeedUpdate(topic string) bool {
	if _, wanted := c.subscriptions.get(topic); !wanted {
		return false
	}
	_, known := c.subscriptions.queuesOf(topic)
	return !known
}

// UpdateTopicSubscribeInfo takes a topic's queues from a new route; the client instance calls it.
func (c *Consumer) UpdateTopicSubscribeInfo(topic string, queues []message.MessageQueue) {
	if c.subscriptions.setQueues(topic, queues) {
		c.instance.RebalanceImmediately()
	}
}

// PersistConsumerOffset stores the offsets that changed; the client instance calls it every few seconds.
func (c *Consumer) PersistConsumerOffset(ctx context.Context) error {
	c.offsets.persistAll(ctx)
	return nil
}

func (c *Consumer) newOffsetStore(inst *instance.MQClientInstance) offsetStore {
	if c.cfg.Broadcasting {
		return newLocalOffsets(disk.System, c.offsetStoreDir(), inst.ClientID(), c.group, c.log)
	}
	return &remoteOffsets{instance: inst, component: c.component, group: c.group, log: c.log}
}

// innerOptions give the inner producer the consumer's own client configuration.
func innerOptions(cfg config.Client) []producer.Option {
	return []producer.Option{clientConfig{cfg}}
}

type clientConfig struct{ config.Client }

// ApplyProducer copies the consumer's client configuration.
func (o clientConfig) ApplyProducer(p *config.Producer) { p.Client = o.Client }

func (c *Consumer) offsetStoreDir() string {
	if c.cfg.OffsetStoreDir != "" {
		return c.cfg.OffsetStoreDir
	}
	return defaultOffsetStoreDir()
}
