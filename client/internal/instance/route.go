package instance

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client/internal/topicroute"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// RouteQuery says which route is wanted.
type RouteQuery struct {
	Topic string
	// Default, when set, asks for that topic's route in place of Topic's (TBW102), with at most QueueNums queues per broker.
	Default   string
	QueueNums int32
	// Have, which may be nil, says that the answer is there after all: asked just before a request is made.
	Have func() bool
}

// UpdateTopicRouteInfoFromNameServer asks a name server for a topic's route, and if it has changed, publishes it to the address
// table and to every role. Concurrent calls for one topic make one request. It fails with a *protocol.ResponseError whose code is
// protocol.TopicNotExist when no name server knows the topic, and with remoting's errors when none could be asked.
//
// Java: MQClientInstance#updateTopicRouteInfoFromNameServer(String, boolean, DefaultMQProducer) (5.5.0).
func (i *MQClientInstance) UpdateTopicRouteInfoFromNameServer(ctx context.Context, q RouteQuery) (changed bool, err error) {
	ctx, step := traceUpdateTopicRouteInfo(ctx, q)
	defer step.End(&err)
	changed, shared, err := i.flights.do(ctx, q.Topic+"\x00"+q.Default, q.Have, func() (bool, error) { return i.fetchRoute(ctx, q) })
	traceRouteOutcome(step, changed, shared)
	return changed, err
}

func (i *MQClientInstance) fetchRoute(ctx context.Context, q RouteQuery) (changed bool, err error) {
	asked := q.Topic
	if q.Default != "" {
		asked = q.Default
	}
	data, err := i.api.GetTopicRouteInfoFromNameServer(ctx, asked)
	if err != nil {
		return false, fmt.Errorf("route of topic %s: %w", asked, err)
	}
	if q.Default != "" {
		data = topicroute.LimitQueues(data, q.QueueNums)
	}
	if !i.routes.load().changed(q.Topic, data) && !i.isNeedUpdateTopicRouteInfo(q.Topic) {
		return false, nil
	}
	return true, i.publishRoute(ctx, q.Topic, data)
}

// publishRoute makes a new route known: addresses first, so that who sees a queue finds its broker.
func (i *MQClientInstance) publishRoute(ctx context.Context, topic string, data *route.TopicRouteData) error {
	info, err := topicroute.TopicRouteData2TopicPublishInfo(topic, data)
	if err != nil {
		return err
	}
	i.routes.put(topic, data)
	for _, p := range *i.producers.Load() {
		p.UpdateTopicPublishInfo(topic, info)
	}
	if consumers := *i.consumers.Load(); len(consumers) > 0 {
		queues := topicroute.TopicRouteData2TopicSubscribeInfo(topic, data)
		for _, c := range consumers {
			c.UpdateTopicSubscribeInfo(topic, queues)
		}
	}
	observ.Logger(ctx, i.log).Info("topic route changed", zap.String("topic", topic), zap.Int("queues", len(info.MessageQueueList)))
	return nil
}

// isNeedUpdateTopicRouteInfo says that some role wants the topic and has not got it.
//
// Java: MQClientInstance#isNeedUpdateTopicRouteInfo (5.5.0).
func (i *MQClientInstance) isNeedUpdateTopicRouteInfo(topic string) bool {
	for _, p := range *i.producers.Load() {
		if p.IsPublishTopicNeedUpdate(topic) {
			return true
		}
	}
	for _, c := range *i.consumers.Load() {
		if c.IsSubscribeTopicNeedUpdate(topic) {
			return true
		}
	}
	return false
}

// pollNameServer refreshes the routes of all topics that any role wants.
//
// Java: MQClientInstance#updateTopicRouteInfoFromNameServer() (5.5.0).
func (i *MQClientInstance) pollNameServer(ctx context.Context) {
	topics := i.wantedTopics()
	if len(topics) == 0 {
		return
	}
	ctx, step := tracePollNameServer(ctx, i, len(topics))
	defer step.End(nil)
	for _, topic := range topics {
		if ctx.Err() != nil {
			return
		}
		_, err := i.UpdateTopicRouteInfoFromNameServer(ctx, RouteQuery{Topic: topic})
		if err != nil && ctx.Err() == nil && !message.IsRetryTopic(topic) {
			observ.Logger(ctx, i.log).Warn("updateTopicRouteInfoFromNameServer", zap.String("topic", topic), zap.Error(err))
		}
	}
}

func (i *MQClientInstance) wantedTopics() []string {
	set := map[string]struct{}{}
	for _, c := range *i.consumers.Load() {
		for _, t := range c.SubscriptionTopics() {
			set[t] = struct{}{}
		}
	}
	for _, p := range *i.producers.Load() {
		for _, t := range p.PublishTopicList() {
			set[t] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// TopicRouteData is the route last published for the topic, or nil; immutable.
func (i *MQClientInstance) TopicRouteData(topic string) *route.TopicRouteData {
	return i.routes.load().topics[topic]
}
