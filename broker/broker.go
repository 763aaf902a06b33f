package broker

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/longpolling"
	"github.com/plumemq/plume/broker/offset"
	"github.com/plumemq/plume/broker/outer"
	"github.com/plumemq/plume/broker/processor"
	"github.com/plumemq/plume/broker/rebalance"
	"github.com/plumemq/plume/broker/schedule"
	"github.com/plumemq/plume/broker/session"
	"github.com/plumemq/plume/broker/stats"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/broker/subscription"
	"github.com/plumemq/plume/broker/topic"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// Deps are what a broker is given to work with. The zero value is a broker on this machine that neither traces nor logs.
type Deps struct {
	// TracerProvider receives the broker's spans; nil follows OpenTelemetry's global one. Component, if set, is used instead.
	TracerProvider observ.TracerProvider
	Component      *observ.Component
	// Registerer is where the broker's metrics go; nil means none. A registry of client_golang may hold those of many brokers.
	Registerer prometheus.Registerer
	Logger     *zap.Logger
	Disk       disk.Disk
	Clock      clock.Clock
	Network    network.Network
	// Serialize is the encoding of the headers that the broker writes, answers among them; the zero value is JSON, as with Apache.
	Serialize protocol.SerializeType
	// NoBusyPolling has connections sleep at once when nothing has come.
	NoBusyPolling bool
}

func (d *Deps) fill() {
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

// Broker is one RocketMQ broker. It is started once and shut down once; its methods are safe for concurrent use.
//
// Java: broker.BrokerController (5.5.0).
type Broker struct {
	cfg  Config
	live liveConfig
	deps Deps
	log  *zap.Logger

	metrics *metrics.Registry // nil: none
	traffic *processor.Traffic

	// What is known and stored. Made by Start, never replaced.
	store     *store.DefaultMessageStore
	topics    *topic.TopicConfigManager
	groups    *subscription.SubscriptionGroupManager
	offsets   *offset.ConsumerOffsetManager
	producers *session.ProducerManager
	consumers *session.ConsumerManager
	locks     *rebalance.LockManager
	stats     *stats.Broker

	// What runs.
	pools    pools
	main     *remoting.Server
	vip      *remoting.Server // nil without a VIP port
	client   *remoting.Client
	outer    *outer.BrokerOuterAPI
	hold     *longpolling.PullRequestHoldService
	schedule *schedule.ScheduleMessageService
	identity outer.Identity
	host     netip.AddrPort // as stored messages name this broker
	started  time.Time

	state   atomic.Int32 // one of the states below
	closeMu sync.Mutex   // held by Start and Shutdown
	closers []func(context.Context) error
	fatal   atomic.Pointer[error]
	// unregistered says that the last registration failed somewhere.
	unregistered atomic.Bool
	services     services
}

// The states of a broker.
const (
	stateNew int32 = iota
	stateRunning
	stateStopped
)

// New checks the configuration and fills in what it leaves open. Nothing is opened or bound before Start.
func New(cfg Config, deps Deps) (*Broker, error) {
	cfg.resolveAddresses()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	deps.fill()
	b := &Broker{cfg: cfg, deps: deps, log: deps.Logger, stats: new(stats.Broker)}
	b.live.take(&cfg)
	return b, nil
}

// Addr is the address on which clients are served; nil before Start.
func (b *Broker) Addr() net.Addr {
	if b.state.Load() == stateNew {
		return nil
	}
	return b.main.Addr()
}

// AdvertisedAddr is the address that clients are told, "10.0.0.3:10911"; empty before Start.
func (b *Broker) AdvertisedAddr() string {
	if b.state.Load() == stateNew {
		return ""
	}
	return b.identity.Addr
}

// HeldPulls is how many pulls of a topic wait for messages; 0 unless the broker runs.
func (b *Broker) HeldPulls(topic string) int {
	if b.state.Load() != stateRunning {
		return 0
	}
	return b.hold.Held(topic)
}

// Fatal is the error after which the store refuses writes, or nil.
func (b *Broker) Fatal() error {
	if p := b.fatal.Load(); p != nil {
		return *p
	}
	return nil
}
