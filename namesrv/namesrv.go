package namesrv

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/namesrv/kvconfig"
	"github.com/plumemq/plume/namesrv/processor"
	"github.com/plumemq/plume/namesrv/routeinfo"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// Deps are a name server's connections to the outside. Every field may be zero.
type Deps struct {
	TracerProvider observ.TracerProvider  // nil means OpenTelemetry's global one
	Component      *observ.Component      // if set, records instead of TracerProvider
	Registerer     prometheus.Registerer  // where metrics go; nil means none
	Logger         *zap.Logger            // nil stays silent
	Disk           disk.Disk              // nil means the operating system's
	Clock          clock.Clock            // nil means the operating system's
	Network        network.Network        // nil means the operating system's
	Serialize      protocol.SerializeType // of the headers that it writes, answers among them; the zero value is JSON, as with Apache
	NoBusyPolling  bool                   // connections sleep at once when nothing has come
}

func (d *Deps) fillIn() {
	if d.Component == nil {
		d.Component = observ.NewComponent(d.TracerProvider)
	}
	if d.Logger == nil {
		d.Logger = zap.NewNop()
	}
	if d.Disk == nil {
		d.Disk = disk.System
	}
	if d.Clock == nil {
		d.Clock = clock.System
	}
	if d.Network == nil {
		d.Network = network.System
	}
}

// NameServer is one name server. Its methods may be called concurrently.
//
// Java: namesrv.NamesrvController (5.5.0).
type NameServer struct {
	config    liveConfig
	component *observ.Component
	log       *zap.Logger
	clock     clock.Clock
	routes    *routeinfo.RouteInfoManager
	kv        *kvconfig.Manager
	server    *remoting.Server
	notifier  *minBrokerIDNotifier
	metrics   *metrics.Registry // nil: none

	stop context.CancelFunc // ends the loops; nil before Start
	done sync.WaitGroup     // the loops
}

// New makes a name server and loads its KV values; it does not listen yet. The error wraps [ErrConfig] or is about
// kvConfigPath.
func New(cfg Config, deps Deps) (*NameServer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	deps.fillIn()
	kv, err := kvconfig.Load(deps.Disk, cfg.KVConfigPath)
	if err != nil {
		return nil, fmt.Errorf("load kvConfigPath=%s: %w", cfg.KVConfigPath, err)
	}
	ns := &NameServer{component: deps.Component, log: deps.Logger, clock: deps.Clock, kv: kv}
	ns.notifier = newMinBrokerIDNotifier(&deps)
	ns.routes = routeinfo.New(routeinfo.Config{
		Settings: routeSettings(&cfg), UnregisterQueueCapacity: cfg.UnRegisterBrokerQueueCapacity,
		Clock: deps.Clock, Component: ns.component, Logger: deps.Logger, Notify: ns.notifier.notify,
	})
	ns.config.current.Store(&cfg)
	ns.config.changed = func(c *Config) { ns.routes.SetSettings(routeSettings(c)) }
	if err := ns.instrument(&cfg, &deps); err != nil {
		return nil, err
	}
	ns.server = newServer(&cfg, &deps, ns.metrics)
	ns.server.SetChannelEventListener(&BrokerHousekeepingService{routes: ns.routes})
	ns.registerProcessors(&cfg)
	if err := ns.metrics.Err(); err != nil {
		ns.metrics.Close()
		return nil, err
	}
	return ns, nil
}

func newServer(cfg *Config, deps *Deps, m *metrics.Registry) *remoting.Server {
	return remoting.NewServer(remoting.ServerConfig{
		Addr:    net.JoinHostPort(cfg.BindAddress, strconv.Itoa(cfg.ListenPort)),
		MaxIdle: cfg.ServerChannelMaxIdleTime, Serialize: deps.Serialize,
		Network: deps.Network, Clock: deps.Clock, Component: deps.Component, Metrics: m, Logger: deps.Logger,
		NoBusyPolling: deps.NoBusyPolling,
	})
}

// registerProcessors gives route queries an executor of their own.
//
// Java: namesrv.NamesrvController#registerProcessor (5.5.0).
func (ns *NameServer) registerProcessors(cfg *Config) {
	ns.server.RegisterProcessor(protocol.GetRouteInfoByTopic,
		processor.NewClientRequestProcessor(ns.routes, ns.kv, &ns.config, ns.clock, ns.metrics),
		remoting.NewExecutor("ClientRequestExecutor", cfg.ClientRequestThreadPoolNums, cfg.ClientRequestThreadPoolQueueCapacity))
	ns.server.RegisterDefaultProcessor(
		processor.NewDefaultRequestProcessor(ns.routes, ns.kv, &ns.config, ns.log),
		remoting.NewExecutor("RemotingExecutor", cfg.DefaultThreadPoolNums, cfg.DefaultThreadPoolQueueCapacity))
}

// Start listens and serves until [NameServer.Shutdown]. ctx's values reach the background loops, its end does not. The error is
// the listener's: an address in use, most often. Call it once.
func (ns *NameServer) Start(ctx context.Context) error {
	if err := ns.server.Start(); err != nil {
		return fmt.Errorf("start name server: %w", err)
	}
	ctx, ns.stop = context.WithCancel(context.WithoutCancel(ctx))
	interval := ns.config.current.Load().ScanNotActiveBrokerInterval
	ns.done.Go(func() { ns.routes.ScanNotActiveBrokers(ctx, interval) })
	ns.done.Go(func() { ns.routes.BatchUnregistration(ctx) })
	ns.done.Go(func() { ns.kv.PrintAllPeriodically(ctx, ns.clock, ns.log) })
	observ.Logger(ctx, ns.log).Info("name server started", zap.Stringer("addr", ns.Addr()))
	return nil
}

// Shutdown stops listening, finishes what runs, and ends the loops; ctx bounds the wait.
func (ns *NameServer) Shutdown(ctx context.Context) error {
	err := ns.server.Shutdown(ctx)
	if ns.stop != nil {
		ns.stop()
		ns.done.Wait()
	}
	ns.notifier.shutdown()
	ns.metrics.Close()
	return errors.Join(err, ctx.Err())
}

// Addr is where the name server listens; nil before Start.
func (ns *NameServer) Addr() net.Addr { return ns.server.Addr() }

// SetDetail changes how much of a trace is recorded, from the next request on.
func (ns *NameServer) SetDetail(d observ.Detail) { ns.component.SetDetail(d) }

// Routes is the tables, for tests and for the demo's view of them.
func (ns *NameServer) Routes() *routeinfo.RouteInfoManager { return ns.routes }
