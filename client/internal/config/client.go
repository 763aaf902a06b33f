package config

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// Client is what producers and consumers share.
//
// Java: client.ClientConfig (5.5.0).
type Client struct {
	// NameServers are "host:port" addresses; empty means NAMESRV_ADDR. None at all is an error at the role's start.
	NameServers []string
	// ClientIP stands in the client id; empty means the first address of this host that is not loopback.
	ClientIP string
	// InstanceName and UnitName complete the client id: ip@instanceName@unitName. An empty InstanceName is unique.
	InstanceName string
	UnitName     string
	// UnitMode marks messages and heartbeats of a multi-unit deployment.
	UnitMode bool
	// Namespace prefixes topics and groups: "ns%topic". Empty means none.
	Namespace string
	// Credentials sign every request when set.
	Credentials *Credentials
	// Hooks see every request and response, before the stock ones.
	Hooks []remoting.RPCHook
	// Serialize is the encoding of request headers; nil means ROCKETMQ_SERIALIZE_TYPE, and without it ROCKETMQ.
	Serialize *protocol.SerializeType
	// VIPChannel talks to a broker's port-2. Off since Apache 4.5.
	VIPChannel bool

	// Control sets the level of detail at run time; nil: Detail stays as it is.
	Control *observ.Control
	// NoContext keeps trace context from being written and read.
	NoContext bool
	// TraceKeys puts messages' keys and sharding keys into spans.
	TraceKeys bool
	// EventsInSpans says whether the events of steps go into their spans, beside the log.
	EventsInSpans bool
	// TracerProvider receives the spans; nil means OpenTelemetry's global one.
	TracerProvider observ.TracerProvider
	// Detail is the level of detail of the spans.
	Detail observ.Detail
	// BusyPolling has connections look for a while before they sleep.
	BusyPolling bool
	// Propagate puts the trace context of each request into its extFields.
	Propagate bool

	// MessageTrace records sends and consumptions in Apache's own message trace, in the topic MessageTraceTopic.
	MessageTrace      bool
	MessageTraceTopic string
	// Registerer is where metrics go; nil means none.
	Registerer prometheus.Registerer
	// MetricsLimit bounds the series of each metric; 0 means metrics.DefaultLimit.
	MetricsLimit int

	// Logger may be nil: silent.
	Logger *zap.Logger
	// Network and Clock may be nil: the operating system's.
	Network network.Network
	Clock   clock.Clock

	// PollNameServerInterval is how often routes are asked for again, FirstPollDelay how long after the start.
	PollNameServerInterval time.Duration
	FirstPollDelay         time.Duration
	// HeartbeatBrokerInterval is the period of heartbeats, FirstHeartbeatDelay the wait before the first.
	HeartbeatBrokerInterval time.Duration
	FirstHeartbeatDelay     time.Duration
	// PersistConsumerOffsetInterval is how often offsets are saved, FirstPersistDelay the wait before the first time.
	PersistConsumerOffsetInterval time.Duration
	FirstPersistDelay             time.Duration
	// RebalanceInterval is how often consumers rebalance unasked.
	RebalanceInterval time.Duration
	// MQClientAPITimeout bounds requests that no user waits for with a deadline: routes, heartbeats, offsets.
	MQClientAPITimeout time.Duration
	// ConnectTimeout bounds one dial.
	ConnectTimeout time.Duration

	// Shared is where roles with one client id meet; nil gives the role an instance of its own.
	Shared *Shared
}

// Credentials sign requests.
type Credentials struct{ AccessKey, SecretKey, SecurityToken string }

// DefaultClient is Apache's defaults.
func DefaultClient() Client {
	return Client{
		Detail:                        observ.Steps,
		EventsInSpans:                 true,
		BusyPolling:                   true,
		Propagate:                     true,
		MessageTraceTopic:             message.TopicTrace,
		PollNameServerInterval:        30 * time.Second,
		FirstPollDelay:                10 * time.Millisecond,
		HeartbeatBrokerInterval:       30 * time.Second,
		FirstHeartbeatDelay:           time.Second,
		PersistConsumerOffsetInterval: 5 * time.Second,
		FirstPersistDelay:             10 * time.Second,
		RebalanceInterval:             20 * time.Second,
		MQClientAPITimeout:            3 * time.Second,
		ConnectTimeout:                3 * time.Second,
	}
}

// Complete fills in what was left empty.
func (c *Client) Complete() {
	if c.Network == nil {
		c.Network = network.System
	}
	if c.Clock == nil {
		c.Clock = clock.System
	}
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	if len(c.NameServers) == 0 {
		c.NameServers = strings.FieldsFunc(os.Getenv("NAMESRV_ADDR"), func(r rune) bool { return r == ';' })
	}
	if c.ClientIP == "" {
		c.ClientIP = localIP()
	}
	if c.InstanceName == "" {
		c.InstanceName = uniqueInstanceName(c.Clock.Now())
	}
}

// Validate refuses settings that cannot work.
func (c *Client) Validate() error {
	for _, a := range c.NameServers {
		if _, _, err := net.SplitHostPort(a); err != nil {
			return fmt.Errorf("name server address %q is not host:port: %w", a, err)
		}
	}
	if _, err := c.Encoding(); err != nil {
		return err
	}
	if cr := c.Credentials; cr != nil && (cr.AccessKey == "" || cr.SecretKey == "") {
		return errors.New("credentials need an access key and a secret key")
	}
	if strings.ContainsAny(c.Namespace, "%\x01\x02") {
		return fmt.Errorf("namespace %q must not contain %%", c.Namespace)
	}
	if c.MessageTrace {
		if err := message.ValidateTopic(c.MessageTraceTopic); err != nil {
			return fmt.Errorf("message trace: %w", err)
		}
	}
	for _, d := range []time.Duration{c.PollNameServerInterval, c.HeartbeatBrokerInterval, c.PersistConsumerOffsetInterval,
		c.RebalanceInterval, c.MQClientAPITimeout, c.ConnectTimeout} {
		if d <= 0 {
			return fmt.Errorf("intervals and timeouts must be positive, not %v", d)
		}
	}
	return nil
}

// Encoding is that of request headers. The binary one is half the work of JSON for both sides, and every server reads it.
func (c *Client) Encoding() (protocol.SerializeType, error) {
	if c.Serialize != nil {
		return *c.Serialize, nil
	}
	return protocol.SerializeTypeFromEnv(protocol.RocketMQ) //nolint:wrapcheck // it names the variable
}

// ClientID identifies the client to brokers: ip@instanceName, and @unitName if there is one.
//
// Java: ClientConfig#buildMQClientId (5.5.0).
func (c *Client) ClientID() string {
	id := c.ClientIP + "@" + c.InstanceName
	if c.UnitName != "" {
		id += "@" + c.UnitName
	}
	return id
}

// Metrics is what the client records its metrics with; nil without a registerer.
func (c *Client) Metrics() *metrics.Registry {
	return metrics.New(c.Registerer, metrics.Options{Limit: c.MetricsLimit})
}

// Component is a tracing component with the client's provider and level of detail. What was chosen at run time holds for it as well.
// m, which may be nil, observes its steps as those of a role.
func (c *Client) Component(m *metrics.Registry, role string) *observ.Component {
	ctl := c.Control
	if ctl == nil {
		ctl = observ.NewControl(c.Detail)
	}
	comp := observ.NewControlled(c.TracerProvider, ctl)
	comp.SendEvents(c.Logger, c.EventsInSpans)
	comp.SetPropagation(!c.NoContext)
	if m != nil {
		comp.Observe(m.Steps(role))
	}
	return comp
}
