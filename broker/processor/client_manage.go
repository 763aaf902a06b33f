package processor

import (
	"context"
	"sync"

	"github.com/plumemq/plume/broker/filter"
	"github.com/plumemq/plume/broker/session"
	"github.com/plumemq/plume/broker/topic"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// ClientTopics are the topics as heartbeats see them. *topic.TopicConfigManager is one.
type ClientTopics interface {
	IsOrderTopic(topic string) bool
	CreateTopicInSendMessageBackMethod(ctx context.Context, topic string, queues, perm int32, order bool, sysFlag int32) (*body.TopicConfig, error)
}

// Producers are the producers online. *session.ProducerManager has them.
type Producers interface {
	RegisterProducer(group string, client session.Client)
	UnregisterProducer(group string, ch session.Channel)
	ChannelClosed(ch session.Channel)
}

// Consumers are the consumers online. *session.ConsumerManager has them.
type Consumers interface {
	RegisterConsumer(ctx context.Context, client session.Client, data *heartbeat.ConsumerData, how session.Registration) bool
	UnregisterConsumer(ctx context.Context, group string, ch session.Channel, notify bool)
	ChannelClosed(ctx context.Context, ch session.Channel)
	Group(name string) (session.Group, bool)
}

// The ext fields of a heartbeat's answer. Java: common.MixAll.
const (
	isSupportHeartBeatV2 = "IS_SUPPORT_HEART_BEAT_V2"
	isSubChange          = "IS_SUB_CHANGE"
)

// ClientManageProcessor takes heartbeats (34), goodbyes (35) and questions whether a subscription would do (46).
//
// Java: broker.processor.ClientManageProcessor (5.5.0).
type ClientManageProcessor struct {
	topics    ClientTopics
	groups    Groups
	producers Producers
	consumers Consumers
	// RejectPullConsumers leaves classic pull consumers out.
	rejectPullConsumers bool

	fingerprints sync.Map // consumer group -> the fingerprint of its last heartbeat, int32
}

// NewClientManageProcessor makes one.
func NewClientManageProcessor(topics ClientTopics, groups Groups, producers Producers, consumers Consumers, rejectPullConsumers bool) *ClientManageProcessor {
	return &ClientManageProcessor{topics: topics, groups: groups, producers: producers, consumers: consumers, rejectPullConsumers: rejectPullConsumers}
}

// ProcessRequest implements remoting.Processor.
func (p *ClientManageProcessor) ProcessRequest(ctx context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	switch protocol.RequestCode(rc.Request.Code) {
	case protocol.HeartBeat:
		return p.heartBeat(ctx, rc)
	case protocol.UnregisterClient:
		return p.unregisterClient(ctx, rc)
	default:
		return p.checkClientConfig(rc)
	}
}

// heartBeat notes the client's groups and makes their retry topics.
//
// Java: ClientManageProcessor#heartBeat and #heartBeatV2 (5.5.0).
func (p *ClientManageProcessor) heartBeat(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	ctx, step := traceHeartBeat(ctx)
	defer step.End(&err)
	var data heartbeat.HeartbeatData
	if err := data.Decode(rc.Request.Body); err != nil {
		return nil, err
	}
	traceHeartBeatData(step, &data)
	client := session.Client{Channel: rc.Channel, ClientID: data.ClientID, Language: rc.Request.Language, Version: rc.Request.Version}
	subChanged := data.HeartbeatFingerprint == 0
	for i := range data.ConsumerDataSet {
		changed, err := p.registerConsumer(ctx, client, &data, &data.ConsumerDataSet[i])
		if err != nil {
			return nil, err
		}
		subChanged = subChanged || changed
	}
	for _, producer := range data.ProducerDataSet {
		if message.ValidateGroup(producer.GroupName) == nil {
			p.producers.RegisterProducer(producer.GroupName, client)
		}
	}
	if !rc.Channel.IsActive() { // its close event may have come before we knew anything of it
		p.producers.ChannelClosed(rc.Channel)
		p.consumers.ChannelClosed(ctx, rc.Channel)
	}
	resp = success(nil, nil)
	resp.ExtFields = protocol.ExtFields{{Key: isSupportHeartBeatV2, Value: "true"}, {Key: isSubChange, Value: boolText(subChanged)}}
	return resp, nil
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// registerConsumer notes one group of a heartbeat and says whether the broker lacks its present subscriptions. A group that
// does not exist and may not be made is passed over, as in Java.
func (p *ClientManageProcessor) registerConsumer(ctx context.Context, client session.Client, data *heartbeat.HeartbeatData, consumer *heartbeat.ConsumerData) (subChanged bool, err error) {
	if p.rejectPullConsumers && consumer.ConsumeType == heartbeat.ConsumeActively {
		return false, nil
	}
	g, err := p.groups.FindSubscriptionGroupConfig(consumer.GroupName)
	if err != nil || g == nil {
		return false, err
	}
	retry := message.RetryTopic(consumer.GroupName)
	if _, err := p.topics.CreateTopicInSendMessageBackMethod(ctx, retry, g.RetryQueueNums, topic.PermRead|topic.PermWrite, p.ordered(consumer), unitFlags(consumer.UnitMode, true)); err != nil {
		return false, err
	}
	last, known := p.fingerprints.Swap(consumer.GroupName, data.HeartbeatFingerprint)
	subChanged = known && last != data.HeartbeatFingerprint || data.WithoutSub && !p.knowsSubscriptions(consumer.GroupName)
	p.consumers.RegisterConsumer(ctx, client, consumer, session.Registration{
		Notify: g.NotifyConsumerIDsChangedEnable, KeepSubscriptions: data.WithoutSub,
	})
	return subChanged, nil
}

// ordered says whether the consumer subscribes to a topic that promises order.
func (p *ClientManageProcessor) ordered(consumer *heartbeat.ConsumerData) bool {
	for i := range consumer.SubscriptionDataSet {
		if p.topics.IsOrderTopic(consumer.SubscriptionDataSet[i].Topic) {
			return true
		}
	}
	return false
}

// knowsSubscriptions is false after a restart, for clients that do not repeat them.
func (p *ClientManageProcessor) knowsSubscriptions(group string) bool {
	g, ok := p.consumers.Group(group)
	return ok && len(g.Subscriptions) > 0
}

// unregisterClient forgets a client that says goodbye.
//
// Java: ClientManageProcessor#unregisterClient (5.5.0).
func (p *ClientManageProcessor) unregisterClient(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	ctx, step := traceUnregisterClient(ctx)
	defer step.End(&err)
	h, err := decode[header.UnregisterClientRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	if h.ProducerGroup != "" {
		p.producers.UnregisterProducer(h.ProducerGroup, rc.Channel)
	}
	if h.ConsumerGroup != "" {
		notify := true
		if g, err := p.groups.FindSubscriptionGroupConfig(h.ConsumerGroup); err == nil && g != nil {
			notify = g.NotifyConsumerIDsChangedEnable
		}
		p.consumers.UnregisterConsumer(ctx, h.ConsumerGroup, rc.Channel, notify)
	}
	return success(nil, nil), nil
}

// checkClientConfig says whether a subscription would do.
//
// Java: ClientManageProcessor#checkClientConfig (5.5.0).
func (p *ClientManageProcessor) checkClientConfig(rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	if len(rc.Request.Body) == 0 {
		return success(nil, nil), nil // nothing is asked
	}
	var check body.CheckClientRequestBody
	if err := check.Decode(rc.Request.Body); err != nil {
		return nil, err
	}
	if kind := check.SubscriptionData.ExpressionType; !filter.IsTagType(kind) {
		return nil, refuse(protocol.SystemError, "The broker does not support consumer to filter message by %s", kind)
	}
	return success(nil, nil), nil
}
