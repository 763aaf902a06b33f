package consumer

import (
	"context"
	"errors"
	"fmt"

	"github.com/plumemq/plume/message"
)

// Where a group that never committed an offset begins. Java: common.consumer.ConsumeFromWhere.
const (
	consumeFromLastOffset  = "CONSUME_FROM_LAST_OFFSET"
	consumeFromFirstOffset = "CONSUME_FROM_FIRST_OFFSET"
	consumeFromTimestamp   = "CONSUME_FROM_TIMESTAMP"
)

// computePullFromWhere is the offset at which a queue that was just assigned begins: what the group committed, or else what the
// consumer was told.
//
// Java: RebalancePushImpl#computePullFromWhereWithException (5.5.0).
func (c *Consumer) computePullFromWhere(ctx context.Context, mq message.MessageQueue) (offset int64, err error) {
	ctx, step := traceComputePullFromWhere(ctx, mq)
	defer step.End(&err)
	offset, err = c.offsets.fetch(ctx, mq)
	reason := "committed"
	if errors.Is(err, errNoOffset) {
		reason = c.cfg.ConsumeFromWhere
		offset, err = c.initialOffset(ctx, mq)
	}
	if err != nil {
		return 0, fmt.Errorf("where to begin with %v: %w", mq, err)
	}
	traceStartOffset(step, offset, reason)
	return offset, nil
}

func (c *Consumer) initialOffset(ctx context.Context, mq message.MessageQueue) (int64, error) {
	if c.cfg.ConsumeFromWhere == consumeFromFirstOffset || message.IsRetryTopic(mq.Topic) && c.cfg.ConsumeFromWhere == consumeFromLastOffset {
		return 0, nil
	}
	addr := c.instance.FindBrokerAddressInPublish(ctx, mq.BrokerName)
	if addr == "" {
		return 0, errNoRoute
	}
	if c.cfg.ConsumeFromWhere == consumeFromTimestamp && !message.IsRetryTopic(mq.Topic) {
		return c.instance.API().SearchOffset(ctx, addr, mq, c.cfg.ConsumeTimestamp)
	}
	return c.instance.API().GetMaxOffset(ctx, addr, mq)
}
