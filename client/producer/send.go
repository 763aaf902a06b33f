package producer

import (
	"context"
	"fmt"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// Send sends a message and waits until a broker has stored it.
//
// Errors: client.ErrMessageIllegal, client.ErrNoRoute (with client.ErrTopicNotExist), client.ErrNotRunning, remoting's, and
// *protocol.ResponseError. After a remoting.ErrTimeout or remoting.ErrSendRequest the message may have been stored.
//
// Java: DefaultMQProducer#send(Message) (5.5.0).
func (p *Producer) Send(ctx context.Context, msg *message.Message) (*SendResult, error) {
	out := newOutgoing(msg, modeSync)
	defer p.recycle(out)
	return p.sendDefaultImpl(ctx, out)
}

// SendOneway sends a message and does not wait: a nil error says that it was written, not that it was stored. It is not retried.
//
// Java: DefaultMQProducer#sendOneway (5.5.0).
func (p *Producer) SendOneway(ctx context.Context, msg *message.Message) error {
	_, err := p.sendDefaultImpl(ctx, &outgoing{msg: msg, mode: modeOneway})
	return err
}

// sendDefaultImpl is the send as a whole: it finds the topic's queues and tries one after another, each on another broker than the
// one before, until a broker has stored the message, refuses it for good, or the time is up. An asynchronous send returns after its
// first attempt was made; see send_async.go for the rest.
//
// Java: DefaultMQProducerImpl#sendDefaultImpl (5.5.0).
func (p *Producer) sendDefaultImpl(ctx context.Context, out *outgoing) (res *SendResult, err error) {
	ctx, step := traceSend(ctx, p, out)
	out.ctx, out.step = ctx, step
	p.metrics.begin(out)
	defer func() { p.endSend(out, res, err) }()
	if err := p.checkSend(ctx, out); err != nil {
		return nil, err
	}
	traceValidated(step)
	info, asked, err := p.tryToFindTopicPublishInfo(ctx, out.topic)
	if err != nil {
		return nil, fmt.Errorf("send to topic %s: %w", out.msg.Topic, err)
	}
	out.waited = asked || out.selector != nil
	var mq message.MessageQueue
	for ; ; out.attempt++ {
		if mq, err = p.selectOneMessageQueue(ctx, out, info, mq.BrokerName); err != nil {
			return nil, err
		}
		res, err = p.sendKernelImpl(p.attemptContext(ctx, out), out, mq)
		if !p.again(ctx, out, mq, res, err) {
			return p.outcome(ctx, out, res, err)
		}
	}
}

// sendKernelImpl is one attempt: it looks up the queue's broker, compresses the body if it is large, and makes the request. An
// asynchronous attempt ends in its callback.
//
// Java: DefaultMQProducerImpl#sendKernelImpl (5.5.0).
func (p *Producer) sendKernelImpl(ctx context.Context, out *outgoing, mq message.MessageQueue) (res *SendResult, err error) {
	ctx, step := traceSendKernelImpl(ctx, out, mq)
	out.try = attempt{ctx: ctx, step: step, mq: mq}
	p.metrics.selected(mq)
	defer func() {
		if out.mode != modeAsync || err != nil {
			p.endAttempt(out, err)
		}
	}()
	if out.addr, err = p.brokerAddress(ctx, mq); err != nil {
		return nil, err
	}
	if err = p.tryToCompressMessage(ctx, out); err != nil {
		return nil, err
	}
	req := p.newRequest(out, mq)
	switch out.mode {
	case modeOneway:
		if err = p.api().SendMessageOneway(ctx, out.addr, req); err == nil {
			p.sendMessageAfter(out, nil)
		}
		return nil, err
	case modeAsync:
		return nil, p.api().SendMessageAsync(ctx, out.addr, req, &out.answer, func(err error) { p.onResponse(out, err) })
	default:
		if err = p.api().SendMessage(ctx, out.addr, req, &out.answer); err != nil {
			return nil, err
		}
		res = p.newSendResult(out)
		p.sendMessageAfter(out, res)
		return res, nil
	}
}

// brokerAddress is where to send for a queue, from the address table; only if the broker is not there is its topic's route asked for.
func (p *Producer) brokerAddress(ctx context.Context, mq message.MessageQueue) (string, error) {
	addr := p.instance().FindBrokerAddressInPublish(ctx, mq.BrokerName)
	if addr == "" {
		if _, _, err := p.tryToFindTopicPublishInfo(ctx, mq.Topic); err != nil {
			return "", err
		}
		addr = p.instance().FindBrokerAddressInPublish(ctx, mq.BrokerName)
	}
	if addr == "" {
		return "", fmt.Errorf("%w: %s of %s", client.ErrBrokerNotExist, mq.BrokerName, mq)
	}
	return p.brokerVIPChannel(addr), nil
}

// newRequest is the attempt's request. An asynchronous one has its own: the call may still be at work on it when its callback makes the
// next attempt.
func (p *Producer) newRequest(out *outgoing, mq message.MessageQueue) *protocol.RemotingCommand {
	req := &out.request
	if out.mode == modeAsync {
		req = new(api.SendRequest)
	}
	p.fillHeader(&req.Header, out, mq)
	return req.Command(out.body)
}

// fillHeader says everything about the message but its body.
func (p *Producer) fillHeader(h *header.SendMessageRequestHeaderV2, out *outgoing, mq message.MessageQueue) {
	*h = header.SendMessageRequestHeaderV2{
		ProducerGroup: p.group, Topic: out.topic, DefaultTopic: p.cfg.CreateTopicKey,
		DefaultTopicQueueNums: p.cfg.DefaultTopicQueueNums, QueueID: mq.QueueID, SysFlag: int32(out.sysFlag),
		BornTimestamp: out.began.UnixMilli(), Flag: out.msg.Flag, Properties: out.properties, UnitMode: p.cfg.UnitMode,
		Batch: out.batch, BrokerName: mq.BrokerName,
	}
	if message.IsRetryTopic(out.topic) {
		setReconsumeTimes(h, out.msg)
	}
}
