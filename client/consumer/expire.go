package consumer

import (
	"context"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/message"
)

// cleanExpiredLoop looks for stuck messages every ConsumeTimeout.
func (c *Consumer) cleanExpiredLoop(ctx context.Context) {
	for clock.Sleep(ctx, c.clock, c.cfg.ConsumeTimeout) == nil {
		for _, pq := range c.queues.list("") {
			if stuck := pq.claimExpired(c.clock.Now().Add(-c.cfg.ConsumeTimeout)); len(stuck) > 0 {
				c.cleanExpiredMsg(ctx, pq, stuck)
			}
		}
	}
}

// cleanExpiredMsg sends back messages whose handler has not returned for too long, so that one stuck handler does not hold up the
// queue's offset for ever. What that handler answers in the end no longer matters. Messages that could not be sent back get
// another ConsumeTimeout.
//
// Java: ProcessQueue#cleanExpiredMsg (5.5.0).
func (c *Consumer) cleanExpiredMsg(ctx context.Context, pq *processQueue, stuck []*message.MessageExt) {
	ctx, step := c.traceCleanExpiredMsg(ctx, pq.mq, len(stuck))
	defer step.End(nil)
	c.logger(ctx).Warn("handler stuck, sending back", zap.Stringer("queue", pq.mq), zap.Int("messages", len(stuck)),
		zap.Duration("after", c.cfg.ConsumeTimeout))
	stored, failed := c.sendBackAll(ctx, pq.mq, stuck)
	pq.release(failed, c.clock.Now().UnixMilli())
	c.settle(pq, stored)
}
