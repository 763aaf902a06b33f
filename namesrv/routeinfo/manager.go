package routeinfo

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// DefaultBrokerChannelExpiredTime is how long a broker that states no heartbeat timeout may stay silent.
const DefaultBrokerChannelExpiredTime = 2 * time.Minute

// masterID is the broker id of a master; slaves have positive ones.
const masterID = 0

// Settings are the choices that may change while the name server runs. A Settings is immutable once handed over.
type Settings struct {
	// SupportActingMaster lets the slave with the lowest id stand in for a master that is gone, for reading.
	SupportActingMaster bool
	// DeleteTopicWithBrokerRegistration removes topics that a broker's registration leaves out. It needs brokers that register
	// every topic every time.
	DeleteTopicWithBrokerRegistration bool
	// NotifyMinBrokerIDChanged tells a broker group when its lowest living id changes; [Config.Notify] does the telling.
	NotifyMinBrokerIDChanged bool
}

// Config is what a RouteInfoManager needs from outside. Every field may be zero.
type Config struct {
	Settings Settings
	// UnregisterQueueCapacity bounds the unregistrations that wait; 0 means 3000.
	UnregisterQueueCapacity int
	Clock                   clock.Clock       // nil means the system's
	Component               *observ.Component // nil records nothing
	Logger                  *zap.Logger       // nil stays silent
	// Notify hears of lowest-broker-id changes, outside the lock. Nil means nobody does.
	Notify func(MinBrokerIDChange)
}

// RouteInfoManager is the name server's tables. Safe for concurrent use.
//
// Java: namesrv.routeinfo.RouteInfoManager (5.5.0).
type RouteInfoManager struct {
	clock     clock.Clock
	component *observ.Component
	log       *zap.Logger
	notify    func(MinBrokerIDChange)
	settings  atomic.Pointer[Settings]

	unregistrations chan unregistration // bounded; BatchUnregistration empties it

	mu                sync.RWMutex                          // guards everything below
	topicQueueTable   map[string]map[string]route.QueueData // topic, broker name
	brokerAddrTable   map[string]*route.BrokerData          // broker name
	clusterAddrTable  map[string]map[string]struct{}        // cluster name, broker name
	brokerLiveTable   map[brokerAddrInfo]*brokerLiveInfo    // one entry a process that registered
	filterServerTable map[brokerAddrInfo][]string           // filter servers, of brokers before 5
	generation        uint64                                // counts signs of life
}

// New is an empty set of tables.
func New(cfg Config) *RouteInfoManager {
	if cfg.UnregisterQueueCapacity <= 0 {
		cfg.UnregisterQueueCapacity = 3000
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System
	}
	if cfg.Logger == nil {
		cfg.Logger = zap.NewNop()
	}
	if cfg.Notify == nil {
		cfg.Notify = func(MinBrokerIDChange) {}
	}
	m := &RouteInfoManager{
		clock: cfg.Clock, component: cfg.Component, log: cfg.Logger, notify: cfg.Notify,
		unregistrations:   make(chan unregistration, cfg.UnregisterQueueCapacity),
		topicQueueTable:   make(map[string]map[string]route.QueueData),
		brokerAddrTable:   make(map[string]*route.BrokerData),
		clusterAddrTable:  make(map[string]map[string]struct{}),
		brokerLiveTable:   make(map[brokerAddrInfo]*brokerLiveInfo),
		filterServerTable: make(map[brokerAddrInfo][]string),
	}
	m.SetSettings(cfg.Settings)
	return m
}

// SetSettings replaces the settings, from the next request on.
func (m *RouteInfoManager) SetSettings(s Settings) { m.settings.Store(&s) }

// brokerAddrInfo identifies one broker process: its cluster and the address it answers at.
type brokerAddrInfo struct{ cluster, addr string }

// Channel is the connection over which a broker registered, compared by identity.
type Channel interface {
	// Close ends the connection; its end is then reported like any other.
	Close()
}

// brokerLiveInfo is what makes a registration expire or become out of date.
type brokerLiveInfo struct {
	generation   uint64 // of its last sign of life; no two are the same
	brokerName   string
	brokerID     int64
	lastUpdate   time.Time
	timeout      time.Duration
	dataVersion  body.DataVersion
	channel      Channel // nil in tests
	haServerAddr string
}

func (b *brokerLiveInfo) expired(now time.Time) bool { return now.Sub(b.lastUpdate) > b.timeout }

// minBrokerID is the lowest id of a broker group; false when it has no member.
func minBrokerID(addrs map[int64]string) (int64, bool) {
	if len(addrs) == 0 {
		return 0, false
	}
	return slices.Min(slices.Collect(maps.Keys(addrs))), true
}
