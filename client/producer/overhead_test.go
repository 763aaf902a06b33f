package producer

import (
	"context"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/client/internal/latency"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/internal/race"
	"github.com/plumemq/plume/internal/spantest/discard"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
)

// echo is a remoting client that costs nothing: what is left is the producer's own. It keeps its response.
type echo struct{ resp *protocol.RemotingCommand }

func (e echo) InvokeSync(context.Context, string, *protocol.RemotingCommand) (*protocol.RemotingCommand, error) {
	return e.resp, nil
}

func (e echo) InvokeAsync(_ context.Context, _ string, _ *protocol.RemotingCommand, done func(*protocol.RemotingCommand, error)) error {
	go done(e.resp, nil)
	return nil
}

func (e echo) InvokeOneway(context.Context, string, *protocol.RemotingCommand) error { return nil }

// bare is a producer that knows one topic and talks to an echo.
func bare(tb testing.TB, opts ...Option) *Producer {
	c := clustertest.New(tb, network.System, "broker-a")
	c.AddTopic("TopicTest", 8, "broker-a")
	p, err := New("group", append(opts, optionFunc(func(cfg *config.Producer) {
		cfg.NameServers, cfg.Topics = []string{c.NameServer()}, []string{"TopicTest"}
	}))...)
	if err != nil {
		tb.Fatal(err)
	}
	if err := p.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = p.Shutdown(context.Background()) })
	resp := protocol.NewResponse(protocol.Success, "")
	resp.ExtFields = protocol.ExtFields{
		{Key: "msgId", Value: strings.Repeat("0", 32)}, {Key: "queueId", Value: "1"}, {Key: "queueOffset", Value: "42"},
		{Key: "transactionId", Value: strings.Repeat("A", 32)}, {Key: "MSG_REGION", Value: "DefaultRegion"}, {Key: "TRACE_ON", Value: "true"},
	}
	p.session.Store(&session{instance: p.instance(), api: api.New(echo{resp}, clock.System, p.cfg.MQClientAPITimeout, true)})
	return p
}

type optionFunc func(*config.Producer)

func (o optionFunc) ApplyProducer(c *config.Producer) { o(c) }

func BenchmarkSendOverhead(b *testing.B) { benchmarkSendOverhead(b) }

func BenchmarkSendOverheadWithMetrics(b *testing.B) { benchmarkSendOverhead(b, measured()) }

// BenchmarkSendOverheadTraced records the send's span, whose context goes with the message.
func BenchmarkSendOverheadTraced(b *testing.B) {
	benchmarkSendOverhead(b, client.WithTracerProvider(discard.Provider(b)), client.WithTraceDetail(client.DetailSemconv))
}

// measured records metrics in a registry of its own.
func measured() Option { return client.WithRegisterer(prometheus.NewRegistry()) }

func benchmarkSendOverhead(b *testing.B, opts ...Option) {
	p, msg, ctx := bare(b, opts...), message.New("TopicTest", make([]byte, 128)), context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Send(ctx, msg); err != nil {
			b.Fatal(err)
		}
	}
}

func TestMetricsAllocateNothing(t *testing.T) {
	msg, ctx := message.New("TopicTest", make([]byte, 128)), context.Background()
	per := func(p *Producer) float64 { return testing.AllocsPerRun(200, func() { _, _ = p.Send(ctx, msg) }) }
	if off, on := per(bare(t)), per(bare(t, measured())); on != off && !race.Enabled {
		t.Errorf("%v allocations per send with metrics, %v without", on, off)
	}
}

// With tracing off a send allocates the message's properties, which have its id, and its result.
func TestSendAllocations(t *testing.T) {
	p, msg, ctx := bare(t), message.New("TopicTest", make([]byte, 128)), context.Background()
	const most = 2
	if n := testing.AllocsPerRun(200, func() { _, _ = p.Send(ctx, msg) }); n > most && !race.Enabled {
		t.Errorf("%v allocations per send, at most %d", n, most)
	}
}

func TestChoosingAQueueAllocatesNothing(t *testing.T) {
	p, ctx := bare(t), context.Background()
	info := p.topicPublishInfoTable.get("TopicTest")
	strategy := latency.NewMQFaultStrategy(true, clock.System)
	if n := testing.AllocsPerRun(200, func() {
		_ = p.strategy.SelectOneMessageQueue(ctx, info, "broker-b", false)
		_ = strategy.SelectOneMessageQueue(ctx, info, "broker-b", false)
		_ = p.instance().FindBrokerAddressInPublish(ctx, "broker-a")
		p.strategy.UpdateFaultItem(ctx, "broker-a", 0, false, true)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestVIPChannel(t *testing.T) {
	p := &Producer{}
	if got := p.brokerVIPChannel("10.0.0.1:10911"); got != "10.0.0.1:10911" {
		t.Errorf("off: %s", got)
	}
	p.cfg.VIPChannel = true
	for addr, want := range map[string]string{"10.0.0.1:10911": "10.0.0.1:10909", "[::1]:10911": "[::1]:10909", "nonsense": "nonsense"} {
		if got := p.brokerVIPChannel(addr); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}
