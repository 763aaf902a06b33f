package consumer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// Consumer is a push consumer: it pulls by long poll and calls a handler. It lives once: a new one is needed after its shutdown.
// Safe for concurrent use.
//
// Java: client.consumer.DefaultMQPushConsumer, client.impl.consumer.DefaultMQPushConsumerImpl (5.5.0).
type Consumer struct {
	cfg           config.Consumer
	group         string // with its namespace
	handler       Handler
	strategy      AllocateStrategy
	clock         clock.Clock
	log           *zap.Logger
	component     *observ.Component
	metrics       *instruments // nil: none
	subscriptions subscriptions
	queues        processQueueTable
	announced     atomic.Bool   // brokers have heard of the group: it may rebalance
	closed        chan struct{} // closed by Shutdown

	mu           sync.Mutex // owns state and inner; the rest below is set by Start before anyone else can see it
	state        state
	inner        *producer.Producer // stores what could not be sent back; made at the first need
	instance     *instance.MQClientInstance
	messageTrace *messageTrace
	offsets      offsetStore
	work         *workQueue
	loops        *loops             // pulling, and looking for stuck messages
	abandon      context.CancelFunc // ends handlers
	handling     sync.WaitGroup
	started      time.Time
}

type state int

const (
	created state = iota
	running
	stopping // no more pulls; handlers finish
	stopped
)

// New makes a consumer of a group; handler gets the messages. Call [Consumer.Subscribe], then [Consumer.Start]. A group name or an
// option that cannot work is a client.ErrInvalidConfig.
func New(group string, handler Handler, opts ...Option) (*Consumer, error) {
	cfg := settings{Consumer: config.DefaultConsumer(group), strategy: AllocateAveragely()}
	for _, o := range opts {
		cfg.apply(o)
	}
	cfg.Complete()
	if err := cfg.check(handler); err != nil {
		return nil, fmt.Errorf("consumer %q: %w: %w", group, client.ErrInvalidConfig, err)
	}
	measure := cfg.Metrics()
	c := &Consumer{
		cfg: cfg.Consumer, group: cfg.WithNamespace(group), handler: handler, strategy: cfg.strategy, clock: cfg.Clock,
		log: cfg.Logger.With(zap.String("group", group)), component: cfg.Component(measure, "consumer"),
		metrics: newInstruments(measure, cfg.Clock, cfg.Group), closed: make(chan struct{}),
	}
	if err := measure.Err(); err != nil {
		return nil, fmt.Errorf("consumer %q: %w: %w", group, client.ErrInvalidConfig, err)
	}
	if c.cfg.Broadcasting {
		return c, nil
	}
	return c, c.subscriptions.put(message.RetryTopic(c.group), "*", c.clock.Now())
}

// check refuses what cannot work.
func (s *settings) check(handler Handler) error {
	if handler == nil {
		return errors.New("a handler is needed")
	}
	if err := message.ValidateGroup(s.Group); err != nil {
		return err
	}
	return s.Validate()
}

// Subscribe adds a topic, or changes its expression: "*" for every message, or tags as "TagA || TagB". It may be called before and
// after Start; brokers hear of a change by a heartbeat that follows at once. An expression or topic name that cannot work is a
// client.ErrInvalidConfig.
func (c *Consumer) Subscribe(topic, expression string) error {
	err := message.ValidateTopic(topic)
	if err == nil {
		err = c.subscriptions.put(c.cfg.WithNamespace(topic), expression, c.clock.Now())
	}
	if err != nil {
		return fmt.Errorf("subscribe: %w: %w", client.ErrInvalidConfig, err)
	}
	c.rebalanceSoon()
	return nil
}

// Unsubscribe removes a topic. Brokers hear of it, and its queues are given up, soon after.
func (c *Consumer) Unsubscribe(topic string) {
	c.subscriptions.remove(c.cfg.WithNamespace(topic))
	c.rebalanceSoon()
}

func (c *Consumer) rebalanceSoon() {
	if c.announced.Load() {
		c.instance.RebalanceImmediately()
	}
}

// Assignment are the queues that this member consumes now, those of its retry topic included.
func (c *Consumer) Assignment() []message.MessageQueue { return c.queues.all() }

// AwaitAssignment waits until the member has a queue of topic. It ends early with ctx's error, or with client.ErrNotRunning when the
// consumer is shut down.
func (c *Consumer) AwaitAssignment(ctx context.Context, topic string) error {
	wanted := c.cfg.WithNamespace(topic)
	for {
		changed := c.queues.changed()
		if len(c.queues.list(wanted)) > 0 {
			return nil
		}
		select {
		case <-changed:
		case <-c.closed:
			return fmt.Errorf("consumer %s: %w", c.group, client.ErrNotRunning)
		case <-ctx.Done():
			return fmt.Errorf("consumer %s: no queue of %s assigned: %w", c.group, topic, ctx.Err())
		}
	}
}
