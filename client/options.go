package client

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// Option sets something that all roles have. It serves producer.New and consumer.New alike.
type Option struct{ apply func(*config.Client) }

// ApplyProducer makes Option a producer.Option.
func (o Option) ApplyProducer(c *config.Producer) { o.apply(&c.Client) }

// ApplyConsumer makes Option a consumer.Option.
func (o Option) ApplyConsumer(c *config.Consumer) { o.apply(&c.Client) }

// WithNameServers sets the name servers, each "host:port". Default: the environment's NAMESRV_ADDR, separated by semicolons.
func WithNameServers(addrs ...string) Option {
	return Option{func(c *config.Client) { c.NameServers = addrs }}
}

// WithNamespace prefixes all topics and groups with "ns%". Results carry names without it.
func WithNamespace(ns string) Option {
	return Option{func(c *config.Client) { c.Namespace = ns }}
}

// WithCredentials signs every request.
func WithCredentials(cr Credentials) Option {
	return Option{func(c *config.Client) {
		c.Credentials = &config.Credentials{AccessKey: cr.AccessKey, SecretKey: cr.SecretKey, SecurityToken: cr.SecurityToken}
	}}
}

// WithInstanceName sets the middle of the client id ip@instance@unit. Default: one of its own for every role.
func WithInstanceName(name string) Option {
	return Option{func(c *config.Client) { c.InstanceName = name }}
}

// WithUnitName sets the end of the client id, for deployments in several units.
func WithUnitName(name string) Option {
	return Option{func(c *config.Client) { c.UnitName = name }}
}

// WithClientIP sets the start of the client id. Default: this host's first address that is not loopback.
func WithClientIP(ip string) Option {
	return Option{func(c *config.Client) { c.ClientIP = ip }}
}

// Shared lets roles use one set of connections. Make it with [NewShared].
type Shared struct{ table *config.Shared }

// NewShared is a set that roles join by [WithShared].
func NewShared() *Shared { return &Shared{&config.Shared{}} }

// WithShared lets all roles that carry the same set and have the same client id (see [WithInstanceName]) share connections,
// routes and heartbeats. What the first of them says of the network, the clock, tracing and logging holds for what they share.
func WithShared(s *Shared) Option {
	return Option{func(c *config.Client) { c.Shared = s.table }}
}

// WithTracerProvider reports spans to tp instead of OpenTelemetry's global provider.
func WithTracerProvider(tp trace.TracerProvider) Option {
	return Option{func(c *config.Client) { c.TracerProvider = tp }}
}

// Detail is how fine a picture spans give.
type Detail = observ.Detail

// The levels of detail. DetailSemconv has only the spans that OpenTelemetry's conventions name; DetailSteps, the default, every
// step of the step table; DetailDeep some more.
const (
	DetailOff     = observ.Off
	DetailSemconv = observ.Semconv
	DetailSteps   = observ.Steps
	DetailDeep    = observ.Deep
)

// WithTraceDetail sets the level of detail of spans.
func WithTraceDetail(d Detail) Option {
	return Option{func(c *config.Client) { c.Detail = d }}
}

// WithMessageKeys puts messages' keys and sharding keys into spans, as messaging.rocketmq.message.keys and .group. Default false: they
// may say whom a message is about. Tags are there always; bodies and other properties never are.
func WithMessageKeys(on bool) Option {
	return Option{func(c *config.Client) { c.TraceKeys = on }}
}

// WithSpanEvents says whether what happens within a step (a lock acquired, a response matched) is an event of its span. Default true.
// With a logger that hears level debug, it is a line of the log in any case, with the span's trace_id and span_id.
func WithSpanEvents(on bool) Option {
	return Option{func(c *config.Client) { c.EventsInSpans = on }}
}

// DetailControl changes the level of detail of roles while they run. Make it with [NewDetailControl].
type DetailControl = observ.Control

// NewDetailControl is a control whose roles start at d.
func NewDetailControl(d Detail) *DetailControl { return observ.NewControl(d) }

// WithDetailControl has a role take its level of detail from ctl, now and whenever that changes. It wins over [WithTraceDetail].
func WithDetailControl(ctl *DetailControl) Option {
	return Option{func(c *config.Client) { c.Control = ctl }}
}

// WithTracePropagation says whether requests carry their trace context to servers, in the extFields that Apache's servers ignore.
// Default true; requests that are not traced carry nothing, but for one on each connection that says so.
func WithTracePropagation(on bool) Option {
	return Option{func(c *config.Client) { c.Propagate = on }}
}

// WithMessageTrace records every send and every consumption in Apache's own message trace, the topic RMQ_SYS_TRACE_TOPIC, where
// mqadmin queryMsgTraceById, the dashboard and plume trace find them. Default: off, as in Apache's clients. Records are written in the
// background, and dropped rather than waited for.
func WithMessageTrace() Option {
	return Option{func(c *config.Client) { c.MessageTrace = true }}
}

// WithMessageTraceTopic is WithMessageTrace with the records in a topic of one's own.
func WithMessageTraceTopic(topic string) Option {
	return Option{func(c *config.Client) { c.MessageTrace, c.MessageTraceTopic = true, topic }}
}

// WithRegisterer records metrics in r, for instance a prometheus.Registry; docs/metrics.md lists them. Roles may share a registerer:
// their counts then add up. Sampled spans become exemplars. Default: no metrics, at no cost.
func WithRegisterer(r prometheus.Registerer) Option {
	return Option{func(c *config.Client) { c.Registerer = r }}
}

// WithMetricsLimit bounds the series of each metric: what comes beyond, for instance the topics after the first so many, is counted
// by one more, whose labels all say "overflow". Default 2000.
func WithMetricsLimit(n int) Option {
	return Option{func(c *config.Client) { c.MetricsLimit = n }}
}

// WithTraceContext says whether trace context is written into requests and messages and read from messages at all. Default true.
func WithTraceContext(on bool) Option {
	return Option{func(c *config.Client) { c.NoContext = !on }}
}

// WithLogger reports what no caller hears of: a heartbeat that failed, a route that changed. Default: silent.
func WithLogger(log *zap.Logger) Option {
	return Option{func(c *config.Client) { c.Logger = log }}
}

// WithRPCHook sees every request and response, before the stock hooks.
func WithRPCHook(h remoting.RPCHook) Option {
	return Option{func(c *config.Client) { c.Hooks = append(c.Hooks, h) }}
}

// WithSerialize sets the encoding of request headers. Default: what the environment's ROCKETMQ_SERIALIZE_TYPE says, JSON or ROCKETMQ,
// and without it protocol.RocketMQ, the binary encoding, which costs less.
func WithSerialize(t protocol.SerializeType) Option {
	return Option{func(c *config.Client) { c.Serialize = &t }}
}

// WithBusyPolling says whether a connection that waits for something looks for it for some 100 µs before it sleeps. With few messages in
// flight they are several times as fast for it; without, the waiting takes no processor time. Default true.
func WithBusyPolling(on bool) Option {
	return Option{func(c *config.Client) { c.BusyPolling = on }}
}

// WithVIPChannel talks to a broker's port-2, as clients before 4.5 did. Default false.
func WithVIPChannel(on bool) Option {
	return Option{func(c *config.Client) { c.VIPChannel = on }}
}

// WithPollNameServerInterval sets how often routes are refreshed. Default 30 s.
func WithPollNameServerInterval(d time.Duration) Option {
	return Option{func(c *config.Client) { c.PollNameServerInterval = d }}
}

// WithHeartbeatInterval sets how often brokers hear of this client, which they forget after 120 s. Default 30 s.
func WithHeartbeatInterval(d time.Duration) Option {
	return Option{func(c *config.Client) { c.HeartbeatBrokerInterval = d }}
}

// WithConnectTimeout bounds one dial. Default 3 s.
func WithConnectTimeout(d time.Duration) Option {
	return Option{func(c *config.Client) { c.ConnectTimeout = d }}
}

// WithRequestTimeout bounds requests that no caller waits for with a deadline: routes, heartbeats, offsets. Default 3 s.
func WithRequestTimeout(d time.Duration) Option {
	return Option{func(c *config.Client) { c.MQClientAPITimeout = d }}
}

// WithNetwork replaces the operating system's network, for tests and simulations of this module.
func WithNetwork(n network.Network) Option {
	return Option{func(c *config.Client) { c.Network = n }}
}

// WithClock replaces the operating system's clock, for tests and simulations of this module.
func WithClock(cl clock.Clock) Option {
	return Option{func(c *config.Client) { c.Clock = cl }}
}
