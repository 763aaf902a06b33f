package producer

import (
	"context"
	"fmt"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// SendAsync sends a message and returns once it is on its way; it waits only where a route must be fetched or a connection made.
// done is called exactly once with what Send would have returned, on another goroutine, before or after SendAsync returns. It should
// not block: a few goroutines serve all callbacks. The context's deadline counts until then; its cancellation only until SendAsync
// returns.
//
// Java: DefaultMQProducer#send(Message, SendCallback) (5.5.0). Unlike there, refusals of the retryable codes are retried too.
func (p *Producer) SendAsync(ctx context.Context, msg *message.Message, done func(*SendResult, error)) {
	out := &outgoing{msg: msg, mode: modeAsync, done: done}
	if !p.pending.add() {
		go done(nil, fmt.Errorf("producer %q: %w", p.cfg.Group, client.ErrNotRunning))
		return
	}
	out.halves.Store(2)
	if _, err := p.sendDefaultImpl(ctx, out); err != nil {
		go p.complete(out, nil, err)
	}
}

// onResponse is the end of an attempt that was on its way: the message is stored, or onExceptionImpl decides.
func (p *Producer) onResponse(out *outgoing, err error) {
	p.endAttempt(out, err)
	if err != nil {
		p.onExceptionImpl(out, out.try.mq, nil, err)
		return
	}
	res := p.newSendResult(out)
	p.sendMessageAfter(out, res)
	if res.Status != SendOK && p.cfg.RetryAnotherBrokerWhenNotStoreOK {
		p.onExceptionImpl(out, out.try.mq, res, nil)
		return
	}
	p.complete(out, res, nil)
}

// onExceptionImpl makes another attempt, or gives the outcome to the callback. Connecting may block, so that the attempt gets a
// goroutine of its own.
//
// Java: MQClientAPIImpl#onExceptionImpl (5.5.0).
func (p *Producer) onExceptionImpl(out *outgoing, mq message.MessageQueue, res *SendResult, err error) {
	ctx := observ.Detach(out.ctx) // the call has returned: only the deadline counts
	if !p.again(ctx, out, mq, res, err) {
		res, err = p.outcome(ctx, out, res, err)
		p.complete(out, res, err)
		return
	}
	out.attempt++
	go p.sendAgain(ctx, out, mq.BrokerName)
}

// sendAgain is a further attempt of an asynchronous send.
func (p *Producer) sendAgain(ctx context.Context, out *outgoing, lastBrokerName string) {
	info, _, err := p.tryToFindTopicPublishInfo(ctx, out.topic)
	if err != nil {
		res, err := p.outcome(ctx, out, nil, err)
		p.complete(out, res, err)
		return
	}
	mq := p.strategy.SelectOneMessageQueue(ctx, info, lastBrokerName, true)
	if _, err := p.sendKernelImpl(p.attemptContext(ctx, out), out, mq); err != nil {
		p.onExceptionImpl(out, mq, nil, err)
	}
}

// complete ends an asynchronous send: first its span, then the user's callback.
func (p *Producer) complete(out *outgoing, res *SendResult, err error) {
	defer p.pending.finish()
	traceSent(p, out, res, err)
	p.metrics.sent(out, err)
	out.endHalf()
	out.done(res, err)
}

// endSend ends the call. A synchronous send is over with it; an asynchronous one when its outcome is known as well.
func (p *Producer) endSend(out *outgoing, res *SendResult, err error) {
	if out.mode == modeAsync {
		traceReturned(out.step)
		out.endHalf()
		return
	}
	traceSent(p, out, res, err)
	p.metrics.sent(out, err)
	out.step.End(&err)
}

// endHalf ends the span of an asynchronous send with its second call.
func (out *outgoing) endHalf() {
	if out.halves.Add(-1) == 0 {
		out.step.End(nil)
	}
}
