package broker

import (
	"path/filepath"
	"runtime"
	"time"

	"github.com/plumemq/plume/broker/store"
)

// Config is a broker's configuration. Every field answers to the key of Apache's broker.conf that its comment names; zero
// values are not defaults: start from [DefaultConfig]. Durations are written in milliseconds in the file.
//
// Java: common.BrokerConfig, store.config.MessageStoreConfig, remoting.netty.NettyServerConfig (5.5.0).
type Config struct {
	Network  NetworkConfig
	Topics   TopicsConfig
	Store    store.Config
	Schedule ScheduleConfig
	Polling  PollingConfig
	Pools    PoolsConfig
	Register RegisterConfig
	Metrics  MetricsConfig

	// BrokerName names the master and its slaves (brokerName).
	BrokerName string
	// BrokerClusterName names the cluster (brokerClusterName).
	BrokerClusterName string
	// BrokerID is 0 for the master (brokerId).
	BrokerID int64
	// BrokerRole is ASYNC_MASTER or SYNC_MASTER (brokerRole); SLAVE is refused.
	BrokerRole string
	// BrokerPermission limits what clients may do: 2 write, 4 read, 6 both (brokerPermission).
	BrokerPermission int32
	// RegionID travels with every stored message (regionId).
	RegionID string
	// TraceOn tells producers to record Apache's own message traces (traceOn).
	TraceOn bool
	// StartAcceptSendRequestTimestamp is when sends are first taken, milliseconds since the epoch (startAcceptSendRequestTimeStamp).
	StartAcceptSendRequestTimestamp int64
	// UseServerSideResetOffset keeps offset resets on the broker (useServerSideResetOffset).
	UseServerSideResetOffset bool
}

// NetworkConfig says where the broker listens and how clients reach it.
type NetworkConfig struct {
	// BindAddress is the address to listen on (bindAddress); empty is loopback unless BrokerIP1 is set, then every address.
	BindAddress string
	// ListenPort is the port for clients (listenPort); 0 picks a free one and turns the VIP port off.
	ListenPort int
	// VIPPort listens on ListenPort-2 too (fastRemotingServer); a key of Plume's: vipChannelEnabled.
	VIPPort bool
	// BrokerIP1 is the address told to clients (brokerIP1); empty is loopback unless BindAddress is set, then this host's.
	BrokerIP1 string
	// BrokerIP2 is the address told to slaves (brokerIP2); empty is BrokerIP1.
	BrokerIP2 string
	// HAListenPort is the port told to slaves (haListenPort); 0 is ListenPort+1.
	HAListenPort int
}

// TopicsConfig rules the creation of topics and groups.
type TopicsConfig struct {
	// DefaultTopicQueueNums is how many queues TBW102 has, and so the most that an auto-created topic gets (defaultTopicQueueNums).
	DefaultTopicQueueNums int32
	// AutoCreateTopicEnable lets a send create its topic (autoCreateTopicEnable).
	AutoCreateTopicEnable bool
	// AutoCreateSubscriptionGroup lets a consumer create its group (autoCreateSubscriptionGroup).
	AutoCreateSubscriptionGroup bool
	// ClusterTopicEnable and BrokerTopicEnable make the topics named after cluster and broker readable and writable.
	ClusterTopicEnable, BrokerTopicEnable bool
	// TraceTopicEnable creates the topic for Apache's own message traces (traceTopicEnable).
	TraceTopicEnable bool
	// MsgTraceTopicName names it (msgTraceTopicName).
	MsgTraceTopicName string
	// ReviveQueueNum is the number of queues of the POP revive topic (reviveQueueNum).
	ReviveQueueNum int32
	// ValidateSystemTopicWhenUpdateTopic protects system topics (validateSystemTopicWhenUpdateTopic).
	ValidateSystemTopicWhenUpdateTopic bool
}

// ScheduleConfig rules delayed messages.
type ScheduleConfig struct {
	// MessageDelayLevel are the delays from level 1 on, "1s 5s 10s ..." (messageDelayLevel).
	MessageDelayLevel string
	// FlushDelayOffsetInterval paces delayOffset.json (flushDelayOffsetInterval).
	FlushDelayOffsetInterval time.Duration
}

// PollingConfig rules pulls and sessions.
type PollingConfig struct {
	// LongPollingEnable holds pulls as long as they ask (longPollingEnable); otherwise for ShortPolling.
	LongPollingEnable bool
	ShortPolling      time.Duration // shortPollingTimeMills
	// LitePullMessageEnable serves lite pull consumers (litePullMessageEnable).
	LitePullMessageEnable bool
	// NotifyConsumerIDsChangedEnable tells consumers of each other's coming and going (notifyConsumerIdsChangedEnable).
	NotifyConsumerIDsChangedEnable bool
	// ChannelExpiredTimeout is how long a silent client stays known (channelExpiredTimeout).
	ChannelExpiredTimeout time.Duration
	// FlushConsumerOffsetInterval paces consumerOffset.json (flushConsumerOffsetInterval).
	FlushConsumerOffsetInterval time.Duration
	// RejectPullConsumerEnable refuses classic pull consumers (rejectPullConsumerEnable).
	RejectPullConsumerEnable bool
	// SlaveReadEnable lets the broker suggest its slave to slow consumers (slaveReadEnable).
	SlaveReadEnable bool
}

// PoolConfig sizes one executor: its workers, its queue, and how long a request may wait in it (0: for ever).
type PoolConfig struct {
	Workers, Queue int
	MaxWait        time.Duration
}

// PoolsConfig are the executors, one per family of requests, so that slow ones cannot starve the rest.
type PoolsConfig struct {
	Send, Pull, LitePull, Query, Admin, ClientManage, ConsumerManage, Heartbeat PoolConfig
	// FastFailure answers what waited too long with SYSTEM_BUSY (brokerFastFailureEnable).
	FastFailure bool
}

// RegisterConfig says how the broker makes itself known.
type RegisterConfig struct {
	// NamesrvAddr lists the name servers, "host:port;host:port" (namesrvAddr).
	NamesrvAddr string
	// Period is the time between registrations, kept between 10 s and 60 s (registerNameServerPeriod).
	Period time.Duration
	// Timeout bounds one (registerBrokerTimeoutMills).
	Timeout time.Duration
	// Force registers even when nothing changed (forceRegister).
	Force bool
	// Compressed deflates the table (compressedRegister).
	Compressed bool
}

// MetricsConfig says how metrics are to be exposed. The broker itself only records them, in the registerer of its [Deps]; whoever
// runs it serves them.
type MetricsConfig struct {
	// ExporterType is DISABLE or PROM (metricsExporterType); Apache's OTLP_GRPC and LOG are refused.
	ExporterType string
	// PromExporterHost is where to serve (metricsPromExporterHost); empty is BrokerIP1, as with Apache.
	PromExporterHost string
	// PromExporterPort is the port (metricsPromExporterPort); 0 picks a free one.
	PromExporterPort int
	// CardinalityLimit bounds the series of each metric (metricsOtelCardinalityLimit).
	CardinalityLimit int
}

// DefaultConfig is Apache's, but for the addresses: see [NetworkConfig].
func DefaultConfig() Config {
	cpu := runtime.NumCPU()
	return Config{
		Network: NetworkConfig{ListenPort: 10911, VIPPort: true},
		Topics: TopicsConfig{
			DefaultTopicQueueNums: 8, AutoCreateTopicEnable: true, AutoCreateSubscriptionGroup: true, ClusterTopicEnable: true,
			BrokerTopicEnable: true, MsgTraceTopicName: "RMQ_SYS_TRACE_TOPIC", ReviveQueueNum: 8, ValidateSystemTopicWhenUpdateTopic: true,
		},
		Store: store.DefaultConfig(filepath.Join(homeDir(), "store")),
		Schedule: ScheduleConfig{
			MessageDelayLevel:        "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h",
			FlushDelayOffsetInterval: 10 * time.Second,
		},
		Polling: PollingConfig{
			LongPollingEnable: true, ShortPolling: time.Second, LitePullMessageEnable: true, NotifyConsumerIDsChangedEnable: true,
			ChannelExpiredTimeout: 2 * time.Minute, FlushConsumerOffsetInterval: 5 * time.Second,
		},
		Pools: defaultPools(cpu),
		Register: RegisterConfig{
			Period: 30 * time.Second, Timeout: 24 * time.Second, Force: true,
		},
		Metrics:    MetricsConfig{ExporterType: MetricsDisabled, PromExporterPort: 5557, CardinalityLimit: 50_000},
		BrokerName: hostname(), BrokerClusterName: "DefaultCluster", BrokerRole: asyncMaster, BrokerPermission: 6, RegionID: "DefaultRegion",
		TraceOn: true, UseServerSideResetOffset: true,
	}
}

func defaultPools(cpu int) PoolsConfig {
	return PoolsConfig{
		Send:           PoolConfig{min(cpu, 4), 10000, 200 * time.Millisecond},
		Pull:           PoolConfig{16 + cpu*2, 100000, 5 * time.Second},
		LitePull:       PoolConfig{16 + cpu*2, 100000, 5 * time.Second},
		Query:          PoolConfig{8 + cpu, 20000, 0},
		Admin:          PoolConfig{16, 10000, 5 * time.Second},
		ClientManage:   PoolConfig{32, 1000000, 0},
		ConsumerManage: PoolConfig{32, 1000000, 0},
		Heartbeat:      PoolConfig{min(32, cpu), 50000, 31 * time.Second},
		FastFailure:    true,
	}
}
