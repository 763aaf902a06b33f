package remoting

import (
	"runtime"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
)

// Defaults of both configurations; the first three are Apache's.
const (
	DefaultConnectTimeout = 3 * time.Second
	DefaultMaxIdle        = 120 * time.Second
	DefaultPermits        = 65535
	DefaultCallTimeout    = 30 * time.Second // of calls whose context has no deadline
	DefaultWriteTimeout   = 10 * time.Second
	DefaultMaxPending     = 64 << 20
)

// ClientConfig says how a [Client] behaves. Zero fields take their defaults.
type ClientConfig struct {
	// ConnectTimeout bounds one dial. Default 3 s.
	ConnectTimeout time.Duration
	// MaxIdle closes a connection over which nothing went for so long. Default 120 s.
	MaxIdle time.Duration
	// CallTimeout bounds calls whose context has no deadline. Default 30 s.
	CallTimeout time.Duration
	// WriteTimeout is how long a peer may take no bytes at all before its connection is closed. Default 10 s.
	WriteTimeout time.Duration
	// MaxPending bounds the bytes that wait to be written to one connection; callers wait beyond it. Default 64 MiB.
	MaxPending int
	// AsyncPermits and OnewayPermits bound the calls in flight of the two kinds; synchronous calls are bounded by their callers.
	// Default 65535 each.
	AsyncPermits, OnewayPermits int
	// CallbackWorkers is the number of goroutines for callbacks and for requests from servers. Default: the number of CPUs, at
	// least 4.
	CallbackWorkers int
	// Serialize is the encoding of requests; a code beyond 16 bits travels as JSON in any case.
	Serialize protocol.SerializeType
	// NoBusyPolling has connections sleep at once when nothing has come, instead of looking for some 100 µs first: less work for the
	// processor where it is not wanted, at the price of being woken for each request or response.
	NoBusyPolling bool
	// Network, Clock: the seams; nil means the operating system's.
	Network network.Network
	Clock   clock.Clock
	// NoTraceContext keeps the trace context of requests to this side: see [observ.Inject].
	NoTraceContext bool
	// Component starts the SERVER spans of requests that servers send; nil records none. CLIENT spans follow the caller's.
	Component *observ.Component
	// Metrics are where calls and connections are counted; nil counts none.
	Metrics *metrics.Registry
	// Logger is for what no caller hears of; nil is silent.
	Logger *zap.Logger
	// Listener hears of connections made and lost; nil for none.
	Listener ChannelEventListener
}

// ServerConfig says how a [Server] behaves. Zero fields take their defaults.
type ServerConfig struct {
	// Addr is where to listen, "host:port"; port 0 picks one.
	Addr string
	// Serialize is the encoding of responses and of the server's own requests, whatever that of the request (as Apache's).
	Serialize protocol.SerializeType
	// PublicExecutor runs processors registered with a nil executor. Default: 8 workers, 10,000 waiting.
	PublicExecutor *Executor
	// CallbackWorkers is the number of goroutines for callbacks of InvokeAsync. Default: the number of CPUs, at least 4.
	CallbackWorkers int
	// MaxIdle closes a connection over which nothing went for so long. Default 120 s.
	MaxIdle time.Duration
	// WriteTimeout is how long a peer may take no bytes at all before its connection is closed. Default 10 s.
	WriteTimeout time.Duration
	// MaxPending bounds the bytes that wait to be written to one connection, which is closed beyond it. Default 64 MiB.
	MaxPending int
	// AsyncPermits and OnewayPermits bound the server's own calls in flight to clients. Default 65535 each.
	AsyncPermits, OnewayPermits int
	// NoBusyPolling has connections sleep at once when nothing has come, instead of looking for some 100 µs first: less work for the
	// processor where it is not wanted, at the price of being woken for each request or response.
	NoBusyPolling bool
	// Network, Clock: the seams; nil means the operating system's.
	Network network.Network
	Clock   clock.Clock
	// Component starts the SERVER spans; nil records none.
	Component *observ.Component
	// Metrics are where requests and connections are counted; nil counts none.
	Metrics *metrics.Registry
	// ApacheMetrics adds the histogram of latencies that Apache's brokers have.
	ApacheMetrics bool
	// ProcessorNames are what metrics call executors, by their names; others keep theirs.
	ProcessorNames map[string]string
	// Logger is for what no caller hears of; nil is silent.
	Logger *zap.Logger
}

// settings fills in the defaults.
func (c ClientConfig) settings() settings {
	s := settings{
		maxIdle:           orDefault(c.MaxIdle, DefaultMaxIdle),
		writeTimeout:      orDefault(c.WriteTimeout, DefaultWriteTimeout),
		callTimeout:       orDefault(c.CallTimeout, DefaultCallTimeout),
		maxPending:        orDefault(c.MaxPending, DefaultMaxPending),
		waitForSpace:      true,
		serialize:         c.Serialize,
		asyncPermitCount:  orDefault(c.AsyncPermits, DefaultPermits),
		onewayPermitCount: orDefault(c.OnewayPermits, DefaultPermits),
		callbackWorkers:   orDefault(c.CallbackWorkers, max(4, runtime.NumCPU())),
		network:           c.Network,
		clock:             c.Clock,
		component:         c.Component,
		noTraceContext:    c.NoTraceContext,
		noBusyPolling:     c.NoBusyPolling,
		log:               c.Logger,
		listener:          c.Listener,
	}
	if s.network == nil {
		s.network = network.System
	}
	if s.clock == nil {
		s.clock = clock.System
	}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	return s
}

// settings are those of a client, except that a server never waits for a slow peer.
func (c ServerConfig) settings() settings {
	s := ClientConfig{
		MaxIdle: c.MaxIdle, WriteTimeout: c.WriteTimeout, MaxPending: c.MaxPending, Serialize: c.Serialize,
		AsyncPermits: c.AsyncPermits, OnewayPermits: c.OnewayPermits, CallbackWorkers: c.CallbackWorkers,
		Network: c.Network, Clock: c.Clock, Component: c.Component, Logger: c.Logger, NoBusyPolling: c.NoBusyPolling,
	}.settings()
	s.waitForSpace = false
	return s
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// settings are a configuration with its defaults filled in; they never change.
type settings struct {
	maxIdle, writeTimeout, callTimeout                   time.Duration
	maxPending                                           int
	waitForSpace                                         bool // a full backlog makes the sender wait (client) or costs the connection (server)
	serialize                                            protocol.SerializeType
	asyncPermitCount, onewayPermitCount, callbackWorkers int
	network                                              network.Network
	clock                                                clock.Clock
	component                                            *observ.Component
	noTraceContext, noBusyPolling                        bool
	log                                                  *zap.Logger
	listener                                             ChannelEventListener
}
