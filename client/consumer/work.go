package consumer

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// consumeRequest is a batch of messages on its way to the handler.
type consumeRequest struct {
	pq         *processQueue
	msgs       []*message.MessageExt
	pulled     observ.SpanContext // the pull that brought them
	since      time.Time          // when they began to wait
	unreadable error              // why the handler must not see them
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
	r.pq.begin(r.msgs, c.clock.Now())
	ctx, step := c.traceProcess(ctx, r)
	began := c.metrics.now()
	err := r.unreadable
	if err == nil {
		traced := c.consumeMessageBefore(ctx, r.msgs)
		err = c.consumeMessage(ctx, r.msgs)
		c.consumeMessageAfter(ctx, traced, err)
	}
	c.processConsumeResult(ctx, r, acknowledged(len(r.msgs), err), err)
	c.metrics.processed(began, r.msgs[0].Topic, err, step)
	step.End(&err)
}

// consumeMessage calls the handler; a panic becomes an error.
func (c *Consumer) consumeMessage(ctx context.Context, msgs []*message.MessageExt) (err error) {
	ctx, step := stepConsumeMessage.Start(ctx)
	defer step.End(&err)
	defer func() {
		if p := recover(); p != nil {
			c.logger(ctx).Error("handler panicked", zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
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

// processConsumeResult settles a batch of which the first acked messages are done: the rest goes back to the broker, and the offset
// moves up to the lowest message that is neither done nor stored for retry.
//
// Java: ConsumeMessageConcurrentlyService#processConsumeResult (5.5.0).
func (c *Consumer) processConsumeResult(ctx context.Context, r consumeRequest, acked int, cause error) {
	ctx, step := traceProcessConsumeResult(ctx, acked, len(r.msgs))
	defer step.End(nil)
	c.settle(r.pq, r.msgs[:acked])
	failed := r.msgs[acked:]
	switch {
	case len(failed) == 0, r.pq.dropped.Load(): // the queue's new owner has the failed ones again anyway
	case c.cfg.Broadcasting:
		c.logger(ctx).Warn("broadcast message dropped: its handler failed", zap.Int("messages", len(failed)), zap.Error(cause))
		c.settle(r.pq, failed)
	default:
		stored, again := c.sendBackAll(ctx, r.pq.mq, r.pq.claim(failed))
		c.settle(r.pq, stored)
		c.consumeLater(r, again)
	}
}

// settle marks messages as done and moves the offset, unless the queue is not ours any more.
func (c *Consumer) settle(pq *processQueue, msgs []*message.MessageExt) {
	if offset := pq.remove(msgs, c.clock.Now()); offset >= 0 {
		pq.unlessDropped(func() { c.offsets.update(pq.mq, offset, true) })
	}
}

// sendBackRetryDelay is waited before a message that could not be sent back goes to the handler again.
//
// Java: ConsumeMessageConcurrentlyService#submitConsumeRequestLater (5.5.0).
const sendBackRetryDelay = 5 * time.Second

// consumeLater hands messages that could not be sent back to the handler again after a while.
func (c *Consumer) consumeLater(r consumeRequest, msgs []*message.MessageExt) {
	if len(msgs) == 0 {
		return
	}
	r.pq.release(msgs, 0)
	r.msgs = msgs
	c.clock.AfterFunc(sendBackRetryDelay, func() {
		r.since = c.clock.Now()
		c.work.submit(r)
	})
}
