package consumer

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/message"
)

// Start joins the group and begins to consume. It returns when the brokers that could be reached know of the consumer; queues are
// assigned soon after (see [Consumer.AwaitAssignment]). A topic that does not exist yet is no error: it is consumed once it does.
// Without a name server it fails with client.ErrNoNameServer, when a client instance shared by [client.WithShared] has the
// group already with client.ErrGroupExists, a second time with client.ErrAlreadyStarted, and after Shutdown with client.ErrNotRunning. ctx
// bounds the start only.
//
// Java: DefaultMQPushConsumerImpl#start (5.5.0).
func (c *Consumer) Start(ctx context.Context) (err error) {
	ctx, step := c.traceStart(ctx)
	defer step.End(&err)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.state {
	case running:
		return fmt.Errorf("consumer %s: %w", c.group, client.ErrAlreadyStarted)
	case stopping, stopped:
		return fmt.Errorf("consumer %s was shut down: %w", c.group, client.ErrNotRunning)
	}
	if err := c.join(ctx); err != nil {
		return fmt.Errorf("consumer %s: %w", c.group, err)
	}
	c.state = running
	return nil
}

// join acquires the instance, starts the loops and makes the group known.
func (c *Consumer) join(ctx context.Context) error {
	inst, err := instance.Acquire(c.cfg.Client)
	if err != nil {
		return err
	}
	c.instance, c.offsets, c.started = inst, c.newOffsetStore(inst), c.clock.Now()
	if err := c.offsets.load(); err != nil {
		inst.Release()
		return err
	}
	if c.messageTrace, err = c.startMessageTrace(ctx); err != nil {
		inst.Release()
		return err
	}
	c.startLoops()
	if err = inst.RegisterConsumer(c.group, member{c}); err == nil {
		if err = inst.Start(ctx); err == nil {
			c.announce(ctx)
			return nil
		}
		inst.UnregisterConsumer(ctx, c.group)
	}
	err = errors.Join(err, c.stopLoops(ctx), c.messageTrace.shutdown(ctx))
	inst.Release()
	return err
}

// announce fetches the routes, tells the brokers, and asks for the first rebalance.
func (c *Consumer) announce(ctx context.Context) {
	for _, topic := range c.subscriptions.topics() {
		_, err := c.instance.UpdateTopicRouteInfoFromNameServer(ctx, instance.RouteQuery{Topic: topic})
		if err != nil && !message.IsRetryTopic(topic) {
			c.logger(ctx).Warn("no route yet", zap.String("topic", topic), zap.Error(err))
		}
	}
	c.subscriptions.takeChanged()
	c.instance.SendHeartbeatToAllBroker(ctx)
	c.announced.Store(true)
	c.instance.RebalanceImmediately()
}

// startLoops starts the handlers' goroutines. They outlive the pull loops by up to AwaitTermination.
func (c *Consumer) startLoops() {
	handleCtx, abandon := context.WithCancel(context.Background())
	c.work, c.loops, c.abandon = newWorkQueue(), newLoops(), abandon
	for range c.cfg.ConsumeThreads {
		c.handling.Go(func() { c.consumeLoop(handleCtx) })
	}
	if !c.cfg.Broadcasting {
		c.loops.start(c.cleanExpiredLoop)
	}
}

// Shutdown stops pulling, waits for the handlers up to AwaitTermination or until ctx ends (then the error is an
// ErrHandlersStillRunning), stores the offsets and leaves the group. What was pulled and not handled is delivered again. A second
// call does nothing.
//
// Java: DefaultMQPushConsumerImpl#shutdown (5.5.0).
func (c *Consumer) Shutdown(ctx context.Context) (err error) {
	if !c.beginStop() {
		return nil
	}
	ctx, step := c.traceShutdown(ctx)
	defer step.End(&err)
	c.announced.Store(false)
	err = c.stopLoops(ctx)
	return errors.Join(err, c.leave(ctx))
}

// beginStop says whether there is something to stop.
func (c *Consumer) beginStop() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.state
	switch was {
	case created:
		c.state = stopped
		close(c.closed)
	case running:
		c.state = stopping
		close(c.closed)
	}
	return was == running
}

// stopLoops ends the pull loops and then the handlers, patiently.
func (c *Consumer) stopLoops(ctx context.Context) error {
	c.loops.stop()
	c.work.close()
	done := make(chan struct{})
	go func() { c.handling.Wait(); close(done) }()
	patience := c.clock.NewTimer(c.cfg.AwaitTermination)
	defer patience.Stop()
	defer c.abandon()
	select {
	case <-done:
		return nil
	case <-patience.C():
	case <-ctx.Done():
	}
	return fmt.Errorf("consumer %s: %w", c.group, ErrHandlersStillRunning)
}

// leave stores the offsets and says goodbye. It does so even if ctx is over: what was done would be done again otherwise.
func (c *Consumer) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.cfg.MQClientAPITimeout)
	defer cancel()
	c.offsets.persistAll(ctx, true)
	c.queues.dropAll()
	c.instance.UnregisterConsumer(ctx, c.group)
	c.mu.Lock()
	c.state = stopped
	inner := c.inner
	c.mu.Unlock()
	err := c.messageTrace.shutdown(ctx)
	if inner != nil {
		err = errors.Join(err, inner.Shutdown(ctx))
	}
	c.instance.Release()
	return err
}
