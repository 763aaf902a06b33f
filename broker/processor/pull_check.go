package processor

import (
	"github.com/plumemq/plume/broker/filter"
	"github.com/plumemq/plume/broker/topic"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// check says whether the group may read this queue and what of it, and fills in the rest of q.
func (p *PullMessageProcessor) check(q *pulling) (err error) {
	h := &q.header
	if p.cfg.Permission()&topic.PermRead == 0 {
		return refuse(protocol.NoPermission, "the broker[%s] pulling message is forbidden", p.cfg.BrokerIP1)
	}
	if protocol.RequestCode(q.rc.Request.Code) == protocol.LitePullMessage && !p.cfg.LitePullEnable {
		return refuse(protocol.NoPermission, "the broker[%s] for lite pull consumer is forbidden", p.cfg.BrokerIP1)
	}
	if q.group, err = p.Groups.FindSubscriptionGroupConfig(h.ConsumerGroup); err != nil {
		return err
	}
	if q.group == nil {
		return refuse(protocol.SubscriptionGroupNotExist, "subscription group [%s] does not exist, %s", h.ConsumerGroup, seeFAQ)
	}
	if !q.group.ConsumeEnable {
		return refuse(protocol.NoPermission, "subscription group no permission, %s", h.ConsumerGroup)
	}
	if q.topic = p.Topics.SelectTopicConfig(h.Topic); q.topic == nil {
		return refuse(protocol.TopicNotExist, "topic[%s] not exist, apply first please! %s", h.Topic, seeFAQ)
	}
	if q.topic.Perm&topic.PermRead == 0 {
		return refuse(protocol.NoPermission, "the topic[%s] pulling message is forbidden", h.Topic)
	}
	if h.QueueID < 0 || h.QueueID >= q.topic.ReadQueueNums {
		return refuse(protocol.InvalidParameter, "queueId[%d] is illegal, topic:[%s] topicConfig.readQueueNums:[%d] consumer:[%s]",
			h.QueueID, h.Topic, q.topic.ReadQueueNums, q.rc.Channel)
	}
	sub, err := p.subscription(q)
	if err != nil {
		return err
	}
	if !filter.IsTagType(sub.ExpressionType) {
		return refuse(protocol.SystemError, "The broker does not support consumer to filter message by %s", sub.ExpressionType)
	}
	q.filter = tagFilter(sub)
	return nil
}

// subscription is what the request carries, or what the group's heartbeats told.
func (p *PullMessageProcessor) subscription(q *pulling) (*heartbeat.SubscriptionData, error) {
	h := &q.header
	if h.SysFlag&header.PullSubscription != 0 {
		sub, err := filter.Build(h.Topic, h.Subscription, h.ExpressionType)
		if err != nil {
			return nil, refuse(protocol.SubscriptionParseFailed, "parse the consumer's subscription failed")
		}
		return sub, nil
	}
	sub, model, online := p.Subscriptions.Subscription(h.ConsumerGroup, h.Topic)
	if !online {
		return nil, refuse(protocol.SubscriptionNotExist, "the consumer's group info not exist%s", seeFAQ)
	}
	if model == heartbeat.Broadcasting && !q.group.ConsumeBroadcastEnable {
		return nil, refuse(protocol.NoPermission, "the consumer group[%s] can not consume by broadcast way", h.ConsumerGroup)
	}
	if p.Groups.GetForbidden(h.ConsumerGroup, h.Topic)&forbiddenRead != 0 {
		return nil, refuse(protocol.NoPermission, "the consumer group[%s] is forbidden for topic[%s]", h.ConsumerGroup, h.Topic)
	}
	if sub == nil {
		return nil, refuse(protocol.SubscriptionNotExist, "the consumer's subscription not exist%s", seeFAQ)
	}
	if sub.SubVersion < h.SubVersion {
		return nil, refuse(protocol.SubscriptionNotLatest, "the consumer's subscription not latest")
	}
	return sub, nil
}

// forbiddenRead is the bit of a group's forbidden permissions for a topic. Java: PermName.INDEX_PERM_READ.
const forbiddenRead = 1 << 2
