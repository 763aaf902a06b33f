package consumer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// brokerBusyDelay is waited when a broker says that it is busy, much shorter than after a real failure.
const brokerBusyDelay = 20 * time.Millisecond

// pullLoop pulls one assigned queue from offset on until the queue is taken away or ctx ends. There is one loop per queue; the
// broker holds the request while there is nothing to give, so an idle loop costs one request every suspend timeout.
//
// Java: client.impl.consumer.PullMessageService, DefaultMQPushConsumerImpl#pullMessage (5.5.0).
func (c *Consumer) pullLoop(ctx context.Context, pq *processQueue, offset int64) {
	for ctx.Err() == nil && !pq.dropped.Load() {
		pq.lastPull.Store(c.clock.Now().UnixMilli())
		var wait time.Duration
		if c.overThreshold(pq) {
			wait = c.cfg.FlowControlDelay
		} else {
			offset, wait = c.pullOnce(ctx, pq, offset)
		}
		if wait > 0 && clock.Sleep(ctx, c.clock, wait) != nil {
			return
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
func (c *Consumer) pullOnce(ctx context.Context, pq *processQueue, offset int64) (next int64, wait time.Duration) {
	result, pulled, err := c.pullMessage(ctx, pq, offset)
	if err != nil {
		return offset, c.afterPullError(ctx, pq, err)
	}
	switch result.Status {
	case api.Found:
		c.handOver(pq, result.msgs, pulled)
	case api.OffsetIllegal:
		c.correctOffset(ctx, pq, offset, result.NextBeginOffset)
		return offset, 0
	}
	if n, _, _ := pq.backlog(); n == 0 && len(result.msgs) == 0 { // everything up to here was done or filtered out
		c.offsets.update(pq.mq, result.NextBeginOffset, true)
	}
	return result.NextBeginOffset, c.cfg.PullInterval
}

// pullResult is what a pull brought: the broker's answer and the messages that match the subscription.
type pullResult struct {
	api.PullResponse
	msgs []*message.MessageExt
}

// pullMessage asks the queue's broker for messages from offset on, keeps those that match the subscription, and returns the
// span of the pull for the process spans to link to.
func (c *Consumer) pullMessage(ctx context.Context, pq *processQueue, offset int64) (res pullResult, pulled observ.SpanContext, err error) {
	ctx, step := c.tracePull(ctx, pq.mq)
	defer step.End(&err)
	sub, ok := c.subscriptions.get(pq.mq.Topic)
	if !ok {
		return res, pulled, errNotSubscribed
	}
	broker, ok := c.instance.FindBrokerAddressInSubscribe(pq.mq.BrokerName, pq.brokerID.Load(), false)
	if !ok {
		return res, pulled, errNoRoute
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.PullTimeout)
	defer cancel()
	res.PullResponse, err = c.instance.API().PullMessage(ctx, broker.Addr, c.pullRequest(pq, sub.SubVersion, offset, broker.Slave))
	if err != nil {
		return res, pulled, err
	}
	pq.brokerID.Store(res.SuggestWhichBrokerID)
	res.msgs, err = c.decodePulled(pq.mq, sub, res.Records)
	tracePulled(step, res)
	return res, step.SpanContext(), err
}

// decodePulled reads the records, keeps what is subscribed and unpacks it.
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
		if err := unpack(m); err != nil {
			return nil, fmt.Errorf("pulled from %v: message %s: %w", mq, m.MsgID, err)
		}
	}
	return msgs, nil
}

// unpack decompresses the body, if it is compressed.
func unpack(m *message.MessageExt) (err error) {
	if m.SysFlag.Compressed() {
		m.Body, err = m.SysFlag.Compression().Decompress(m.Body, maxBodySize)
	}
	return err
}

// maxBodySize bounds what a compressed body may become, in bytes.
const maxBodySize = 64 << 20

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

// handOver puts messages into the queue and gives them to the handlers in batches.
func (c *Consumer) handOver(pq *processQueue, msgs []*message.MessageExt, pulled observ.SpanContext) {
	fresh := pq.put(msgs)
	for len(fresh) > 0 {
		n := min(len(fresh), c.cfg.ConsumeMessageBatchMaxSize)
		c.work.submit(consumeRequest{pq: pq, msgs: fresh[:n:n], pulled: pulled})
		fresh = fresh[n:]
	}
}

// afterPullError logs and says how long to wait.
func (c *Consumer) afterPullError(ctx context.Context, pq *processQueue, err error) time.Duration {
	if ctx.Err() != nil || pq.dropped.Load() {
		return 0
	}
	var refused *protocol.ResponseError
	if errors.As(err, &refused) {
		switch refused.Code {
		case protocol.SystemBusy, protocol.FlowControl:
			return brokerBusyDelay
		case protocol.SubscriptionNotExist, protocol.SubscriptionNotLatest:
			c.instance.SendHeartbeatToAllBroker(ctx) // the broker has not heard of the subscription yet, or was restarted
			return brokerBusyDelay * 5
		}
	}
	c.log.Warn("pull failed", zap.Stringer("queue", pq.mq), zap.Duration("retryIn", c.cfg.PullErrorDelay), zap.Error(err))
	return c.cfg.PullErrorDelay
}

// correctOffset gives up an offset that the broker does not have. The queue starts over, from the offset that the broker
// suggested, at the rebalance that this triggers.
func (c *Consumer) correctOffset(ctx context.Context, pq *processQueue, illegal, corrected int64) {
	c.log.Warn("offset illegal, corrected", zap.Stringer("queue", pq.mq), zap.Int64("offset", illegal), zap.Int64("corrected", corrected))
	pq.dropped.Store(true)
	c.offsets.update(pq.mq, corrected, false)
	c.offsets.persist(ctx, pq.mq)
	c.queues.remove(pq)
	c.instance.RebalanceImmediately()
}
