package broker

import (
	"context"
	"sync"
	"time"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol/body"
	"go.uber.org/zap"
)

const (
	scanInterval    = 10 * time.Second // Java: ClientHousekeepingService
	sampleInterval  = time.Second
	firstRegister   = 10 * time.Second // Java: BrokerController#start
	registerRetry   = 3 * time.Second  // while no name server answers; Java waits for the next turn
	incrementBudget = 3 * time.Second  // a send that creates a topic waits no longer for the name servers
)

// services are the broker's background goroutines.
type services struct {
	// run starts one, until Shutdown.
	run   func(f func(context.Context) error)
	group sync.WaitGroup
}

// startServices runs everything that works by itself until Shutdown.
func (b *Broker) startServices() {
	ctx, cancel := context.WithCancel(context.Background())
	run := func(f func(context.Context) error) { b.services.group.Go(func() { _ = f(ctx) }) }
	b.services.run = run
	run(b.hold.Run)
	run(b.schedule.Run)
	run(b.every(b.cfg.Polling.FlushConsumerOffsetInterval, func(context.Context) { b.persistOffsets() }))
	run(b.every(scanInterval, b.scanNotActiveChannel))
	run(b.every(sampleInterval, func(context.Context) { b.stats.Sample(b.deps.Clock.Now()) }))
	b.onClose(func(context.Context) error {
		cancel()
		b.services.group.Wait()
		return nil
	})
}

// every calls f each d until the context ends.
func (b *Broker) every(d time.Duration, f func(context.Context)) func(context.Context) error {
	return func(ctx context.Context) error {
		ticker := b.deps.Clock.NewTicker(d)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C():
				f(ctx)
			case <-ctx.Done():
				return nil
			}
		}
	}
}

func (b *Broker) persistOffsets() {
	if err := b.offsets.Persist(); err != nil {
		b.log.Error("consumer offsets not written", zap.Error(err))
	}
}

// scanNotActiveChannel forgets clients that have gone silent.
//
// Java: broker.client.ClientHousekeepingService#scanExceptionChannel (5.5.0).
func (b *Broker) scanNotActiveChannel(ctx context.Context) {
	ctx, step := b.traceScanNotActiveChannel(ctx)
	defer step.End(nil)
	b.producers.ScanNotActiveChannel(ctx)
	b.consumers.ScanNotActiveChannel(ctx)
}

// registerLoop repeats the registration: after ten seconds, then each period, sooner after a failure.
func (b *Broker) registerLoop(ctx context.Context) error {
	if len(b.cfg.nameServers()) == 0 {
		return nil
	}
	period := min(max(b.cfg.Register.Period, 10*time.Second), time.Minute)
	timer := b.deps.Clock.NewTimer(firstRegister)
	defer timer.Stop()
	for {
		if b.unregistered.Load() {
			timer.Reset(registerRetry)
		}
		select {
		case <-timer.C():
		case <-ctx.Done():
			return nil
		}
		_ = b.registerBrokerAll(ctx) // reported by outer when it changes
		timer.Reset(period)
	}
}

// registerBrokerAll registers the whole table with every name server.
//
// Java: BrokerController#registerBrokerAll (5.5.0).
func (b *Broker) registerBrokerAll(ctx context.Context) error {
	topics, version := b.topics.Snapshot()
	table := make(map[string]body.TopicConfig, len(topics))
	for name, t := range topics {
		table[name] = b.asRegistered(t)
	}
	err := b.outer.RegisterBrokerAll(ctx, b.identity, table, version)
	b.unregistered.Store(err != nil)
	return err
}

// registerTopic registers one topic that was created or changed.
//
// Java: BrokerController#registerIncrementBrokerData (5.5.0).
func (b *Broker) registerTopic(ctx context.Context, t *body.TopicConfig) {
	if b.state.Load() != stateRunning {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), incrementBudget)
	defer cancel()
	_, version := b.topics.Snapshot()
	if err := b.outer.RegisterBrokerAll(ctx, b.identity, map[string]body.TopicConfig{t.TopicName: b.asRegistered(t)}, version); err != nil {
		observ.Logger(ctx, b.log).Warn("topic not registered with every name server yet", zap.String("topic", t.TopicName), zap.Error(err))
	}
}

// asRegistered is a topic with no more permission than the broker itself has.
func (b *Broker) asRegistered(t *body.TopicConfig) body.TopicConfig {
	const readWrite = 6
	out := *t
	if p := b.live.permission.Load(); p&readWrite != readWrite {
		out.Perm &= p
	}
	return out
}

func (b *Broker) holdInterval() time.Duration {
	if b.cfg.Polling.LongPollingEnable {
		return 0 // the service's own
	}
	return b.cfg.Polling.ShortPolling
}

// Shutdown says goodbye to the name servers, answers what is being served, writes everything to disk and releases the ports.
// ctx bounds the waiting for clients, not the writing. It may be called more than once, and after a Start that failed.
//
// Java: BrokerController#shutdown (5.5.0).
func (b *Broker) Shutdown(ctx context.Context) (err error) {
	b.closeMu.Lock()
	defer b.closeMu.Unlock()
	if was := b.state.Swap(stateStopped); was != stateRunning {
		return nil
	}
	ctx, step := b.traceShutdown(ctx)
	defer step.End(&err)
	if err := b.outer.UnregisterBrokerAll(ctx, b.identity); err != nil {
		observ.Logger(ctx, b.log).Warn("not taken out of every name server's tables", zap.Error(err))
	}
	err = b.closeAll(ctx)
	observ.Logger(ctx, b.log).Info("broker stopped", zap.String("brokerName", b.cfg.BrokerName), zap.Error(err))
	return err
}
