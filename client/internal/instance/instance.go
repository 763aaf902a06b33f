package instance

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/client/internal/callback"
	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/rpchook"
)

// MQClientInstance is the shared part of a client. Safe for concurrent use.
//
// Java: client.impl.factory.MQClientInstance (5.5.0).
type MQClientInstance struct {
	cfg       config.Client
	clientID  string
	clock     clock.Clock
	log       *zap.Logger
	component *observ.Component
	remoting  *remoting.Client
	api       *api.MQClientAPIImpl
	bootTime  time.Time

	routes  routeTable
	flights flightTable

	mu        sync.Mutex // owns the fields below, and the writes of producers and consumers
	refs      int        // roles that have acquired and not yet released
	state     serviceState
	producers atomic.Pointer[map[string]Producer]
	consumers atomic.Pointer[map[string]Consumer]
	serving   bool               // the consumers' loops run
	ctx       context.Context    //nolint:containedctx // the life of the background loops
	cancel    context.CancelFunc // ends them
	loops     sync.WaitGroup     // the background loops
	wakeup    chan struct{}      // capacity 1: rebalance now
	heartbeat chan struct{}      // capacity 1: one round of heartbeats at a time
	beating   brokerVersions     // what brokers said of themselves

	connections connections
}

type serviceState int

// The states, in the order in which they are passed through.
const (
	createJust serviceState = iota
	running
	shutdownAlready
)

// Acquire is the instance for the configuration's client id, with one more reference: an existing one if cfg.Shared holds it, else
// a new one. Every Acquire needs one [MQClientInstance.Release].
//
// Java: MQClientManager#getOrCreateMQClientInstance (5.5.0).
func Acquire(cfg config.Client) (*MQClientInstance, error) {
	cfg.Complete()
	if cfg.Shared == nil {
		return newInstance(cfg)
	}
	return config.Join(cfg.Shared, cfg.ClientID(), (*MQClientInstance).join, func() (*MQClientInstance, error) { return newInstance(cfg) })
}

// join adds a reference, unless the instance is on its way out.
func (i *MQClientInstance) join() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.refs == 0 {
		return false
	}
	i.refs++
	return true
}

func newInstance(cfg config.Client) (*MQClientInstance, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	encoding, err := cfg.Encoding()
	if err != nil {
		return nil, err
	}
	measure := cfg.Metrics()
	component := cfg.Component(measure, "client")
	i := &MQClientInstance{
		cfg: cfg, clientID: cfg.ClientID(), clock: cfg.Clock, log: cfg.Logger.With(zap.String("client_id", cfg.ClientID())),
		component: component, bootTime: cfg.Clock.Now(), refs: 1, wakeup: make(chan struct{}, 1),
		heartbeat: make(chan struct{}, 1), connections: newConnections(),
	}
	i.producers.Store(&map[string]Producer{})
	i.consumers.Store(&map[string]Consumer{})
	i.routes.init()
	i.remoting = remoting.NewClient(remoting.ClientConfig{
		ConnectTimeout: cfg.ConnectTimeout, Serialize: encoding, Network: cfg.Network, Clock: cfg.Clock,
		Component: component, Metrics: measure, Logger: i.log, CallTimeout: cfg.MQClientAPITimeout,
		NoTraceContext: !cfg.Propagate, NoBusyPolling: !cfg.BusyPolling, Listener: channelListener{i},
	})
	if err := measure.Err(); err != nil {
		return nil, err
	}
	i.remoting.UpdateNameServerAddressList(cfg.NameServers)
	registerHooks(i.remoting, cfg)
	i.api = api.New(i.remoting, cfg.Clock, cfg.MQClientAPITimeout, len(cfg.Hooks) > 0)
	callback.New(i, i.log).Register(i.remoting)
	return i, nil
}

// registerHooks puts the user's hooks first, then the signature, which covers all fields.
func registerHooks(c *remoting.Client, cfg config.Client) {
	for _, h := range cfg.Hooks {
		c.RegisterRPCHook(h)
	}
	if cr := cfg.Credentials; cr != nil {
		c.RegisterRPCHook(rpchook.ACL(rpchook.Credentials{
			AccessKey: cr.AccessKey, SecretKey: cr.SecretKey, SecurityToken: cr.SecurityToken,
		}))
	}
}

// ClientID identifies the instance to brokers.
func (i *MQClientInstance) ClientID() string { return i.clientID }

// API are the requests that this client can make.
func (i *MQClientInstance) API() *api.MQClientAPIImpl { return i.api }

// Config is the completed configuration; read only.
func (i *MQClientInstance) Config() *config.Client { return &i.cfg }

// Component starts the entry steps of this client's background work.
func (i *MQClientInstance) Component() *observ.Component { return i.component }

// BootTime is when the instance was made.
func (i *MQClientInstance) BootTime() time.Time { return i.bootTime }
