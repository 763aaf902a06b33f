package producer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/client/internal/topicroute"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
)

// tryToFindTopicPublishInfo is the topic's queues: from the table; else from a name server; else, when no name server knows the
// topic, those of the topic from which brokers create unknown ones (TBW102): the producer decides that, not the name server, and the
// topic comes into being when a broker stores its first message. No queue at all is client.ErrNoRoute. asked says that the table did not do.
//
// Java: DefaultMQProducerImpl#tryToFindTopicPublishInfo (5.5.0).
func (p *Producer) tryToFindTopicPublishInfo(ctx context.Context, topic string) (info *topicroute.TopicPublishInfo, asked bool, err error) {
	ctx, step := traceTryToFindTopicPublishInfo(ctx, topic)
	defer step.End(&err)
	if info = p.topicPublishInfoTable.get(topic); info.OK() {
		traceRouteCacheHit(step, info)
		p.metrics.routeCache(true)
		return info, false, nil
	}
	traceRouteCacheMiss(step)
	p.metrics.routeCache(false)
	ctx = api.WithDeadline(ctx, p.clock.Now().Add(p.cfg.SendMsgTimeout))
	err = p.updateTopicRouteInfo(ctx, topic, "")
	if errors.Is(err, protocol.TopicNotExist) && p.topicPublishInfoTable.get(topic) == nil {
		err = p.updateTopicRouteInfo(ctx, topic, p.cfg.CreateTopicKey)
	}
	if info = p.topicPublishInfoTable.get(topic); info.OK() {
		traceRouteQueues(step, info)
		return info, true, nil
	}
	return nil, true, p.noRoute(topic, err)
}

// updateTopicRouteInfo asks for the topic's own route or, for defaultTopic, for the one to create it from.
func (p *Producer) updateTopicRouteInfo(ctx context.Context, topic, defaultTopic string) error {
	_, err := p.instance().UpdateTopicRouteInfoFromNameServer(ctx, instance.RouteQuery{
		Topic: topic, Default: defaultTopic, QueueNums: p.cfg.DefaultTopicQueueNums,
		Have: func() bool { return p.topicPublishInfoTable.get(topic).OK() },
	})
	return err
}

// noRoute says why there is no queue: the topic is unknown, it has no queue that takes messages, or no name server could be asked.
func (p *Producer) noRoute(topic string, err error) error {
	switch {
	case errors.Is(err, protocol.TopicNotExist):
		return fmt.Errorf("%w: %w: %w", client.ErrNoRoute, client.ErrTopicNotExist, err)
	case err != nil:
		return fmt.Errorf("%w: name servers %v: %w", client.ErrNoRoute, p.cfg.NameServers, err)
	default:
		return fmt.Errorf("%w: no queue of topic %s takes messages", client.ErrNoRoute, topic)
	}
}

// initTopicRoute fetches the routes of the topics named by WithTopics. One that is not there yet will be asked for again.
//
// Java: DefaultMQProducerImpl#initTopicRoute (5.5.0).
func (p *Producer) initTopicRoute(ctx context.Context) {
	for _, topic := range p.cfg.Topics {
		if _, _, err := p.tryToFindTopicPublishInfo(ctx, p.cfg.WithNamespace(topic)); err != nil {
			observ.Logger(ctx, p.log).Warn("initTopicRoute", zap.String("topic", topic), zap.Error(err))
		}
	}
}

// PublishTopicList implements the instance's view of a producer.
//
// Java: DefaultMQProducerImpl#getPublishTopicList (5.5.0).
func (p *Producer) PublishTopicList() []string {
	return slices.Collect(maps.Keys(*p.topicPublishInfoTable.now.Load()))
}

// IsPublishTopicNeedUpdate implements the instance's view of a producer.
//
// Java: DefaultMQProducerImpl#isPublishTopicNeedUpdate (5.5.0).
func (p *Producer) IsPublishTopicNeedUpdate(topic string) bool {
	return !p.topicPublishInfoTable.get(topic).OK()
}

// UpdateTopicPublishInfo implements the instance's view of a producer.
//
// Java: DefaultMQProducerImpl#updateTopicPublishInfo (5.5.0).
func (p *Producer) UpdateTopicPublishInfo(topic string, info *topicroute.TopicPublishInfo) {
	p.topicPublishInfoTable.put(topic, info)
}

// publishTable is what the producer knows of topics: an immutable map that sends read without a lock.
type publishTable struct {
	mu  sync.Mutex // serialises writers
	now atomic.Pointer[map[string]*topicroute.TopicPublishInfo]
}

func (t *publishTable) init() { t.now.Store(&map[string]*topicroute.TopicPublishInfo{}) }

// get is the topic's info; nil when unknown.
func (t *publishTable) get(topic string) *topicroute.TopicPublishInfo { return (*t.now.Load())[topic] }

func (t *publishTable) put(topic string, info *topicroute.TopicPublishInfo) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := maps.Clone(*t.now.Load())
	next[topic] = info
	t.now.Store(&next)
}
