package consumer

import (
	"context"
	"fmt"
	"time"

	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// pullLoop pulls one assigned queue from offset on until the queue is taken away or the consumer stops. There is one loop per
// queue; the broker holds the request while there is nothing to give, so an idle loop costs one request every suspend timeout.
//
// Java: client.impl.consumer.PullMessageService, DefaultMQPushConsumerImpl#pullMessage (5.5.0).
func (c *Consumer) pullLoop(ctx context.Context, pq *processQueue, offset int64, pace pace) {
	wait := pace.beforeFirst()
	for clock.Sleep(ctx, c.clock, wait) == nil && !pq.dropped.Load() {
		pq.lastPull.Store(c.clock.Now().UnixMilli())
		wait = c.cfg.FlowControlDelay
		if !c.overThreshold(pq) {
			offset, wait = c.pullOnce(ctx, pq, offset, &pace)
		}
	}
}

// overThreshold says whether too much of the queue waits for handlers already.
func (c *Consumer) overThreshold(pq *processQueue) bool {
	count, bytes, span := pq.backlog()
	return count > c.cfg.PullThresholdForQueue ||
		bytes > c.cfg.PullThresholdSizeForQueue ||
		span > c.cfg.ConsumeConcurrentlyMaxSpan
}

// pullOnce pulls and hands over what came. It returns the offset to go on from and how long to wait before.
func (c *Consumer) pullOnce(ctx context.Context, pq *processQueue, offset int64, pace *pace) (next int64, wait time.Duration) {
	asked := c.clock.Now()
	result, pulled, err := c.pullMessage(ctx, pq, offset)
	if err != nil {
		return offset, c.afterPullError(ctx, pq, pace, err)
	}
	c.afterPull(pq, pace)
	if result.Status == api.OffsetIllegal {
		c.correctOffset(ctx, pq, offset, result.NextBeginOffset, *pace)
		return offset, 0
	}
	c.handOver(pq, result.msgs, pulled)
	c.correctTagsOffset(pq, result)
	held := c.clock.Now().Sub(asked) >= min(heldAtLeast, c.cfg.SuspendTimeout/2)
	wait = pace.afterAnswer(held || len(result.msgs) > 0 || result.NextBeginOffset > offset)
	return result.NextBeginOffset, max(c.cfg.PullInterval, wait)
}

// correctTagsOffset moves the group's offset past what was filtered out, when nothing before it waits any more.
//
// Java: DefaultMQPushConsumerImpl#correctTagsOffset (5.5.0).
func (c *Consumer) correctTagsOffset(pq *processQueue, res pullResult) {
	if waiting, _, _ := pq.backlog(); waiting == 0 && len(res.msgs) == 0 {
		pq.unlessDropped(func() { c.offsets.update(pq.mq, res.NextBeginOffset, true) })
	}
}

// pullResult is what a pull brought: the broker's answer and the messages that match the subscription.
type pullResult struct {
	api.PullResponse
	msgs []*message.MessageExt
}

// pullMessage asks the queue's broker for messages from offset on, keeps those that match the subscription, and returns the
// span of the pull for the process spans to link to.
func (c *Consumer) pullMessage(ctx context.Context, pq *processQueue, offset int64) (res pullResult, pulled observ.SpanContext, err error) {
	ctx, step := c.tracePull(ctx, pq)
	defer step.End(&err)
	var broker instance.FindBrokerResult
	began := c.metrics.now()
	defer func() { c.metrics.pulled(began, c.cfg.WithoutNamespace(pq.mq.Topic), broker.Addr, &res, err, step) }()
	sub, ok := c.subscriptions.get(pq.mq.Topic)
	if !ok {
		return res, pulled, errNotSubscribed
	}
	if broker, ok = c.findBroker(ctx, pq); !ok {
		return res, pulled, errNoRoute
	}
	tracePullFrom(step, broker.Addr)
	ctx, cancel := context.WithTimeout(ctx, c.cfg.PullTimeout)
	defer cancel()
	res.PullResponse, err = c.instance.API().PullMessage(ctx, broker.Addr, c.pullRequest(pq, sub.SubVersion, offset, broker.Slave))
	if err != nil {
		return res, pulled, err
	}
	pq.brokerID.Store(res.SuggestWhichBrokerID)
	res.msgs, err = c.decodePulled(pq.mq, sub, res.Records)
	c.tracePulled(step, res)
	return res, step.SpanContext(), err
}

// findBroker is where to pull the queue from; a name server is asked if the broker is not known.
func (c *Consumer) findBroker(ctx context.Context, pq *processQueue) (instance.FindBrokerResult, bool) {
	broker, ok := c.instance.FindBrokerAddressInSubscribe(pq.mq.BrokerName, pq.brokerID.Load(), false)
	if ok {
		return broker, true
	}
	if _, err := c.instance.UpdateTopicRouteInfoFromNameServer(ctx, instance.RouteQuery{Topic: pq.mq.Topic}); err != nil {
		return broker, false
	}
	return c.instance.FindBrokerAddressInSubscribe(pq.mq.BrokerName, pq.brokerID.Load(), false)
}

// decodePulled reads the records and keeps what is subscribed.
//
// Java: PullAPIWrapper#processPullResult (5.5.0).
func (c *Consumer) decodePulled(mq message.MessageQueue, sub *heartbeat.SubscriptionData, records []byte) ([]*message.MessageExt, error) {
	msgs, err := message.DecodeRecords(records, message.CheckCRC)
	if err != nil {
		return nil, fmt.Errorf("pulled from %v: %w", mq, err)
	}
	msgs = match(sub, msgs)
	for _, m := range msgs {
		m.BrokerName = mq.BrokerName
	}
	return msgs, nil
}

func (c *Consumer) pullRequest(pq *processQueue, subVersion, offset int64, slave bool) *header.PullMessageRequestHeader {
	h := &header.PullMessageRequestHeader{
		ConsumerGroup:        c.group,
		Topic:                pq.mq.Topic,
		QueueID:              pq.mq.QueueID,
		QueueOffset:          offset,
		MaxMsgNums:           c.cfg.PullBatchSize,
		MaxMsgBytes:          c.cfg.PullBatchSizeInBytes,
		SysFlag:              header.PullSuspend,
		SuspendTimeoutMillis: c.cfg.SuspendTimeout.Milliseconds(),
		SubVersion:           subVersion,
		ExpressionType:       heartbeat.ExpressionTag,
	}
	h.BrokerName = pq.mq.BrokerName
	if done := c.offsets.memory(pq.mq); done > 0 && !c.cfg.Broadcasting && !slave {
		h.SysFlag |= header.PullCommitOffset
		h.CommitOffset = done
	}
	return h
}

// handOver puts messages into the queue and gives them to the handlers in batches. One whose body cannot be unpacked goes alone, and
// by the way of a failed one: to the retry topic and in the end to the dead letters, where somebody can look at it.
func (c *Consumer) handOver(pq *processQueue, msgs []*message.MessageExt, pulled observ.SpanContext) {
	now := c.clock.Now()
	fresh := pq.put(msgs)
	readable := fresh[:0]
	for _, m := range fresh {
		if err := api.Unpack(m); err != nil {
			c.work.submit(consumeRequest{pq: pq, msgs: []*message.MessageExt{m}, pulled: pulled, since: now, unreadable: err})
			continue
		}
		readable = append(readable, m)
	}
	for len(readable) > 0 {
		n := min(len(readable), c.cfg.ConsumeMessageBatchMaxSize)
		c.work.submit(consumeRequest{pq: pq, msgs: readable[:n:n], pulled: pulled, since: now})
		readable = readable[n:]
	}
}
