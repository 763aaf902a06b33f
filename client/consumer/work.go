package consumer

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// consumeRequest is a batch of messages on its way to the handler.
type consumeRequest struct {
	pq     *processQueue
	msgs   []*message.MessageExt
	pulled observ.SpanContext // the pull that brought them
}

// workQueue feeds a fixed number of handler goroutines. It is not bounded itself: the pull loops' thresholds bound what each queue
// puts in.
type workQueue struct {
	mu      sync.Mutex
	ready   sync.Cond
	waiting []consumeRequest
	closed  bool
}

func newWorkQueue() *workQueue {
	w := &workQueue{}
	w.ready.L = &w.mu
	return w
}

func (w *workQueue) submit(r consumeRequest) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.waiting = append(w.waiting, r)
		w.ready.Signal()
	}
}

// take waits for a request; false means closed.
func (w *workQueue) take() (consumeRequest, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.waiting) == 0 && !w.closed {
		w.ready.Wait()
	}
	if w.closed {
		return consumeRequest{}, false
	}
	r := w.waiting[0]
	w.waiting[0] = consumeRequest{}
	w.waiting = w.waiting[1:]
	return r, true
}

// close wakes all takers and drops what waits: it is not acknowledged and will be delivered again.
func (w *workQueue) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.waiting = nil
	w.ready.Broadcast()
}

// consumeLoop is one handler goroutine.
func (c *Consumer) consumeLoop(ctx context.Context) {
	for {
		r, ok := c.work.take()
		if !ok {
			return
		}
		c.consume(ctx, r)
	}
}

// consume runs the handler on one batch and settles it.
//
// Java: client.impl.consumer.ConsumeMessageConcurrentlyService.ConsumeRequest#run (5.5.0).
func (c *Consumer) consume(ctx context.Context, r consumeRequest) {
	if r.pq.dropped.Load() {
		return // another member of the group has the queue now
	}
	for _, m := range r.msgs {
		c.restoreTopic(m)
	}
	ctx, step := c.traceProcess(ctx, r)
	err := c.consumeMessage(ctx, r.msgs)
	c.processConsumeResult(ctx, r, acknowledged(len(r.msgs), err), err)
	step.End(&err)
}

// consumeMessage calls the handler; a panic becomes an error.
func (c *Consumer) consumeMessage(ctx context.Context, msgs []*message.MessageExt) (err error) {
	ctx, step := stepConsumeMessage.Start(ctx)
	defer step.End(&err)
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("handler panicked", zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			err = fmt.Errorf("%w: %v", ErrHandlerPanic, p)
		}
	}()
	return c.handler(ctx, msgs)
}

// restoreTopic gives a redelivered message the topic that it was sent to, and takes the namespace off.
func (c *Consumer) restoreTopic(m *message.MessageExt) {
	if origin := m.Properties.Get(message.PropertyRetryTopic); origin != "" && m.Topic == message.RetryTopic(c.group) {
		m.Topic = origin
	}
	m.Topic = c.cfg.WithoutNamespace(m.Topic)
}

// sendBackRetryDelay is waited before a message that could not be sent back goes to the handler again.
const sendBackRetryDelay = 5 * time.Second

// processConsumeResult settles a batch of which the first acked messages are done: the rest goes back to the broker, and the offset
// moves up to the lowest message that is neither done nor stored for retry.
//
// Java: ConsumeMessageConcurrentlyService#processConsumeResult (5.5.0).
func (c *Consumer) processConsumeResult(ctx context.Context, r consumeRequest, acked int, cause error) {
	ctx, step := traceProcessConsumeResult(ctx, acked, len(r.msgs))
	defer step.End(nil)
	settled := slices.Clone(r.msgs[:acked])
	switch failed := r.msgs[acked:]; {
	case len(failed) == 0:
	case c.cfg.Broadcasting:
		settled = r.msgs
		c.log.Warn("broadcast message dropped: its handler failed", zap.Int("messages", len(failed)), zap.Error(cause))
	default:
		settled = append(settled, c.sendBackAll(ctx, r, failed)...)
	}
	offset := r.pq.remove(settled, c.clock.Now())
	if offset >= 0 && !r.pq.dropped.Load() {
		c.offsets.update(r.pq.mq, offset, true)
	}
}

// sendBackAll returns the messages that are safely stored for retry. The others go to the handler again after a while.
func (c *Consumer) sendBackAll(ctx context.Context, r consumeRequest, failed []*message.MessageExt) (stored []*message.MessageExt) {
	var again []*message.MessageExt
	for _, m := range failed {
		if err := c.sendMessageBack(ctx, r.pq.mq, m); err != nil {
			c.log.Warn("send back failed, consuming again", zap.String("msgId", m.MsgID), zap.Duration("in", sendBackRetryDelay), zap.Error(err))
			m.ReconsumeTimes++
			again = append(again, m)
			continue
		}
		stored = append(stored, m)
	}
	if len(again) > 0 {
		c.clock.AfterFunc(sendBackRetryDelay, func() {
			c.work.submit(consumeRequest{pq: r.pq, msgs: again, pulled: r.pulled})
		})
	}
	return stored
}
