package demo_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/demo"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/metrics/metricstest"
	"github.com/plumemq/plume/internal/telemetry"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// guest joins in at a demo, traced and measured like its own clients.
type guest struct {
	t *testing.T
	d *demo.Demo
	p *producer.Producer
	o []client.Option
	a *remoting.Client
}

func join(t *testing.T, d *demo.Demo) *guest {
	t.Helper()
	tp, err := telemetry.Setup(t.Context(), telemetry.Options{
		ServiceName: "guest", InProcessOnly: true, BatchDelay: 20 * time.Millisecond,
		Exporters: []sdktrace.SpanExporter{d.Store().Exporter()},
	})
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, d: d, a: remoting.NewClient(remoting.ClientConfig{}), o: []client.Option{
		client.WithNameServers(d.NamesrvAddr()), client.WithTracerProvider(tp.TracerProvider()), client.WithRegisterer(d.Registry()),
	}}
	opts := []producer.Option{producer.WithCreateTopicKey("no-such-template", 1), producer.WithCompressionOver(0)}
	for _, o := range g.o {
		opts = append(opts, o)
	}
	if g.p, err = producer.New("guests", opts...); err != nil {
		t.Fatal(err)
	}
	if err := g.p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		g.a.Shutdown()
		if err := errors.Join(g.p.Shutdown(ctx), tp.Shutdown(ctx)); err != nil {
			t.Error(err)
		}
	})
	return g
}

// ask has both brokers do something.
func (g *guest) ask(code protocol.RequestCode, h protocol.CustomHeader, b []byte) {
	g.t.Helper()
	for _, addr := range g.d.BrokerAddrs() {
		req := protocol.NewRequest(code, h)
		req.Body = b
		resp, err := g.a.InvokeSync(g.t.Context(), addr, req)
		if err != nil || protocol.ResponseCode(resp.Code) != protocol.Success {
			g.t.Fatalf("%v: %v %v", code, resp, err)
		}
	}
}

func (g *guest) createTopic(name string) {
	g.ask(protocol.UpdateAndCreateTopic, &header.CreateTopicRequestHeader{
		Topic: name, DefaultTopic: "TBW102", ReadQueueNums: 1, WriteQueueNums: 1, Perm: 6, TopicFilterType: "SINGLE_TAG",
	}, nil)
}

// sendAllWays sends in all three modes, with a delay, and once to where no broker takes it any more: that is tried again in vain.
func (g *guest) sendAllWays(topic string) {
	t := g.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	send := func(msg *message.Message) {
		if _, err := g.p.Send(ctx, msg); err != nil {
			t.Fatal(err)
		}
	}
	for range g.d.BrokerAddrs() {
		send(message.New(topic, make([]byte, 64<<10))) // enough for the log to be flushed soon
	}
	delayed := message.New(topic, []byte("delayed"))
	delayed.SetDelayTimeLevel(1)
	send(delayed)
	done := make(chan error, 1)
	g.p.SendAsync(ctx, message.New(topic, []byte("async")), func(_ *producer.SendResult, err error) { done <- err })
	if err := errors.Join(<-done, g.p.SendOneway(ctx, message.New(topic, []byte("oneway")))); err != nil {
		t.Fatal(err)
	}
	g.createTopic("Short-lived")
	send(message.New("Short-lived", []byte("first")))
	g.ask(protocol.DeleteTopicInBroker, &header.DeleteTopicRequestHeader{Topic: "Short-lived"}, nil)
	if _, err := g.p.Send(ctx, message.New("Short-lived", []byte("second"))); err == nil {
		t.Fatal("a topic that was deleted takes messages")
	}
}

// consumeBadly has a group refuse every message for good.
func (g *guest) consumeBadly(topic string) {
	t := g.t
	t.Helper()
	opts := []consumer.Option{consumer.ConsumeFromFirst(), consumer.WithMaxReconsumeTimes(0), consumer.WithAwaitTermination(2 * time.Second)}
	for _, o := range g.o {
		opts = append(opts, o)
	}
	refused := make(chan struct{}, 100)
	c, err := consumer.New("guest-consumers", func(context.Context, []*message.MessageExt) error {
		refused <- struct{}{}
		return errors.New("no")
	}, opts...)
	if err == nil {
		err = errors.Join(c.Subscribe(topic, "*"), c.Start(t.Context()))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-refused:
	case <-time.After(20 * time.Second):
		t.Fatal("nothing to consume")
	}
}

// After some traffic the demo's page has every family that the catalogue calls served, each as the catalogue says, and every
// histogram leads to a trace.
func TestMetricsPageHasEveryServedFamily(t *testing.T) {
	d := start(t, freePorts())
	g := join(t, d)
	group := body.NewSubscriptionGroupConfig("guest-consumers")
	g.ask(protocol.UpdateAndCreateSubscriptionGroup, nil, group.Encode())
	g.createTopic("Guests")
	g.sendAllWays("Guests")
	g.consumeBadly("Guests")

	deadline := time.Now().Add(20 * time.Second)
	var missing map[string]string
	for time.Now().Before(deadline) {
		e, err := metricstest.Scrape(d.URL() + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		if missing = check(d, e); len(missing) == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		t.Errorf("%s: %s", name, missing[name])
	}
}

// check says what is wrong with which family.
func check(d *demo.Demo, e *metricstest.Exposition) map[string]string {
	wrong := map[string]string{}
	for _, f := range metrics.Families() {
		have := e.Families[f.Name]
		switch {
		case have == nil && f.Served():
			wrong[f.Name] = "no samples"
		case have != nil && !f.Served():
			wrong[f.Name] = "served, though its feature is not here"
		case have != nil:
			if diff := differs(f, have); diff != "" {
				wrong[f.Name] = diff
			} else if why := leadsNowhere(d, have); why != "" {
				wrong[f.Name] = why
			}
		}
	}
	return wrong
}

func differs(f *metrics.Family, have *metricstest.Family) string {
	type shape struct {
		Type, Help string
		Labels     []string
		Buckets    []float64
	}
	want := shape{string(f.Kind), f.Help, f.AllLabels(), f.Buckets}
	got := shape{have.Type, have.Help, have.LabelNames(), have.Buckets()}
	if len(got.Labels) == 0 {
		got.Labels = want.Labels[:0]
	}
	if len(got.Buckets) == 0 {
		got.Buckets = want.Buckets[:0]
	}
	return cmp.Diff(want, got)
}

// leadsNowhere says what is wrong with a family's exemplars: a histogram has some, and each names a trace that the store has.
func leadsNowhere(d *demo.Demo, f *metricstest.Family) string {
	found := 0
	for _, s := range f.Samples {
		if s.Exemplar == nil {
			continue
		}
		id, ok := tracestore.ParseTraceID(s.Exemplar["trace_id"])
		if _, there := d.Store().Trace(id); !ok || !there {
			return "the exemplar's trace " + s.Exemplar["trace_id"] + " is not in the store: " + cmp.Diff(nil, s.Labels)
		}
		found++
	}
	if f.Type == "histogram" && found == 0 {
		return "no exemplar"
	}
	return ""
}
