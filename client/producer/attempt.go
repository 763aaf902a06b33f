package producer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/client/internal/topicroute"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// attempt is one try at one broker.
type attempt struct {
	ctx  context.Context //nolint:containedctx // an asynchronous attempt outlives its call
	step observ.Step
	mq   message.MessageQueue
}

// endAttempt remembers how the broker did, and ends the attempt's span.
func (p *Producer) endAttempt(out *outgoing, err error) {
	p.updateFaultItem(out.try.ctx, out.try.mq.BrokerName, out.began, err)
	out.try.step.End(&err)
}

// selectOneMessageQueue is the queue for the next attempt: the caller's, if it named one, else one of the topic's.
func (p *Producer) selectOneMessageQueue(ctx context.Context, out *outgoing, info *topicroute.TopicPublishInfo, lastBrokerName string) (message.MessageQueue, error) {
	switch {
	case out.fixed:
		return out.queue, nil
	case out.selector != nil:
		return p.invokeMessageQueueSelector(out, info)
	}
	return p.strategy.SelectOneMessageQueue(ctx, info, lastBrokerName, out.attempt > 0), nil
}

// attemptContext begins the next attempt and bounds it: by the send's deadline, and if others may follow, by its share of the time
// left.
func (p *Producer) attemptContext(ctx context.Context, out *outgoing) context.Context {
	if out.waited || out.attempt > 0 { // else the send has only just begun
		out.began = p.clock.Now()
	}
	bound, left := p.cfg.SendMsgMaxTimeoutPerRequest, out.deadline.Sub(out.began)
	switch {
	case bound < 0 || out.attempt >= p.retryTimes(out):
		return out.until(ctx, out.deadline)
	case bound == 0:
		bound = left / 2
	}
	return out.until(ctx, out.began.Add(min(bound, left)))
}

// refusedRoom is memory for the context of a send that is not recorded: part of the send's, unless callbacks may hold on to it.
func (out *outgoing) refusedRoom() *observ.RefusedRoom {
	if out.mode == modeAsync {
		return nil
	}
	return &out.refused
}

// until is ctx with a deadline. It is part of the send's memory where it ends before that is used again: spans, later attempts and the
// callbacks of asynchronous ones may hold on to the context of an attempt.
func (out *outgoing) until(ctx context.Context, deadline time.Time) context.Context {
	if out.mode == modeAsync || out.attempt > 0 || out.step.On() {
		return api.WithDeadline(ctx, deadline)
	}
	if bound, refused := out.refused.Bound(ctx, deadline); refused {
		return bound
	}
	return out.bound.Of(ctx, deadline)
}

func (p *Producer) retryTimes(out *outgoing) int {
	switch {
	case !out.retries():
		return 0
	case out.mode == modeAsync:
		return p.cfg.RetryTimesWhenSendAsyncFailed
	default:
		return p.cfg.RetryTimesWhenSendFailed
	}
}

// again says whether another attempt is to follow this one.
func (p *Producer) again(ctx context.Context, out *outgoing, mq message.MessageQueue, res *SendResult, err error) bool {
	if err == nil && (res == nil || res.Status == SendOK || !p.cfg.RetryAnotherBrokerWhenNotStoreOK) {
		return false
	}
	if res != nil {
		out.stored = res
	}
	out.brokers = append(out.brokers, mq.BrokerName)
	again := out.attempt < p.retryTimes(out) && p.retryable(err) && ctx.Err() == nil && p.clock.Now().Before(out.deadline)
	if again {
		p.metrics.retry(out, res, err)
	}
	return again
}

// retryable says whether another broker may do better: after refusals of the configured codes, and whatever went wrong on the way.
func (p *Producer) retryable(err error) bool {
	if err == nil {
		return true
	}
	if refused, ok := errors.AsType[*protocol.ResponseError](err); ok {
		return slices.Contains(p.cfg.RetryResponseCodes, refused.Code)
	}
	return !errors.Is(err, context.Canceled) && !errors.Is(err, remoting.ErrClosed) &&
		!errors.Is(err, remoting.ErrTooMuchRequest) && !errors.Is(err, client.ErrMessageIllegal)
}

// outcome is what the caller hears: what the last attempt stored, or one before it; else the last error with what was tried.
func (p *Producer) outcome(ctx context.Context, out *outgoing, res *SendResult, err error) (*SendResult, error) {
	switch {
	case err == nil:
		return res, nil
	case out.stored != nil:
		return out.stored, nil
	}
	err = fmt.Errorf("send to topic %s: attempts %d, brokers %v: %w", out.msg.Topic, out.attempt+1, out.brokers, err)
	if ctx.Err() == nil && !errors.Is(err, remoting.ErrTimeout) && out.mode != modeOneway && !p.clock.Now().Before(out.deadline) {
		err = fmt.Errorf("%w: %w", remoting.ErrTimeout, err)
	}
	return nil, err
}

// updateFaultItem tells the fault strategy how an attempt went. A broker that refused counts as isolated and unreachable, one that
// could not be talked to as isolated; a caller that gave up says nothing about its broker.
//
// Java: the catch clauses of DefaultMQProducerImpl#sendDefaultImpl, and #updateFaultItem (5.5.0).
func (p *Producer) updateFaultItem(ctx context.Context, brokerName string, began time.Time, err error) {
	isolation, reachable := false, true
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, client.ErrBrokerNotExist) {
		_, refused := errors.AsType[*protocol.ResponseError](err)
		isolation, reachable = true, !refused
	}
	elapsed := time.Duration(0)
	if p.strategy.Enabled() {
		elapsed = p.clock.Now().Sub(began)
	}
	p.strategy.UpdateFaultItem(ctx, brokerName, elapsed, isolation, reachable)
}
