package instance

import (
	"context"
	"fmt"
	"maps"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/topicroute"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// Producer is a producer as its instance sees it. Its methods may be called at any time, concurrently.
//
// Java: client.impl.producer.MQProducerInner (5.5.0).
type Producer interface {
	// PublishTopicList are the topics whose routes are to be kept fresh.
	PublishTopicList() []string
	// IsPublishTopicNeedUpdate says that the topic is wanted and not known well enough.
	IsPublishTopicNeedUpdate(topic string) bool
	// UpdateTopicPublishInfo hands over the topic's queues; info is immutable.
	UpdateTopicPublishInfo(topic string, info *topicroute.TopicPublishInfo)
}

// Consumer is a consumer as its instance sees it. Its methods may be called at any time, concurrently. It may also implement the
// interfaces of package callback.
//
// Java: client.impl.consumer.MQConsumerInner (5.5.0).
type Consumer interface {
	// HeartbeatData describes the group and its subscriptions to brokers.
	HeartbeatData() heartbeat.ConsumerData
	// SubscriptionTopics are the topics whose routes are to be kept fresh.
	SubscriptionTopics() []string
	// IsSubscribeTopicNeedUpdate says that the topic is wanted and not known well enough.
	IsSubscribeTopicNeedUpdate(topic string) bool
	// UpdateTopicSubscribeInfo hands over the topic's readable queues; the slice is the callee's to read, not to change.
	UpdateTopicSubscribeInfo(topic string, queues []message.MessageQueue)
	// PersistConsumerOffset saves how far the group has come.
	PersistConsumerOffset(ctx context.Context) error
	// TryRebalance divides the queues anew; false asks for another attempt soon.
	TryRebalance(ctx context.Context) bool
}

// RegisterProducer adds a producer under its group. A second one of the same group fails with client.ErrGroupExists.
//
// Java: MQClientInstance#registerProducer (5.5.0).
func (i *MQClientInstance) RegisterProducer(group string, p Producer) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if _, taken := (*i.producers.Load())[group]; taken {
		return fmt.Errorf("producer group %q, client %s: %w", group, i.clientID, client.ErrGroupExists)
	}
	next := maps.Clone(*i.producers.Load())
	next[group] = p
	i.producers.Store(&next)
	return nil
}

// RegisterConsumer adds a consumer under its group, and starts the consumers' loops with the first. A second one of the same group
// fails with client.ErrGroupExists.
//
// Java: MQClientInstance#registerConsumer (5.5.0).
func (i *MQClientInstance) RegisterConsumer(group string, c Consumer) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if _, taken := (*i.consumers.Load())[group]; taken {
		return fmt.Errorf("consumer group %q, client %s: %w", group, i.clientID, client.ErrGroupExists)
	}
	next := maps.Clone(*i.consumers.Load())
	next[group] = c
	i.consumers.Store(&next)
	if i.state == running {
		i.serveConsumersLocked()
	}
	return nil
}

// UnregisterProducer removes the group and tells every known broker (request 35).
//
// Java: MQClientInstance#unregisterProducer (5.5.0).
func (i *MQClientInstance) UnregisterProducer(ctx context.Context, group string) {
	i.mu.Lock()
	next := maps.Clone(*i.producers.Load())
	delete(next, group)
	i.producers.Store(&next)
	i.mu.Unlock()
	i.unregisterClient(ctx, group, "")
}

// UnregisterConsumer removes the group and tells every known broker (request 35).
//
// Java: MQClientInstance#unregisterConsumer (5.5.0).
func (i *MQClientInstance) UnregisterConsumer(ctx context.Context, group string) {
	i.mu.Lock()
	next := maps.Clone(*i.consumers.Load())
	delete(next, group)
	i.consumers.Store(&next)
	i.mu.Unlock()
	i.unregisterClient(ctx, "", group)
}

// SelectConsumer is the consumer of a group, or nil.
//
// Java: MQClientInstance#selectConsumer (5.5.0).
func (i *MQClientInstance) SelectConsumer(group string) Consumer {
	return (*i.consumers.Load())[group]
}

// ConsumerOf is SelectConsumer for package callback.
func (i *MQClientInstance) ConsumerOf(group string) any { return i.SelectConsumer(group) }

func (i *MQClientInstance) unregisterClient(ctx context.Context, producerGroup, consumerGroup string) {
	ctx, step := stepUnregisterClient.Start(ctx)
	defer step.End(nil)
	for _, addr := range i.brokerAddrs(false) {
		if err := i.api.UnregisterClient(ctx, addr, i.clientID, producerGroup, consumerGroup); err != nil {
			observ.Logger(ctx, i.log).Warn("unregisterClient", zap.String("broker", addr), zap.Error(err))
		}
	}
}
