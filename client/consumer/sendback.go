package consumer

import (
	"context"
	"errors"
	"strconv"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// defaultMaxReconsumeTimes is how often a message is retried when the group does not say.
const defaultMaxReconsumeTimes = 16

// firstRetryDelayLevel is the delay level of the first redelivery (10 s by default); each further attempt adds one.
const firstRetryDelayLevel = 3

func (c *Consumer) maxReconsumeTimes() int32 {
	if c.cfg.MaxReconsumeTimes < 0 {
		return defaultMaxReconsumeTimes
	}
	return c.cfg.MaxReconsumeTimes
}

// sendMessageBack asks the broker that stores m to deliver it again later, or to put it to the dead letters when it was retried
// often enough. If that broker cannot, an ordinary send to the retry topic does the same. A nil error means that m is stored.
//
// Java: DefaultMQPushConsumerImpl#sendMessageBack (5.5.0).
func (c *Consumer) sendMessageBack(ctx context.Context, mq message.MessageQueue, m *message.MessageExt) (err error) {
	ctx, step := traceNack(ctx, c.group, m)
	defer step.End(&err)
	asked := c.askForRetry(ctx, mq, m)
	if asked == nil {
		return nil
	}
	step.Event("sendBack.fallback")
	if err := c.sendToRetryTopic(ctx, m); err != nil {
		return errors.Join(asked, err)
	}
	return nil
}

// askForRetry is request 36 to the queue's master.
func (c *Consumer) askForRetry(ctx context.Context, mq message.MessageQueue, m *message.MessageExt) error {
	addr := c.instance.FindBrokerAddressInPublish(ctx, mq.BrokerName)
	if addr == "" {
		return errNoRoute
	}
	h := &header.ConsumerSendMsgBackRequestHeader{
		Offset:            m.CommitLogOffset,
		Group:             c.group,
		OriginMsgID:       m.MsgID,
		OriginTopic:       c.cfg.WithNamespace(m.Topic),
		UnitMode:          c.cfg.UnitMode,
		MaxReconsumeTimes: protocol.SomeInt32(c.maxReconsumeTimes()),
	}
	h.BrokerName = mq.BrokerName
	return c.instance.API().ConsumerSendMessageBack(ctx, addr, h)
}

// sendToRetryTopic stores a copy of m in the group's retry topic through the inner producer.
func (c *Consumer) sendToRetryTopic(ctx context.Context, m *message.MessageExt) error {
	retry := &message.Message{
		Topic:      message.RetryTopic(c.group),
		Body:       m.Body,
		Flag:       m.Flag,
		Properties: m.Properties.Clone(),
	}
	p := &retry.Properties
	if p.Get(message.PropertyOriginMessageID) == "" {
		p.Set(message.PropertyOriginMessageID, m.MsgID)
	}
	p.Set(message.PropertyRetryTopic, c.cfg.WithNamespace(m.Topic))
	p.Set(message.PropertyReconsumeTime, strconv.Itoa(int(m.ReconsumeTimes)+1))
	p.Set(message.PropertyMaxReconsumeTimes, strconv.Itoa(int(c.maxReconsumeTimes())))
	p.Set(message.PropertyDelayTimeLevel, strconv.Itoa(firstRetryDelayLevel+int(m.ReconsumeTimes)))
	p.Delete(message.PropertyTransactionPrepared)
	inner, err := c.innerProducer(ctx)
	if err != nil {
		return err
	}
	_, err = inner.Send(ctx, retry)
	return err
}
