package producer

import (
	"context"
	"fmt"
	"slices"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/topicroute"
	"github.com/plumemq/plume/message"
)

// SendToQueue sends a message to that queue and no other; it is not retried. The queue's topic must be the message's.
//
// Java: DefaultMQProducer#send(Message, MessageQueue) (5.5.0).
func (p *Producer) SendToQueue(ctx context.Context, msg *message.Message, mq message.MessageQueue) (*SendResult, error) {
	mq.Topic = p.cfg.WithNamespace(mq.Topic)
	return p.sendDefaultImpl(ctx, &outgoing{msg: msg, mode: modeSync, queue: mq, fixed: true})
}

// SendSelect sends a message to the queue that selector chooses among all of the topic's; it is not retried.
//
// Java: DefaultMQProducer#send(Message, MessageQueueSelector, Object) (5.5.0).
func (p *Producer) SendSelect(ctx context.Context, msg *message.Message, selector Selector) (*SendResult, error) {
	if selector == nil {
		return nil, fmt.Errorf("%w: nil selector", client.ErrMessageIllegal)
	}
	return p.sendDefaultImpl(ctx, &outgoing{msg: msg, mode: modeSync, selector: selector})
}

// invokeMessageQueueSelector asks the caller's selector, and makes sure that it chose one of the queues.
//
// Java: DefaultMQProducerImpl#invokeMessageQueueSelector (5.5.0).
func (p *Producer) invokeMessageQueueSelector(out *outgoing, info *topicroute.TopicPublishInfo) (message.MessageQueue, error) {
	queues := p.withoutNamespace(info.MessageQueueList)
	mq := out.selector(queues, out.msg)
	i := slices.Index(queues, mq)
	if i < 0 {
		return mq, fmt.Errorf("%w: the selector chose %s, which is none of the %d queues", client.ErrMessageIllegal, mq, len(queues))
	}
	return info.MessageQueueList[i], nil
}
