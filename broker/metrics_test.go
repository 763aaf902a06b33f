package broker_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/metrics/metricstest"
	"github.com/plumemq/plume/message"
	nameserver "github.com/plumemq/plume/namesrv"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// measured is a name server and a broker that record in one registry; nil records nothing. Nobody traces.
type measured struct {
	registry *prometheus.Registry
	broker   *broker.Broker
	names    string
}

func startMeasured(tb testing.TB, registry *prometheus.Registry, change func(*broker.Config)) *measured {
	tb.Helper()
	m := &measured{registry: registry}
	var to prometheus.Registerer
	if registry != nil {
		to = registry
	}
	nsCfg := nameserver.DefaultConfig()
	nsCfg.ListenPort = 0
	ns, err := nameserver.New(nsCfg, nameserver.Deps{TracerProvider: noop.NewTracerProvider(), Registerer: to})
	if err == nil {
		err = ns.Start(tb.Context())
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { shutdown(tb, ns.Shutdown) })
	m.names = ns.Addr().String()
	cfg := broker.DefaultConfig()
	cfg.BrokerName, cfg.BrokerClusterName, cfg.Network.ListenPort, cfg.Network.VIPPort = "b-a", "c", 0, false
	cfg.Register.NamesrvAddr, cfg.Store.StorePathRootDir = m.names, tb.TempDir()
	cfg.Pools.Send.MaxWait = 10 * time.Second // a loaded machine is not what these tests are about
	cfg.Store.MappedFileSizeCommitLog, cfg.Store.MaxHashSlotNum, cfg.Store.MaxIndexNum = 64<<20, 10_000, 40_000
	cfg.Store.DiskMaxUsedSpaceRatio, cfg.Store.DiskSpaceCleanForciblyRatio, cfg.Store.DiskSpaceWarningLevelRatio = 99, 99, 99
	if change != nil {
		change(&cfg)
	}
	if m.broker, err = broker.New(cfg, broker.Deps{TracerProvider: noop.NewTracerProvider(), Registerer: to}); err == nil {
		err = m.broker.Start(tb.Context())
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { shutdown(tb, m.broker.Shutdown) })
	return m
}

func shutdown(tb testing.TB, f func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := f(ctx); err != nil {
		tb.Error(err)
	}
}

func (m *measured) scrape(tb testing.TB) *metricstest.Exposition {
	tb.Helper()
	srv := httptest.NewServer(promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	defer srv.Close()
	e, err := metricstest.Scrape(srv.URL)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func (m *measured) ask(tb testing.TB, code protocol.RequestCode, h protocol.CustomHeader) *protocol.RemotingCommand {
	tb.Helper()
	c := remoting.NewClient(remoting.ClientConfig{})
	defer c.Shutdown()
	resp, err := c.InvokeSync(tb.Context(), m.broker.Addr().String(), protocol.NewRequest(code, h))
	if err != nil || protocol.ResponseCode(resp.Code) != protocol.Success {
		tb.Fatalf("%v: %v %v", code, resp, err)
	}
	return resp
}

func (m *measured) createTopic(tb testing.TB, topic string, queues int32) {
	m.ask(tb, protocol.UpdateAndCreateTopic, &header.CreateTopicRequestHeader{
		Topic: topic, DefaultTopic: "TBW102", ReadQueueNums: queues, WriteQueueNums: queues, Perm: 6, TopicFilterType: "SINGLE_TAG",
	})
}

func (m *measured) newProducer(tb testing.TB, opts ...producer.Option) *producer.Producer {
	tb.Helper()
	p, err := producer.New("pg", append(opts, client.WithNameServers(m.names), client.WithTracerProvider(noop.NewTracerProvider()))...)
	if err == nil {
		err = p.Start(tb.Context())
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { shutdown(tb, p.Shutdown) })
	return p
}

// consume starts a member of a group that handles messages, and returns how to stop it.
func (m *measured) consume(tb testing.TB, group, topic, tags string, handle consumer.Handler) (stop func()) {
	tb.Helper()
	c, err := consumer.New(group, handle, client.WithNameServers(m.names), client.WithTracerProvider(noop.NewTracerProvider()),
		consumer.ConsumeFromFirst(), consumer.WithAwaitTermination(100*time.Millisecond))
	if err == nil {
		err = errors.Join(c.Subscribe(topic, tags), c.Start(tb.Context()))
	}
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), 20*time.Second)
	defer cancel()
	if err := c.AwaitAssignment(ctx, topic); err != nil {
		tb.Fatal(err)
	}
	return func() { _ = c.Shutdown(context.Background()) } // handlers that never end are the test's own
}

// await scrapes until a metric has a value.
func (m *measured) await(t *testing.T, name string, with map[string]string, want float64) *metricstest.Exposition {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		e := m.scrape(t)
		v, ok := e.Sum(strings.TrimSuffix(name, "_count"), name, with)
		if ok && v == want {
			return e
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s%v is %v (%v), want %v", name, with, v, ok, want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (m *measured) want(t *testing.T, e *metricstest.Exposition, name string, with map[string]string, want float64) {
	t.Helper()
	family, _, _ := strings.Cut(name, ":") // family:sample for histograms
	sample := strings.ReplaceAll(name, ":", "")
	if v, ok := e.Sum(family, sample, with); !ok || v != want {
		t.Errorf("%s%v is %v (found: %v), want %v", sample, with, v, ok, want)
	}
}

func TestTrafficIsCounted(t *testing.T) {
	m := startMeasured(t, prometheus.NewRegistry(), nil)
	m.createTopic(t, "T", 2)
	p := m.newProducer(t)
	var batch []*message.Message
	for i := range 5 {
		msg := message.New("T", make([]byte, 100+i))
		if _, err := p.Send(t.Context(), msg); err != nil {
			t.Fatal(err)
		}
		batch = append(batch, message.New("T", make([]byte, 50)))
	}
	fifo := message.New("T", []byte("x"))
	fifo.Properties.Set("__SHARDINGKEY", "k")
	delayed := message.New("T", []byte("x"))
	delayed.SetDelayTimeLevel(1)
	for _, msg := range []*message.Message{fifo, delayed} {
		if _, err := p.Send(t.Context(), msg); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.SendBatch(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	// the delayed message comes due after a second
	e := m.await(t, "rocketmq_messages_in_total", map[string]string{"topic": "T", "message_type": "delay"}, 1)
	m.want(t, e, "rocketmq_messages_in_total", map[string]string{"topic": "T", "message_type": "normal", "is_system": "false", "node_id": "b-a", "cluster": "c"}, 10)
	m.want(t, e, "rocketmq_messages_in_total", map[string]string{"topic": "T", "message_type": "fifo"}, 1)
	m.want(t, e, "rocketmq_messages_in_total", map[string]string{"topic": "SCHEDULE_TOPIC_XXXX", "message_type": "delay", "is_system": "true"}, 1)
	m.await(t, "rocketmq_messages_out_total", map[string]string{"topic": "SCHEDULE_TOPIC_XXXX", "consumer_group": "SCHEDULE_CONSUMER", "is_system": "true"}, 1)
	m.want(t, e, "rocketmq_message_size:_count", map[string]string{"topic": "T", "message_type": "normal"}, 6) // a batch is one observation
	m.await(t, "rocketmq_producer_connections", map[string]string{"language": "go", "version": "v5_5_0", "protocol_type": "remoting"}, 1)
	m.await(t, "rocketmq_rpc_latency_milliseconds_count", map[string]string{ // told of after the client has the answer
		"request_code": "send_message_v2", "response_code": "success", "is_long_polling": "false", "result": "success", "protocol_type": "remoting",
	}, 7)
	m.await(t, "rocketmq_rpc_latency_milliseconds_count", map[string]string{"request_code": "send_batch_message"}, 1)
	m.want(t, e, "rocketmq_namesrv_live_brokers", map[string]string{"node_type": "namesrv"}, 1)

	got := make(chan struct{}, 100)
	stop := m.consume(t, "g", "T", "*", func(context.Context, []*message.MessageExt) error { got <- struct{}{}; return nil })
	defer stop()
	for range 12 {
		<-got
	}
	e = m.await(t, "rocketmq_messages_out_total", map[string]string{"topic": "T", "consumer_group": "g", "is_system": "false"}, 12)
	in, _ := e.Value("rocketmq_throughput_in_total", map[string]string{"topic": "T"})
	if in == 0 {
		t.Error("no bytes came in")
	}
	m.await(t, "rocketmq_throughput_out_total", map[string]string{"topic": "T", "consumer_group": "g"}, in)
	m.want(t, e, "rocketmq_consumer_connections", map[string]string{"consumer_group": "g", "language": "go", "consume_mode": "push", "is_system": "false"}, 1)
}

// What a scrape says of a group's backlog is what the broker's own tables say.
func TestLagIsThatOfTheOffsetTables(t *testing.T) {
	m := startMeasured(t, prometheus.NewRegistry(), nil)
	m.createTopic(t, "T", 1)
	p := m.newProducer(t)
	send := func(tag string) {
		msg := message.New("T", []byte("x"))
		msg.SetTags(tag)
		if _, err := p.Send(t.Context(), msg); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10 {
		send([]string{"odd", "even"}[i%2])
	}
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	wait := func(ctx context.Context, _ []*message.MessageExt) error {
		select {
		case <-hang:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	defer m.consume(t, "all", "T", "*", wait)()
	defer m.consume(t, "some", "T", "even", wait)()
	all, some := map[string]string{"consumer_group": "all", "topic": "T", "is_retry": "false"}, map[string]string{"consumer_group": "some", "topic": "T"}
	// all is pulled; some of it acknowledged
	for group, offset := range map[string]int64{"all": 3, "some": 0} {
		m.ask(t, protocol.UpdateConsumerOffset, &header.UpdateConsumerOffsetRequestHeader{ConsumerGroup: group, Topic: "T", CommitOffset: offset})
	}
	m.await(t, "rocketmq_consumer_ready_messages", all, 0)
	e := m.await(t, "rocketmq_consumer_ready_messages", some, 0)
	acknowledged, max := m.offsets(t, "all")
	m.want(t, e, "rocketmq_consumer_lag_messages", all, float64(max-acknowledged))
	m.want(t, e, "rocketmq_consumer_inflight_messages", all, float64(max-acknowledged))
	if max != 10 || acknowledged != 3 {
		t.Errorf("%d of %d messages acknowledged", acknowledged, max)
	}
	m.want(t, e, "rocketmq_consumer_lag_messages", some, 5) // of 10, as its tag is on every other one
	if v, ok := e.Value("rocketmq_consumer_lag_latency_milliseconds", all); !ok || v <= 0 || v > 60_000 {
		t.Errorf("latency %v ms (%v)", v, ok)
	}
	m.want(t, e, "rocketmq_consumer_queueing_latency_milliseconds", all, 0)
	for _, f := range []string{"lag_messages", "inflight_messages"} {
		if n := len(e.Families["rocketmq_consumer_"+f].Samples); n != 2 {
			t.Errorf("%s: %d groups: retry topics must not count", f, n)
		}
	}
}

// offsets are how far a group is with its only queue, and the queue's end, as an administrator is told.
func (m *measured) offsets(t *testing.T, group string) (acknowledged, end int64) {
	t.Helper()
	var stats body.TopicStatsTable
	if err := stats.Decode(m.ask(t, protocol.GetTopicStatsInfo, &header.GetTopicStatsInfoRequestHeader{Topic: "T"}).Body); err != nil {
		t.Fatal(err)
	}
	for _, o := range stats.OffsetTable {
		end += o.MaxOffset
	}
	c := remoting.NewClient(remoting.ClientConfig{})
	defer c.Shutdown()
	resp, err := c.InvokeSync(t.Context(), m.broker.Addr().String(), protocol.NewRequest(protocol.QueryConsumerOffset,
		&header.QueryConsumerOffsetRequestHeader{ConsumerGroup: group, Topic: "T"}))
	if err != nil {
		t.Fatal(err)
	}
	var h header.QueryConsumerOffsetResponseHeader
	if protocol.ResponseCode(resp.Code) == protocol.Success {
		if err := resp.DecodeHeader(&h); err != nil {
			t.Fatal(err)
		}
	}
	return h.Offset, end
}

// Topics cost a bounded number of series, whoever makes them up.
func TestTopicsBeyondTheLimit(t *testing.T) {
	const limit, topics = 20, 200
	m := startMeasured(t, prometheus.NewRegistry(), func(c *broker.Config) { c.Metrics.CardinalityLimit = limit; c.Register.NamesrvAddr = "" })
	c := remoting.NewClient(remoting.ClientConfig{})
	defer c.Shutdown()
	for i := range topics {
		req := protocol.NewRequest(protocol.SendMessageV2, &header.SendMessageRequestHeaderV2{
			ProducerGroup: "pg", Topic: "T" + strconv.Itoa(i), DefaultTopic: "TBW102", DefaultTopicQueueNums: 1,
		})
		req.Body = []byte("x")
		resp, err := c.InvokeSync(t.Context(), m.broker.Addr().String(), req)
		if err != nil || protocol.ResponseCode(resp.Code) != protocol.Success {
			t.Fatal(resp, err)
		}
	}
	e := m.await(t, "rocketmq_rpc_latency_milliseconds_count", map[string]string{"request_code": "send_message_v2"}, topics)
	if n := len(e.Families["rocketmq_messages_in_total"].Samples); n != limit+1 {
		t.Errorf("%d series, want %d", n, limit+1)
	}
	m.want(t, e, "rocketmq_messages_in_total", nil, topics)
	m.want(t, e, "rocketmq_messages_in_total", map[string]string{"topic": "overflow"}, topics-limit)
}

func TestABrokersSeriesLeaveWithIt(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := startMeasured(t, reg, nil)
	if _, ok := m.scrape(t).Value("rocketmq_topic_number", nil); !ok {
		t.Fatal("no topic_number")
	}
	shutdown(t, m.broker.Shutdown)
	for name, f := range m.scrape(t).Families {
		for _, s := range f.Samples {
			if s.Labels["node_type"] == "broker" {
				t.Errorf("%s%v is left", name, s.Labels)
			}
		}
	}
}

func TestMetricsKeys(t *testing.T) {
	for conf, want := range map[string]string{
		"": "", "metricsExporterType=DISABLE": "", "metricsExporterType=PROM": "127.0.0.1:5557",
		"metricsExporterType=PROM\nmetricsPromExporterHost=::1\nmetricsPromExporterPort=5558": "[::1]:5558",
		"metricsExporterType=PROM\nbrokerIP1=10.0.0.3":                                        "10.0.0.3:5557",
		"metricsExporterType=OTLP_GRPC":                                                       "!", "metricsExporterType=PROM\nmetricsPromExporterPort=70000": "!", "metricsOtelCardinalityLimit=0": "!",
	} {
		cfg, unknown, err := broker.ParseConfig(conf)
		if err == nil {
			err = cfg.Validate()
		}
		switch {
		case want == "!" && err == nil:
			t.Errorf("%q is accepted", conf)
		case want != "!" && (err != nil || len(unknown) > 0 || cfg.MetricsAddr() != want):
			t.Errorf("%q: %q %v %v, want %q", conf, cfg.MetricsAddr(), unknown, err, want)
		}
	}
}

// BenchmarkSendWithMetrics is a send through a real broker, both sides measured or not.
func BenchmarkSendWithMetrics(b *testing.B) {
	for _, on := range []bool{false, true} {
		b.Run(fmt.Sprint("metrics=", on), func(b *testing.B) {
			var registry *prometheus.Registry
			var opts []producer.Option
			if on {
				registry = prometheus.NewRegistry()
				opts = append(opts, client.WithRegisterer(registry))
			}
			m := startMeasured(b, registry, func(c *broker.Config) { c.Store.MappedFileSizeCommitLog = 1 << 30 })
			m.createTopic(b, "T", 8)
			p := m.newProducer(b, opts...)
			msg := message.New("T", make([]byte, 128))
			b.ReportAllocs()
			b.SetParallelism(32)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := p.Send(context.Background(), msg); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
