package consumer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// Consumer is a push consumer: it pulls by long poll and calls a handler. Safe for concurrent use.
//
// Java: client.impl.consumer.DefaultMQPushConsumerImpl (5.5.0).
type Consumer struct {
	cfg           config.Consumer
	group         string // with its namespace
	handler       Handler
	strategy      AllocateStrategy
	clock         clock.Clock
	log           *zap.Logger
	component     *observ.Component
	subscriptions subscriptions
	queues        processQueueTable
	work          *workQueue
	announced     atomic.Bool // brokers have heard of the group: from now on it may rebalance

	mu       sync.Mutex // owns what follows
	state    state
	instance *instance.MQClientInstance
	offsets  offsetStore
	inner    *producer.Producer // stores what could not be sent back; made at the first need
	spawn    func(loop func(ctx context.Context))
	stop     context.CancelFunc // ends pulling
	abandon  context.CancelFunc // ends handlers
	pulling  sync.WaitGroup
	handling sync.WaitGroup
	started  time.Time
}

type state int

const (
	created state = iota
	running
	stopped
)

// New makes a consumer of a group; handler gets the messages. Call [Consumer.Subscribe], then [Consumer.Start].
func New(group string, handler Handler, opts ...Option) (*Consumer, error) {
	cfg := settings{Consumer: config.DefaultConsumer(group), strategy: AllocateAveragely()}
	for _, o := range opts {
		cfg.apply(o)
	}
	cfg.Complete()
	if handler == nil {
		return nil, errors.New("consumer needs a handler")
	}
	if err := message.ValidateGroup(group); err != nil {
		return nil, fmt.Errorf("consumer group: %w", err)
	}
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("consumer %s: %w", group, err)
	}
	c := &Consumer{
		cfg: cfg.Consumer, group: cfg.WithNamespace(group), handler: handler, strategy: cfg.strategy,
		clock: cfg.Clock, log: cfg.Logger.With(zap.String("group", group)), component: cfg.Component(), work: newWorkQueue(),
	}
	return c, nil
}

// Subscribe adds a topic, or changes its expression: "*" for every message, or tags as "TagA || TagB". It may be called before and
// after Start; brokers hear of a change with the next heartbeat, which follows at once.
func (c *Consumer) Subscribe(topic, expression string) error {
	if err := message.ValidateTopic(topic); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	c.subscriptions.put(newSubscription(c.cfg.WithNamespace(topic), expression, c.clock.Now()))
	c.mu.Lock()
	inst := c.instance
	c.mu.Unlock()
	if inst != nil {
		inst.RebalanceImmediately()
	}
	return nil
}

// Unsubscribe removes a topic; its queues are given up at the rebalance that follows.
func (c *Consumer) Unsubscribe(topic string) {
	c.subscriptions.remove(c.cfg.WithNamespace(topic))
	c.mu.Lock()
	inst := c.instance
	c.mu.Unlock()
	if inst != nil {
		inst.RebalanceImmediately()
	}
}

// Start joins the group and begins to consume. It returns when brokers know of the consumer, or with an error when no name server
// is configured; queues are assigned soon after (see [Consumer.AwaitAssignment]). ctx bounds the start only.
//
// Java: DefaultMQPushConsumerImpl#start (5.5.0).
func (c *Consumer) Start(ctx context.Context) (err error) {
	ctx, step := c.traceStart(ctx)
	defer step.End(&err)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != created {
		return fmt.Errorf("consumer %s: %w", c.group, ErrState)
	}
	if err := c.join(ctx); err != nil {
		return fmt.Errorf("consumer %s: %w", c.group, err)
	}
	c.state, c.started = running, c.clock.Now()
	return nil
}

// join acquires the instance, starts the loops and makes the group known.
func (c *Consumer) join(ctx context.Context) error {
	inst, err := instance.Acquire(c.cfg.Client)
	if err != nil {
		return err
	}
	c.instance, c.offsets = inst, c.newOffsetStore(inst)
	if !c.cfg.Broadcasting {
		c.subscriptions.put(newSubscription(message.RetryTopic(c.group), "*", c.clock.Now()))
	}
	c.startLoops()
	if err = inst.RegisterConsumer(c.group, c); err == nil {
		if err = inst.Start(ctx); err == nil {
			c.announce(ctx)
			return nil
		}
		inst.UnregisterConsumer(ctx, c.group)
	}
	err = errors.Join(err, c.stopLoops(ctx))
	inst.Release()
	c.instance = nil
	return err
}

// announce fetches the routes, tells the brokers, and asks for the first rebalance.
func (c *Consumer) announce(ctx context.Context) {
	for _, topic := range c.subscriptions.topics() {
		_, err := c.instance.UpdateTopicRouteInfoFromNameServer(ctx, instance.RouteQuery{Topic: topic})
		if err != nil && !message.IsRetryTopic(topic) {
			c.log.Warn("no route yet", zap.String("topic", topic), zap.Error(err))
		}
	}
	c.instance.SendHeartbeatToAllBroker(ctx)
	c.announced.Store(true)
	c.instance.RebalanceImmediately()
}

// startLoops prepares the goroutines. Pull loops end as soon as the consumer stops; handlers get AwaitTermination to finish.
func (c *Consumer) startLoops() {
	pullCtx, stop := context.WithCancel(context.Background())
	handleCtx, abandon := context.WithCancel(context.Background())
	c.stop, c.abandon = stop, abandon
	c.spawn = func(loop func(ctx context.Context)) { c.pulling.Go(func() { loop(pullCtx) }) }
	for range c.cfg.ConsumeThreads {
		c.handling.Go(func() { c.consumeLoop(handleCtx) })
	}
}

// Shutdown stops pulling, waits for the handlers up to AwaitTermination or until ctx ends, stores the offsets and leaves the group.
// What was pulled and not handled is delivered again. A second call does nothing.
//
// Java: DefaultMQPushConsumerImpl#shutdown (5.5.0).
func (c *Consumer) Shutdown(ctx context.Context) (err error) {
	c.mu.Lock()
	was := c.state
	c.state = stopped
	c.mu.Unlock()
	if was != running {
		return nil
	}
	ctx, step := c.traceShutdown(ctx)
	defer step.End(&err)
	err = c.stopLoops(ctx)
	c.offsets.persistAll(ctx)
	c.instance.UnregisterConsumer(ctx, c.group)
	c.queues.dropAll()
	if c.inner != nil {
		err = errors.Join(err, c.inner.Shutdown(ctx))
	}
	c.instance.Release()
	return err
}

// stopLoops ends the pull loops and then the handlers, patiently.
func (c *Consumer) stopLoops(ctx context.Context) error {
	c.stop()
	c.pulling.Wait()
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

// Assignment are the queues that this member consumes now.
func (c *Consumer) Assignment() []message.MessageQueue { return c.queues.all() }

// AwaitAssignment waits until the member has a queue of topic.
func (c *Consumer) AwaitAssignment(ctx context.Context, topic string) error {
	wanted := c.cfg.WithNamespace(topic)
	for {
		changed := c.queues.changed()
		for _, mq := range c.queues.all() {
			if mq.Topic == wanted {
				return nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("consumer %s: no queue of %s assigned: %w", c.group, topic, ctx.Err())
		}
	}
}

// innerProducer is the producer for what could not be sent back, made at the first need under the same client id.
func (c *Consumer) innerProducer(ctx context.Context) (*producer.Producer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner != nil {
		return c.inner, nil
	}
	p, err := producer.New(message.ClientInnerProducerGroup, innerOptions(c.cfg.Client)...)
	if err != nil {
		return nil, err
	}
	if err := p.Start(ctx); err != nil {
		return nil, err
	}
	c.inner = p
	return p, nil
}
