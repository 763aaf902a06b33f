package broker

import (
	"context"
	"strconv"
	"strings"

	"github.com/plumemq/plume/broker/processor"
	"github.com/plumemq/plume/broker/session"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// instrument makes what the broker records with; nothing without a registerer.
func (b *Broker) instrument(context.Context) error {
	b.metrics = metrics.New(b.deps.Registerer, metrics.Options{
		Node:  metrics.Node{Cluster: b.cfg.BrokerClusterName, Type: "broker", ID: b.cfg.BrokerName},
		Limit: b.cfg.Metrics.CardinalityLimit,
	})
	if b.metrics == nil {
		return nil
	}
	b.onClose(func(context.Context) error { b.metrics.Close(); return nil })
	b.metrics.Constant(metrics.TargetInfo)
	b.deps.Component.Observe(b.metrics.Steps("broker"))
	b.traffic = processor.NewTraffic(b.metrics, b.deps.Clock, func(t string) bool { return b.topics.IsSystemTopic(t) })
	return b.metrics.Err()
}

// measure exposes the state of what has been opened and loaded.
func (b *Broker) measure(context.Context) error {
	b.metrics.Scrape(b.collect,
		metrics.BrokerPermission, metrics.TopicNumber, metrics.ConsumerGroupNumber, metrics.ProcessorWatermark,
		metrics.ProducerConnections, metrics.ConsumerConnections,
		metrics.ConsumerLagMessages, metrics.ConsumerLagLatency, metrics.ConsumerInflightMessages, metrics.ConsumerQueueingLatency,
		metrics.ConsumerReadyMessages,
		metrics.StorageSize, metrics.StorageFlushBehind, metrics.StorageDispatchBehind, metrics.StorageMessageReserveTime)
	return b.metrics.Err()
}

// delivered counts a delayed message that was due.
func (b *Broker) delivered(ctx context.Context, topic string, r store.AppendMessageResult) {
	b.stats.TopicPut(topic, int64(r.MsgNum))
	b.traffic.Delivered(ctx, topic, r)
}

// collect reads the broker's state for a scrape.
//
// Java: broker.metrics.BrokerMetricsManager#initStatsMetrics and those beside it (5.5.0).
func (b *Broker) collect(emit metrics.Emit) {
	topics, _ := b.topics.Snapshot()
	emit(metrics.BrokerPermission, float64(b.live.permission.Load()))
	emit(metrics.TopicNumber, float64(len(topics)))
	emit(metrics.ConsumerGroupNumber, float64(len(b.groups.Snapshot().SubscriptionGroupTable)))
	b.collectProcessors(emit)
	b.collectConnections(emit)
	b.collectStorage(emit)
	b.collectLag(emit)
}

// namedPool is an executor and what Apache's metrics call it.
type namedPool struct {
	name string
	on   *remoting.Executor
}

// named are all executors. Apache has more: for what is not served here.
func (p *pools) named() []namedPool {
	return []namedPool{
		{"send", p.send}, {"pull", p.pull}, {"lite_pull", p.litePull}, {"query_message", p.query}, {"admin", p.admin},
		{"client_manager", p.clientManage}, {"consumer_manager", p.consumerManage}, {"heartbeat", p.heartbeat},
	}
}

// names are what metrics call the executors.
func (p *pools) names() map[string]string {
	names := map[string]string{}
	for _, n := range p.named() {
		names[n.on.Name()] = n.name
	}
	return names
}

func (b *Broker) collectProcessors(emit metrics.Emit) {
	for _, p := range b.pools.named() {
		emit(metrics.ProcessorWatermark, float64(p.on.Len()), p.name)
	}
}

const protocolRemoting = "remoting" // Java: RemotingMetricsConstant.PROTOCOL_TYPE_REMOTING

// build is what clients are counted by.
type build struct {
	language protocol.Language
	version  int32
}

func (k build) labels() (language, version string) {
	return strings.ToLower(k.language.String()), strings.ToLower(protocol.VersionDesc(k.version))
}

func countBuilds(clients []session.Client, into map[build]int) {
	for i := range clients {
		into[build{clients[i].Language, clients[i].Version}]++
	}
}

func (b *Broker) collectConnections(emit metrics.Emit) {
	producers := map[build]int{}
	for _, group := range b.producers.Groups() {
		clients, _ := b.producers.Clients(group)
		countBuilds(clients, producers)
	}
	for k, n := range producers {
		language, version := k.labels()
		emit(metrics.ProducerConnections, float64(n), language, version, protocolRemoting)
	}
	for _, g := range b.consumers.Groups() {
		consumers := map[build]int{}
		countBuilds(g.Clients, consumers)
		for k, n := range consumers {
			language, version := k.labels()
			emit(metrics.ConsumerConnections, float64(n), g.Name, language, version, consumeMode(g.ConsumeType), protocolRemoting,
				strconv.FormatBool(processor.IsSystemGroup(g.Name)))
		}
	}
}

// consumeMode is the value of the label consume_mode. Java: ConsumeType#getTypeCN.
func consumeMode(t heartbeat.ConsumeType) string {
	switch t {
	case heartbeat.ConsumeActively:
		return "pull"
	case heartbeat.ConsumePop:
		return "pop"
	}
	return "push"
}

// collectStorage reads the store's state.
//
// Java: store.metrics.DefaultStoreMetricsManager#init (5.5.0).
func (b *Broker) collectStorage(emit metrics.Emit) {
	report := func(f *metrics.Family, v int64) { emit(f, float64(v), "local", "disk") }
	if used, ok := b.store.DiskUsedBytes(); ok {
		report(metrics.StorageSize, used)
	}
	report(metrics.StorageFlushBehind, b.store.FlushBehindBytes())
	report(metrics.StorageDispatchBehind, b.store.DispatchBehindBytes())
	if earliest := b.store.EarliestStoreTime(); earliest > 0 {
		report(metrics.StorageMessageReserveTime, b.deps.Clock.Now().UnixMilli()-earliest)
	}
}
