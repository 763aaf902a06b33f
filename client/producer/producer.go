package producer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/client/internal/latency"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// Producer sends messages. Its methods may be called concurrently.
//
// Java: client.producer.DefaultMQProducer, client.impl.producer.DefaultMQProducerImpl (5.5.0).
type Producer struct {
	cfg       config.Producer
	group     string // with namespace
	clock     clock.Clock
	log       *zap.Logger
	component *observ.Component
	ids       *message.IDGenerator
	strategy  *latency.MQFaultStrategy
	metrics   *instruments // nil: none

	topicPublishInfoTable publishTable
	pending               pendingSends // asynchronous sends under way
	spans                 sendSpans

	mu      sync.Mutex // serialises Start and Shutdown
	state   atomic.Int32
	hooked  atomic.Bool             // some session had hooks of the user's
	session atomic.Pointer[session] // of the last Start
}

// session is the client instance from a Start to its Shutdown. Sends that a Shutdown overtakes keep it, and fail by it.
type session struct {
	instance     *instance.MQClientInstance
	api          *api.MQClientAPIImpl
	messageTrace *messageTrace // nil if none is wanted
}

func (p *Producer) instance() *instance.MQClientInstance { return p.session.Load().instance }

func (p *Producer) api() *api.MQClientAPIImpl { return p.session.Load().api }

// The states, in order.
const (
	createJust int32 = iota
	running
	shutdownAlready
)

// New makes a producer of a group; it does nothing until started. Options are this package's and package client's. A group name or
// an option that cannot work is a client.ErrInvalidConfig.
func New(group string, opts ...Option) (*Producer, error) {
	cfg := config.DefaultProducer(group)
	for _, o := range opts {
		o.ApplyProducer(&cfg)
	}
	cfg.Complete()
	if err := checkConfig(&cfg); err != nil {
		return nil, fmt.Errorf("producer %q: %w: %w", group, client.ErrInvalidConfig, err)
	}
	measure := cfg.Metrics()
	p := &Producer{
		cfg: cfg, group: cfg.WithNamespace(group), clock: cfg.Clock, log: cfg.Logger.With(zap.String("group", group)),
		component: cfg.Component(measure, "producer"), metrics: newInstruments(measure, cfg.Clock),
		ids:      message.NewIDGenerator(cfg.Clock, cfg.ClientAddr()),
		strategy: latency.NewMQFaultStrategy(cfg.SendLatencyFaultEnable, cfg.Clock),
	}
	p.topicPublishInfoTable.init()
	if err := measure.Err(); err != nil {
		return nil, fmt.Errorf("producer %q: %w: %w", group, client.ErrInvalidConfig, err)
	}
	return p, nil
}

// checkConfig refuses what cannot work.
//
// Java: DefaultMQProducerImpl#checkConfig (5.5.0).
func checkConfig(cfg *config.Producer) error {
	if cfg.Group == message.GroupDefaultProducer {
		return errors.New("the group must have a name of its own")
	}
	if err := message.ValidateGroup(cfg.Group); err != nil {
		return err
	}
	return cfg.Validate()
}

// Start connects the producer to its cluster: it registers the group, starts the background work and fetches the routes of the
// topics named by WithTopics, as far as they are known yet. It fails with client.ErrNoNameServer, client.ErrGroupExists or
// client.ErrAlreadyStarted; a producer that was shut down may be started again.
//
// Java: DefaultMQProducerImpl#start (5.5.0).
func (p *Producer) Start(ctx context.Context) (err error) {
	ctx, step := traceStart(ctx, p)
	defer step.End(&err)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state.Load() == running {
		return fmt.Errorf("producer %q: %w", p.cfg.Group, client.ErrAlreadyStarted)
	}
	inst, err := instance.Acquire(p.cfg.Client)
	if err != nil {
		return fmt.Errorf("producer %q: %w", p.cfg.Group, err)
	}
	s, err := p.join(ctx, inst)
	if err != nil {
		inst.Release()
		return fmt.Errorf("producer %q: %w", p.cfg.Group, err)
	}
	p.session.Store(s)
	p.pending.open()
	p.initTopicRoute(ctx)
	inst.SendHeartbeatToAllBroker(ctx)
	p.state.Store(running)
	return nil
}

func (p *Producer) join(ctx context.Context, inst *instance.MQClientInstance) (s *session, err error) {
	if err := inst.RegisterProducer(p.group, p); err != nil {
		return nil, err
	}
	s = &session{instance: inst, api: inst.API()}
	if s.api.Hooked() {
		p.hooked.Store(true)
	}
	if err = inst.Start(ctx); err == nil {
		s.messageTrace, err = p.startMessageTrace(ctx)
	}
	if err != nil {
		inst.UnregisterProducer(ctx, p.group)
	}
	return s, err
}

// Shutdown stops taking sends, waits for asynchronous ones until ctx is done, takes the group out of every broker (request 35) and
// closes the connections. What is still under way then fails with remoting.ErrClosed. The error is ctx's, if it cut the wait short.
//
// Java: DefaultMQProducerImpl#shutdown (5.5.0).
func (p *Producer) Shutdown(ctx context.Context) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.state.CompareAndSwap(running, shutdownAlready) {
		return nil
	}
	ctx, step := traceShutdown(ctx, p)
	defer step.End(&err)
	err = errors.Join(p.pending.close(ctx), p.session.Load().messageTrace.shutdown(ctx))
	p.instance().UnregisterProducer(ctx, p.group)
	p.instance().Release()
	p.topicPublishInfoTable.init()
	if err != nil {
		return fmt.Errorf("producer %q: shutdown with sends under way: %w", p.cfg.Group, err)
	}
	return nil
}

// makeSureStateOK refuses sends of a producer that does not run.
//
// Java: DefaultMQProducerImpl#makeSureStateOK (5.5.0).
func (p *Producer) makeSureStateOK() error {
	if p.state.Load() == running {
		return nil
	}
	return fmt.Errorf("producer %q: %w", p.cfg.Group, client.ErrNotRunning)
}

// Group is the producer group, without namespace.
func (p *Producer) Group() string { return p.cfg.Group }

// ClientID identifies the producer to brokers.
func (p *Producer) ClientID() string { return p.cfg.ClientID() }

// FetchPublishMessageQueues lists the queues that messages of the topic can be sent to.
//
// Java: DefaultMQProducerImpl#fetchPublishMessageQueues (5.5.0).
func (p *Producer) FetchPublishMessageQueues(ctx context.Context, topic string) ([]message.MessageQueue, error) {
	if err := p.makeSureStateOK(); err != nil {
		return nil, err
	}
	info, _, err := p.tryToFindTopicPublishInfo(ctx, p.cfg.WithNamespace(topic))
	if err != nil {
		return nil, err
	}
	return p.withoutNamespace(info.MessageQueueList), nil
}

// withoutNamespace is a copy of queues as users know them.
func (p *Producer) withoutNamespace(queues []message.MessageQueue) []message.MessageQueue {
	queues = slices.Clone(queues)
	for i := range queues {
		queues[i].Topic = p.cfg.WithoutNamespace(queues[i].Topic)
	}
	return queues
}
