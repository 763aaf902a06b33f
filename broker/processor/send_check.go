package processor

import (
	"context"

	"github.com/plumemq/plume/broker/topic"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// preSend says whether the broker takes the message, and to which topic.
//
// Java: SendMessageProcessor#preSend (5.5.0).
func (p *SendMessageProcessor) preSend(ctx context.Context, rc *remoting.RequestContext, h *header.SendMessageRequestHeaderV2) (*body.TopicConfig, error) {
	if !p.cfg.AcceptFrom.IsZero() && p.cfg.Clock.Now().Before(p.cfg.AcceptFrom) {
		return nil, refuse(protocol.SystemError, "broker unable to service, until %s", p.cfg.AcceptFrom.Format("2006-01-02 15:04:05,000"))
	}
	return p.msgCheck(ctx, rc, h)
}

// msgCheck checks permission, name and queue, and makes an unknown topic where that is allowed.
//
// Java: AbstractSendMessageProcessor#msgCheck (5.5.0).
func (p *SendMessageProcessor) msgCheck(ctx context.Context, rc *remoting.RequestContext, h *header.SendMessageRequestHeaderV2) (t *body.TopicConfig, err error) {
	ctx, step := traceMsgCheck(ctx)
	defer step.End(&err)
	if t = p.topics.SelectTopicConfig(h.Topic); t != nil && t.Order && p.cfg.Permission()&topic.PermWrite == 0 {
		return nil, refuse(protocol.NoPermission, "the broker[%s] sending message is forbidden", p.cfg.BrokerIP1)
	}
	if t == nil { // a topic that exists has a name that can be one
		if err := validTopic(h.Topic); err != nil {
			return nil, err
		}
	}
	if message.IsNotAllowedSendTopic(h.Topic) {
		return nil, refuse(protocol.NoPermission, "Sending message to topic[%s] is forbidden.", h.Topic)
	}
	if len(h.Properties) > message.MaxPropertiesSize { // before anybody takes them apart
		return nil, refuse(protocol.MessageIllegal, "%s", p.illegalMessage())
	}
	if t == nil {
		if t, err = p.createTopic(ctx, h); err != nil {
			return nil, err
		}
	}
	if h.QueueID >= max(t.WriteQueueNums, t.ReadQueueNums) {
		return nil, refuse(protocol.InvalidParameter, "request queueId[%d] is illegal, %s Producer: %s", h.QueueID, topic.String(t), rc.Channel)
	}
	return t, nil
}

// createTopic makes the topic of a message after the one that the producer names, or as a retry topic.
func (p *SendMessageProcessor) createTopic(ctx context.Context, h *header.SendMessageRequestHeaderV2) (*body.TopicConfig, error) {
	retry := message.IsRetryTopic(h.Topic)
	sysFlag := unitFlags(h.UnitMode, retry)
	t, err := p.topics.CreateTopicInSendMessageMethod(ctx, h.Topic, h.DefaultTopic, h.DefaultTopicQueueNums, sysFlag)
	if t == nil && err == nil && retry {
		t, err = p.topics.CreateTopicInSendMessageBackMethod(ctx, h.Topic, 1, topic.PermRead|topic.PermWrite, false, sysFlag)
	}
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, refuse(protocol.TopicNotExist, "topic[%s] not exist, apply first please!%s", h.Topic, seeFAQ)
	}
	traceTopicCreated(ctx, t)
	return t, nil
}

// unitFlags are the topic flags of a client in unit mode: 1 for a unit's topic, 2 for a topic with subscriptions of a unit.
//
// Java: common.sysflag.TopicSysFlag (5.5.0).
func unitFlags(unitMode, retry bool) int32 {
	switch {
	case !unitMode:
		return 0
	case retry:
		return 2
	}
	return 1
}
