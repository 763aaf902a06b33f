package processor

import (
	"context"
	"math/rand/v2"
	"strconv"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/broker/topic"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// firstRetryLevel is the delay level of a first retry when the broker chooses: 10 s.
const firstRetryLevel = 3

// consumerSendMsgBack stores a message that a consumer could not process once more, for the group's retry topic after a delay
// or, when it has been tried often enough, for its dead letters.
//
// Java: AbstractSendMessageProcessor#consumerSendMsgBack (5.5.0).
func (p *SendMessageProcessor) consumerSendMsgBack(ctx context.Context, rc *remoting.RequestContext) (resp *protocol.RemotingCommand, err error) {
	ctx, step := traceConsumerSendMsgBack(ctx)
	defer step.End(&err)
	h, err := decode[header.ConsumerSendMsgBackRequestHeader](rc.Request)
	if err != nil {
		return nil, err
	}
	g, err := p.sendBackGroup(h)
	if err != nil {
		return nil, err
	}
	if g.RetryQueueNums <= 0 {
		return success(nil, nil), nil
	}
	msg, err := p.sendBackMessage(ctx, rc, h, g)
	if err != nil {
		return nil, err
	}
	traceSendBack(step, h, msg)
	future := p.store.AsyncPutMessage(ctx, msg)
	if future.Done() {
		return p.sendBackResult(msg, future.Result())
	}
	later := rc.Suspend()
	future.OnComplete(func(r store.PutMessageResult) { later.Respond(p.sendBackResult(msg, r)) })
	return nil, nil
}

func (p *SendMessageProcessor) sendBackGroup(h *header.ConsumerSendMsgBackRequestHeader) (*body.SubscriptionGroupConfig, error) {
	g, err := p.groups.FindSubscriptionGroupConfig(h.Group)
	if err != nil {
		return nil, err
	}
	if g == nil {
		return nil, refuse(protocol.SubscriptionGroupNotExist, "subscription group not exist, %s %s", h.Group, seeFAQ)
	}
	if p.cfg.Permission()&topic.PermWrite == 0 {
		return nil, refuse(protocol.NoPermission, "the broker[%s] sending message is forbidden", p.cfg.BrokerIP1)
	}
	return g, nil
}

// sendBackMessage is the message to be stored.
func (p *SendMessageProcessor) sendBackMessage(ctx context.Context, rc *remoting.RequestContext, h *header.ConsumerSendMsgBackRequestHeader, g *body.SubscriptionGroupConfig) (*store.MessageExtBrokerInner, error) {
	retry, err := p.backTopic(ctx, message.RetryTopic(h.Group), g.RetryQueueNums, unitFlags(h.UnitMode, true))
	if err != nil {
		return nil, err
	}
	origin, err := p.store.LookMessageByOffset(h.Offset)
	if err != nil || origin == nil {
		return nil, refuse(protocol.SystemError, "look message by offset failed, %d", h.Offset)
	}
	limit := g.RetryMaxTimes
	if rc.Request.Version >= versionV3_4_9 {
		limit = h.MaxReconsumeTimes.Or(limit)
	}
	msg := &store.MessageExtBrokerInner{MessageExt: *origin}
	level := h.DelayLevel
	if origin.ReconsumeTimes >= limit || level < 0 {
		p.cfg.Traffic.deadLetter(h.Group, h.OriginTopic)
		dlq, err := p.backTopic(ctx, message.DLQTopic(h.Group), dlqQueues, 0)
		if err != nil {
			return nil, err
		}
		traceDeadLetter(ctx, dlq.TopicName)
		msg.Topic, msg.QueueID, level = dlq.TopicName, 0, 0
	} else {
		msg.Topic, msg.QueueID = retry.TopicName, rand.Int32N(g.RetryQueueNums)
		if level == 0 {
			level = firstRetryLevel + origin.ReconsumeTimes
		}
	}
	msg.ReconsumeTimes++
	msg.StoreHost, msg.StoreTimestamp, msg.PreparedTransactionOffset = p.cfg.StoreHost, 0, 0
	markSentBack(msg, origin, level)
	return msg, nil
}

// backTopic makes a retry or dead letter topic sure.
func (p *SendMessageProcessor) backTopic(ctx context.Context, name string, queues, sysFlag int32) (*body.TopicConfig, error) {
	t, err := p.topics.CreateTopicInSendMessageBackMethod(ctx, name, queues, topic.PermRead|topic.PermWrite, false, sysFlag)
	if err != nil {
		return nil, err
	}
	if t.Perm&topic.PermWrite == 0 {
		return nil, refuse(protocol.NoPermission, "the topic[%s] sending message is forbidden", name)
	}
	return t, nil
}

// markSentBack notes where the message came from, which was its first copy, and how long it has to wait.
func markSentBack(msg *store.MessageExtBrokerInner, origin *message.MessageExt, level int32) {
	if origin.Property(message.PropertyRetryTopic) == "" {
		msg.SetProperty(message.PropertyRetryTopic, origin.Topic)
	}
	if origin.Property(message.PropertyOriginMessageID) == "" {
		msg.SetProperty(message.PropertyOriginMessageID, message.OffsetMsgID(origin.StoreHost, origin.CommitLogOffset))
	}
	msg.SetWaitStoreMsgOK(false)
	msg.SetProperty(message.PropertyDelayTimeLevel, strconv.Itoa(int(level)))
	msg.PropertiesString = msg.Properties.String()
}

func (p *SendMessageProcessor) sendBackResult(msg *store.MessageExtBrokerInner, r store.PutMessageResult) (*protocol.RemotingCommand, error) {
	if r.Status != store.PutOK {
		return nil, protocol.NewResponseError(protocol.SystemError, r.Status.String())
	}
	p.stats.TopicPut(msg.Topic, 1)
	return success(nil, nil), nil
}
