package consumer

import (
	"context"
	"errors"
	"runtime"
	"strconv"

	"go.uber.org/zap"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// ResetOffset makes the group go on elsewhere: a tool asked for it. The queues begin anew at the given offsets.
//
// Java: MQClientInstance#resetOffset (5.5.0).
func (m member) ResetOffset(ctx context.Context, topic string, offsets map[message.MessageQueue]int64) error {
	for _, pq := range m.c.queues.list(topic) {
		if offset, ok := offsets[pq.mq]; ok {
			m.c.restart(ctx, pq, offset, pace{})
			m.c.logger(ctx).Info("offset reset", zap.Stringer("queue", pq.mq), zap.Int64("offset", offset))
		}
	}
	return nil
}

// ConsumerStatus is how far this member is with each of its queues of topic.
//
// Java: MQClientInstance#getConsumerStatus (5.5.0).
func (m member) ConsumerStatus(topic string) map[message.MessageQueue]int64 {
	c := m.c
	status := map[message.MessageQueue]int64{}
	for _, pq := range c.queues.list(topic) {
		status[pq.mq] = c.offsets.memory(pq.mq)
	}
	return status
}

// ConsumerRunningInfo describes the consumer for mqadmin consumerStatus.
//
// Java: DefaultMQPushConsumerImpl#consumerRunningInfo (5.5.0).
func (m member) ConsumerRunningInfo(stacks bool) *body.ConsumerRunningInfo {
	c := m.c
	info := &body.ConsumerRunningInfo{
		MQTable:         map[message.MessageQueue]body.ProcessQueueInfo{},
		Properties:      c.properties(),
		SubscriptionSet: c.subscriptions.all(),
	}
	for _, pq := range c.queues.list("") {
		info.MQTable[pq.mq] = c.describe(pq)
	}
	if stacks {
		info.Jstack = goroutineStacks()
	}
	return info
}

func (c *Consumer) describe(pq *processQueue) body.ProcessQueueInfo {
	count, bytes, _ := pq.backlog()
	lowest, highest := pq.offsets()
	return body.ProcessQueueInfo{
		CommitOffset: c.offsets.memory(pq.mq), CachedMsgMinOffset: lowest, CachedMsgMaxOffset: highest,
		CachedMsgCount: int32(count), CachedMsgSizeInMiB: int32(bytes >> 20), Dropped: pq.dropped.Load(),
		LastPullTimestamp: pq.lastPull.Load(), LastConsumeTimestamp: pq.lastConsume.Load(),
	}
}

// properties are the settings that Apache's tools read.
func (c *Consumer) properties() map[string]string {
	return map[string]string{
		"PROP_CONSUME_TYPE":              string(heartbeat.ConsumePassively),
		"PROP_CONSUMEORDERLY":            "false",
		"PROP_THREADPOOL_CORE_SIZE":      strconv.Itoa(c.cfg.ConsumeThreads),
		"PROP_CONSUMER_START_TIMESTAMP":  strconv.FormatInt(c.started.UnixMilli(), 10),
		"PROP_CLIENT_VERSION":            "V5_5_0",
		"consumerGroup":                  c.group,
		"messageModel":                   c.model(),
		"consumeFromWhere":               c.cfg.ConsumeFromWhere,
		"consumeMessageBatchMaxSize":     strconv.Itoa(c.cfg.ConsumeMessageBatchMaxSize),
		"pullBatchSize":                  strconv.Itoa(int(c.cfg.PullBatchSize)),
		"pullThresholdForQueue":          strconv.Itoa(c.cfg.PullThresholdForQueue),
		"maxReconsumeTimes":              strconv.Itoa(int(c.cfg.MaxReconsumeTimes)),
		"allocateMessageQueueStrategy":   c.strategy.Name(),
		"suspendTimeoutMillis":           strconv.FormatInt(c.cfg.SuspendTimeout.Milliseconds(), 10),
		"consumerConcurrentlyMaxSpan":    strconv.FormatInt(c.cfg.ConsumeConcurrentlyMaxSpan, 10),
		"pullThresholdSizeForQueueBytes": strconv.FormatInt(c.cfg.PullThresholdSizeForQueue, 10),
	}
}

func goroutineStacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}

// ConsumeMessageDirectly hands one stored message to the handler, outside of any queue: mqadmin's way to try a message again.
//
// Java: ConsumeMessageConcurrentlyService#consumeMessageDirectly (5.5.0).
func (m member) ConsumeMessageDirectly(ctx context.Context, msg *message.MessageExt, brokerName string) *body.ConsumeMessageDirectlyResult {
	c := m.c
	msg.BrokerName = brokerName
	c.restoreTopic(msg)
	began := c.clock.Now()
	err := c.consumeMessage(ctx, []*message.MessageExt{msg})
	result := &body.ConsumeMessageDirectlyResult{
		AutoCommit: true, ConsumeResult: "CR_SUCCESS", SpentTimeMillis: c.clock.Now().Sub(began).Milliseconds(),
	}
	switch {
	case errors.Is(err, ErrHandlerPanic):
		result.ConsumeResult, result.Remark = "CR_THROW_EXCEPTION", err.Error()
	case err != nil:
		result.ConsumeResult, result.Remark = "CR_LATER", err.Error()
	}
	return result
}
