package processor

import (
	"context"
	"strings"

	"github.com/plumemq/plume/broker/topic"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// dlqQueues is the number of queues of a dead letter topic. Java: AbstractSendMessageProcessor.DLQ_NUMS_PER_GROUP.
const dlqQueues = 1

// handleRetryAndDLQ redirects a message that a consumer sent to its retry topic by itself to the dead letters once it has
// been tried often enough, or if the group consumes in order: there the consumer has done the retrying.
//
// Java: SendMessageProcessor#handleRetryAndDLQ (5.5.0).
func (p *SendMessageProcessor) handleRetryAndDLQ(ctx context.Context, rc *remoting.RequestContext, s *sending) error {
	group := strings.TrimPrefix(s.header.Topic, message.RetryGroupTopicPrefix)
	g, err := p.groups.FindSubscriptionGroupConfig(group)
	if err != nil {
		return err
	}
	if g == nil {
		return refuse(protocol.SubscriptionGroupNotExist, "subscription group not exist, %s %s", group, seeFAQ)
	}
	limit := g.RetryMaxTimes
	if rc.Request.Version >= versionV3_4_9 {
		limit = s.header.MaxReconsumeTimes.Or(limit)
	}
	if s.header.ReconsumeTimes <= limit && p.locks.LockAllExpired(group) {
		return nil
	}
	p.cfg.Traffic.deadLetter(s.header.ProducerGroup, s.header.Topic)
	dlq := message.DLQTopic(group)
	if _, err := p.topics.CreateTopicInSendMessageBackMethod(ctx, dlq, dlqQueues, topic.PermRead|topic.PermWrite, false, 0); err != nil {
		return err
	}
	props := message.ParseProperties(s.msg.PropertiesString)
	props.Set(message.PropertyDelayTimeLevel, "-1") // as Apache marks it
	s.msg.PropertiesString = props.String()
	s.msg.Topic, s.msg.QueueID, s.answer.queueID = dlq, 0, 0
	traceDeadLetter(ctx, dlq)
	return nil
}
