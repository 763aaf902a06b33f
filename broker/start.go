package broker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/configfile"
	"github.com/plumemq/plume/broker/longpolling"
	"github.com/plumemq/plume/broker/offset"
	"github.com/plumemq/plume/broker/outer"
	"github.com/plumemq/plume/broker/rebalance"
	"github.com/plumemq/plume/broker/schedule"
	"github.com/plumemq/plume/broker/session"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/broker/subscription"
	"github.com/plumemq/plume/broker/topic"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting"
)

// Start binds the ports, recovers the store, reads the configuration files and serves. It registers with the name servers
// before it returns; one that does not answer is tried again in the background and is no error. After an error nothing is left
// running, and the broker cannot be started again.
//
// Java: BrokerController#initialize and #start (5.5.0).
func (b *Broker) Start(ctx context.Context) (err error) {
	b.closeMu.Lock()
	defer b.closeMu.Unlock()
	if b.state.Load() != stateNew {
		return ErrStarted
	}
	ctx, step := b.traceStart(ctx)
	defer step.End(&err)
	defer func() {
		if err != nil {
			b.state.Store(stateStopped)
			err = errors.Join(err, b.closeAll(context.WithoutCancel(ctx)))
		}
	}()
	b.started = b.deps.Clock.Now()
	for _, stage := range []func(context.Context) error{b.instrument, b.bind, b.open, b.load, b.measure, b.assemble, b.accept} {
		if err := stage(ctx); err != nil {
			return err
		}
	}
	if err := b.registerBrokerAll(ctx); err != nil {
		observ.Logger(ctx, b.log).Warn("not registered with every name server yet", zap.Error(err))
	}
	b.services.run(b.registerLoop)
	observ.Logger(ctx, b.log).Info("broker started", zap.String("brokerName", b.cfg.BrokerName), zap.String("address", b.identity.Addr),
		zap.Stringer("listening", b.main.Addr()), zap.Duration("took", b.deps.Clock.Now().Sub(b.started)))
	return nil
}

// onClose has f run at Shutdown, before those given earlier.
func (b *Broker) onClose(f func(context.Context) error) { b.closers = append(b.closers, f) }

// closeAll undoes what Start has done so far, the latest first.
func (b *Broker) closeAll(ctx context.Context) error {
	var errs []error
	for _, f := range slices.Backward(b.closers) {
		errs = append(errs, f(ctx))
	}
	b.closers = nil
	return errors.Join(errs...)
}

// bind takes the ports before anything else, so that a second broker with this configuration fails at once.
func (b *Broker) bind(ctx context.Context) error {
	n := b.cfg.Network
	b.pools = newPools(b.cfg.Pools)
	var port int
	var err error
	if b.main, port, err = b.listen(n.ListenPort, "listenPort"); err != nil {
		return err
	}
	if n.VIPPort && n.ListenPort > 0 {
		if b.vip, _, err = b.listen(n.ListenPort-2, "listenPort, minus 2 for vipChannelEnabled"); err != nil {
			return err
		}
	}
	return b.identify(ctx, port)
}

// listen binds a port and makes the server for it, which does not accept connections yet. It returns the port that it got.
func (b *Broker) listen(port int, key string) (*remoting.Server, int, error) {
	addr := net.JoinHostPort(b.cfg.Network.BindAddress, strconv.Itoa(port))
	l, err := b.deps.Network.Listen(addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, 0, fmt.Errorf("%w: %s (key %s): %w", ErrPortBusy, addr, key, err)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("listen on %s (keys bindAddress, %s): %w", addr, key, err)
	}
	b.onClose(func(context.Context) error { _ = l.Close(); return nil }) // the server closes it too
	if tcp, ok := l.Addr().(*net.TCPAddr); ok {
		port = tcp.Port
	}
	server := remoting.NewServer(remoting.ServerConfig{
		Addr: l.Addr().String(), Network: bound{b.deps.Network, l}, Clock: b.deps.Clock, Component: b.deps.Component, Logger: b.log,
		PublicExecutor: b.pools.admin, Serialize: b.deps.Serialize, Metrics: b.metrics, ApacheMetrics: true, ProcessorNames: b.pools.names(),
		NoBusyPolling: b.deps.NoBusyPolling,
	})
	return server, port, nil
}

// identify works out the addresses that this broker tells others.
func (b *Broker) identify(ctx context.Context, port int) error {
	n := b.cfg.Network
	ip, err := resolve(ctx, n.BrokerIP1)
	if err != nil {
		return err
	}
	b.host = netip.AddrPortFrom(ip, uint16(port))
	ha := n.HAListenPort
	if ha == 0 {
		ha = port + 1
	}
	b.identity = outer.Identity{
		ClusterName: b.cfg.BrokerClusterName, BrokerName: b.cfg.BrokerName, BrokerID: b.cfg.BrokerID,
		Addr: net.JoinHostPort(n.BrokerIP1, strconv.Itoa(port)), HAServerAddr: net.JoinHostPort(n.BrokerIP2, strconv.Itoa(ha)),
	}
	return nil
}

// resolve is the address that brokerIP1 names: records on disk hold numbers.
func resolve(ctx context.Context, host string) (netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap(), nil
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(ips) == 0 {
		return netip.Addr{}, fmt.Errorf("%w: brokerIP1=%q: %w", ErrConfig, host, err)
	}
	return ips[0].Unmap(), nil
}

// open recovers the store.
func (b *Broker) open(context.Context) error {
	levels, err := schedule.ParseLevels(b.cfg.Schedule.MessageDelayLevel)
	if err != nil {
		return err
	}
	cfg := b.cfg.Store
	cfg.DeliverTimestamp = levels.DeliverTimestamp
	cfg.OnFatal = func(err error) {
		b.fatal.Store(&err)
		b.log.Error("the store failed and refuses writes until it is opened anew", zap.Error(err))
	}
	b.store, err = store.Open(cfg, store.Deps{Disk: b.deps.Disk, Clock: b.deps.Clock, Component: b.deps.Component, Metrics: b.metrics, Logger: b.log})
	if err != nil {
		return fmt.Errorf("open the store in %s: %w", cfg.StorePathRootDir, err)
	}
	b.schedule = schedule.NewScheduleMessageService(schedule.Config{
		Levels: levels, FlushInterval: b.cfg.Schedule.FlushDelayOffsetInterval, File: b.file("delayOffset.json"),
		Clock: b.deps.Clock, Component: b.deps.Component, Logger: b.log, Delivered: b.delivered,
	}, b.store)
	b.onClose(func(context.Context) error {
		return errors.Join(b.store.Close(), b.schedule.Persist()) // in this order: it names only what is on disk
	})
	b.hold = longpolling.NewPullRequestHoldService(b.store, b.deps.Clock, b.holdInterval())
	b.store.SetMessageArrivingListener(b.hold)
	return nil
}

func (b *Broker) file(name string) *configfile.File {
	return configfile.New(b.deps.Disk, filepath.ToSlash(filepath.Join(b.cfg.Store.StorePathRootDir, "config", name)))
}

// load reads what is known: topics, groups, offsets.
func (b *Broker) load(context.Context) error {
	if err := b.deps.Disk.MkdirAll(filepath.ToSlash(filepath.Join(b.cfg.Store.StorePathRootDir, "config"))); err != nil {
		return fmt.Errorf("make the config folder in %s: %w", b.cfg.Store.StorePathRootDir, err)
	}
	t := b.cfg.Topics
	b.topics = topic.NewTopicConfigManager(topic.Config{
		BrokerName: b.cfg.BrokerName, ClusterName: b.cfg.BrokerClusterName, DefaultTopicQueueNums: t.DefaultTopicQueueNums,
		ReviveQueueNum: t.ReviveQueueNum, DelayLevels: b.schedule.Levels().Max(), ClusterTopicEnable: t.ClusterTopicEnable,
		BrokerTopicEnable: t.BrokerTopicEnable, TraceTopicEnable: t.TraceTopicEnable, TraceTopicName: t.MsgTraceTopicName,
		AutoCreateTopicEnable: b.live.autoCreateTopic.Load, OnChange: b.registerTopic,
	}, b.file("topics.json"), b.deps.Clock, b.log)
	b.groups = subscription.NewSubscriptionGroupManager(
		subscription.Config{AutoCreateSubscriptionGroup: b.live.autoCreateGroup.Load}, b.file("subscriptionGroup.json"), b.deps.Clock, b.log)
	b.offsets = offset.NewConsumerOffsetManager(b.file("consumerOffset.json"), b.deps.Clock, b.log)
	b.locks = rebalance.NewLockManager(b.deps.Clock)
	expired := b.cfg.Polling.ChannelExpiredTimeout
	b.producers = session.NewProducerManager(b.deps.Clock, expired)
	b.consumers = session.NewConsumerManager(b.deps.Clock, expired, b.notifyConsumerIDsChanged)
	for _, f := range []func() error{
		b.topics.Load, b.groups.Load, b.offsets.Load, b.schedule.Load, b.topics.Persist, b.groups.Persist,
	} {
		if err := f(); err != nil {
			return err
		}
	}
	b.onClose(func(context.Context) error {
		return errors.Join(b.topics.Persist(), b.groups.Persist(), b.offsets.Persist())
	})
	return nil
}

// assemble starts the store's background work and everything else that runs, but takes no connections yet.
func (b *Broker) assemble(context.Context) error {
	if err := b.store.Start(); err != nil {
		return fmt.Errorf("start the store: %w", err)
	}
	b.client = remoting.NewClient(remoting.ClientConfig{
		Network: b.deps.Network, Clock: b.deps.Clock, Component: b.deps.Component, Metrics: b.metrics, Logger: b.log,
		Serialize: b.deps.Serialize, NoBusyPolling: b.deps.NoBusyPolling,
	})
	b.onClose(func(context.Context) error { b.client.Shutdown(); return nil })
	r := b.cfg.Register
	b.outer = outer.NewBrokerOuterAPI(outer.Config{
		NameServers: b.cfg.nameServers(), Timeout: r.Timeout, Compressed: r.Compressed, Component: b.deps.Component, Logger: b.log,
	}, b.client)
	registrations := b.registrations()
	for _, s := range b.servers() {
		for _, r := range registrations {
			for _, code := range r.codes {
				s.RegisterProcessor(code, r.handler, r.on)
			}
		}
		s.SetChannelEventListener(channelListener{b})
		b.onClose(s.Shutdown)
	}
	b.startServices()
	b.state.Store(stateRunning)
	return nil
}

// accept takes connections.
func (b *Broker) accept(ctx context.Context) error {
	for _, s := range b.servers() {
		if err := s.Start(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// servers are those that listen.
func (b *Broker) servers() []*remoting.Server {
	if b.vip == nil {
		return []*remoting.Server{b.main}
	}
	return []*remoting.Server{b.main, b.vip}
}
