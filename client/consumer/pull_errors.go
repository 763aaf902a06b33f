package consumer

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/remoting/protocol"
)

const (
	// brokerBusyDelay is waited when a broker says that it is busy, much shorter than after a real failure.
	//
	// Java: DefaultMQPushConsumerImpl#PULL_TIME_DELAY_MILLS_WHEN_BROKER_FLOW_CONTROL (5.5.0).
	brokerBusyDelay = 20 * time.Millisecond
	// unknownSubscriptionDelay is waited for a broker to take in a heartbeat.
	unknownSubscriptionDelay = 100 * time.Millisecond
	// heldAtLeast is how long a broker takes for an empty answer that it did not give at once.
	heldAtLeast = 50 * time.Millisecond
	// fruitlessPulls are how many answers in a row may bring nothing at once before the loop slows down.
	fruitlessPulls = 3
	// maxPullDelay bounds the delays that double.
	maxPullDelay = time.Second
)

// pace keeps one pull loop from becoming a storm: what goes wrong again and again is tried at growing intervals. It belongs to the loop.
type pace struct {
	failures    int // pulls failed in a row
	fruitless   int // answers in a row that brought nothing and came at once
	corrections int // starts in a row at an offset that the broker had to correct
}

// beforeFirst is how long a loop waits before its first pull.
func (p *pace) beforeFirst() time.Duration {
	if p.corrections > 1 {
		return doubled(brokerBusyDelay, p.corrections-1, maxPullDelay)
	}
	return 0
}

// afterAnswer is how long to wait after an answer that was no error; useful means that it brought something, or that the broker held
// the request for a while. A broker that has nothing should hold it; one that answers at once, time and again, would be asked
// thousands of times a second.
func (p *pace) afterAnswer(useful bool) time.Duration {
	p.corrections = 0
	if useful {
		p.fruitless = 0
		return 0
	}
	p.fruitless++
	if p.fruitless <= fruitlessPulls {
		return 0
	}
	return doubled(brokerBusyDelay, p.fruitless-fruitlessPulls, maxPullDelay)
}

// doubled is first for n = 1 and doubles with each further n, up to limit.
func doubled(first time.Duration, n int, limit time.Duration) time.Duration {
	d := first
	for ; n > 1 && d < limit; n-- {
		d *= 2
	}
	return min(d, limit)
}

// afterPullError says how long to wait. The log has the first failure of a row, and the recovery.
func (c *Consumer) afterPullError(ctx context.Context, pq *processQueue, p *pace, err error) time.Duration {
	if ctx.Err() != nil || pq.dropped.Load() || errors.Is(err, errNotSubscribed) {
		return brokerBusyDelay // on its way out
	}
	pq.brokerID.Store(0) // a slave that is gone must not be asked for ever
	p.failures++
	wait := c.pullErrorDelay(ctx, p, err)
	if p.failures == 1 {
		c.logger(ctx).Warn("pull fails", zap.Stringer("queue", pq.mq), zap.Duration("retry_in", wait), zap.Error(err))
	} else {
		c.logger(ctx).Debug("pull fails still", zap.Stringer("queue", pq.mq), zap.Int("failures", p.failures), zap.Error(err))
	}
	return wait
}

func (c *Consumer) pullErrorDelay(ctx context.Context, p *pace, err error) time.Duration {
	var refused *protocol.ResponseError
	if errors.As(err, &refused) {
		switch refused.Code {
		case protocol.SystemBusy, protocol.FlowControl:
			return doubled(brokerBusyDelay, p.failures, maxPullDelay)
		case protocol.SubscriptionNotExist, protocol.SubscriptionNotLatest:
			c.instance.SendHeartbeatToAllBroker(ctx) // the broker has not heard of the subscription, or was restarted
			return doubled(unknownSubscriptionDelay, p.failures, c.cfg.PullErrorDelay)
		}
	}
	return c.cfg.PullErrorDelay
}

// afterPull notes that pulling works.
func (c *Consumer) afterPull(pq *processQueue, p *pace) {
	if p.failures > 0 {
		c.log.Info("pull works again", zap.Stringer("queue", pq.mq), zap.Int("failures", p.failures))
		p.failures = 0
	}
}

// correctOffset gives up an offset that the broker does not have, and starts the queue over at the one that the broker suggested, or at
// the first message that no handler is done with if that comes before.
//
// Java: DefaultMQPushConsumerImpl#pullMessage (5.5.0), which drops what waits for handlers and stores the suggested offset.
func (c *Consumer) correctOffset(ctx context.Context, pq *processQueue, illegal, corrected int64, p pace) {
	corrected = pq.undoneBefore(corrected)
	c.logger(ctx).Warn("offset illegal, corrected", zap.Stringer("queue", pq.mq), zap.Int64("offset", illegal), zap.Int64("corrected", corrected))
	p.corrections++
	c.restart(ctx, pq, corrected, p)
}

// restart begins a queue anew at an offset, and stores that offset. What was pulled and not yet handled is dropped, and pulled again if it
// lies behind.
func (c *Consumer) restart(ctx context.Context, pq *processQueue, offset int64, p pace) {
	fresh := c.newProcessQueue(pq.mq)
	if !c.queues.replace(pq, fresh) {
		fresh.drop()
		return
	}
	fresh.unlessDropped(func() { c.offsets.update(fresh.mq, offset, false) })
	c.offsets.persist(context.WithoutCancel(ctx), fresh.mq)
	c.startPulling(fresh, offset, p)
}
