package consumer

import (
	"context"
	"errors"
	"strconv"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/client/producer"
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

// sendBackAll sends messages back one by one: stored are those that the broker will deliver again, failed the others.
func (c *Consumer) sendBackAll(ctx context.Context, mq message.MessageQueue, msgs []*message.MessageExt) (stored, failed []*message.MessageExt) {
	for _, m := range msgs {
		if err := c.sendMessageBack(ctx, mq, m); err != nil {
			c.logger(ctx).Warn("message not sent back", zap.String("msg_id", m.MsgID), zap.Stringer("queue", mq), zap.Error(err))
			m.ReconsumeTimes++
			failed = append(failed, m)
			continue
		}
		stored = append(stored, m)
	}
	return stored, failed
}

// sendMessageBack asks the broker that stores m to deliver it again later, or to put it to the dead letters when it was retried
// often enough. If that broker cannot, an ordinary send to the retry topic does the same. A nil error means that m is stored.
//
// Java: DefaultMQPushConsumerImpl#sendMessageBack (5.5.0).
func (c *Consumer) sendMessageBack(ctx context.Context, mq message.MessageQueue, m *message.MessageExt) (err error) {
	ctx, step := c.traceNack(ctx, mq, m)
	defer step.End(&err)
	began := c.metrics.now()
	defer func() { c.metrics.settled(began, nack, m.Topic, err, step) }()
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

// innerProducer is the producer for what could not be sent back, made at the first need.
func (c *Consumer) innerProducer(ctx context.Context) (*producer.Producer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == stopped {
		return nil, client.ErrNotRunning
	}
	if c.inner != nil {
		return c.inner, nil
	}
	p, err := producer.New(message.ClientInnerProducerGroup, innerConfig{c.cfg.Client})
	if err != nil {
		return nil, err
	}
	if err := p.Start(ctx); err != nil {
		return nil, err
	}
	c.inner = p
	return p, nil
}

// innerConfig gives the inner producer the consumer's own client configuration, but for the sharing: several consumers of one client
// instance would all have a producer of the same group.
type innerConfig struct{ config.Client }

// ApplyProducer implements producer.Option.
func (o innerConfig) ApplyProducer(p *config.Producer) {
	p.Client = o.Client
	p.Shared = nil
}
