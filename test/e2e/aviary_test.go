package e2e_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/admin"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/telemetry"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
)

// filtered is a topic of which a consumer wants few messages.
const filtered = "Filtered"

// aviary is a cluster that records everything that can be recorded, of all its parts and their clients.
type aviary struct {
	*testcluster.Cluster
	msg      canary
	opts     []client.Option
	logs     *observer.ObservedLogs
	registry *prometheus.Registry
	metrics  bytes.Buffer // scraped so far
}

func newAviary(t *testing.T, opts ...client.Option) *aviary {
	core, logs := observer.New(zapcore.DebugLevel)
	a := &aviary{msg: newCanary(), opts: opts, logs: logs, registry: prometheus.NewRegistry()}
	a.Cluster = testcluster.Start(t, testcluster.Config{
		Detail: observ.Deep, Logger: zap.New(core), Registerer: a.registry, Broker: func(_ string, cfg *broker.Config) {
			cfg.Schedule.MessageDelayLevel = strings.TrimSpace(strings.Repeat("1s ", 18))
			cfg.Store.MaxMessageSize = 64 << 10
			cfg.Topics.TraceTopicEnable = true
		},
	})
	a.CreateTopic(t, topic, 1)
	a.CreateTopic(t, filtered, 1)
	return a
}

func (a *aviary) producer(t *testing.T, group string, opts ...producer.Option) *producer.Producer {
	for _, o := range a.opts {
		opts = append(opts, o)
	}
	return a.NewProducer(t, group, opts...)
}

func (a *aviary) consumer(t *testing.T, group, topic, expression string, handle consumer.Handler, opts ...consumer.Option) {
	for _, o := range a.opts {
		opts = append(opts, o)
	}
	a.NewFilteringConsumer(t, group, topic, expression, handle, append(opts, consumer.ConsumeFromFirst())...)
}

// scrape adds what the metrics page says now, in both formats.
func (a *aviary) scrape(t *testing.T) {
	t.Helper()
	for _, format := range []string{"text/plain;version=0.0.4", "application/openmetrics-text;version=1.0.0"} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set("Accept", format)
		telemetry.MetricsHandler(a.registry).ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Fatalf("metrics: %d %s", w.Code, w.Body)
		}
		a.metrics.Write(w.Body.Bytes())
	}
}

// exercise leads the canary through everything that a message can come to.
func (a *aviary) exercise(t *testing.T) {
	p := a.producer(t, "producers", producer.WithMaxMessageSize(1<<20))
	a.travels(t, p)
	a.filters(t, p)
	a.dies(t)
	a.isDropped(t)
	a.isFound(t)
	a.isRefused(t, p)
	a.scrape(t)
	a.strands(t, p)
	if err := p.Shutdown(within(t)); err != nil { // sends a message trace
		t.Error(err)
	}
}

// travels sends the canary in every way to a consumer that fails it twice.
func (a *aviary) travels(t *testing.T, p *producer.Producer) {
	var attempts atomic.Int32
	consumed := make(chan string, 100)
	a.consumer(t, "consumers", topic, "*", func(_ context.Context, msgs []*message.MessageExt) error {
		switch attempts.Add(1) {
		case 1:
			return errors.New("not yet")
		case 2:
			panic("not yet, either")
		}
		consumed <- msgs[0].Property(a.msg.secrets["property name"]) + strings.Join(msgs[0].Keys(), " ")
		return nil
	})
	later := a.msg.Clone()
	later.SetDelayTimeLevel(1)
	mq := message.MessageQueue{Topic: topic, BrokerName: a.Brokers[0].Name}
	done := make(chan error, 1)
	p.SendAsync(within(t), a.msg.Message, func(_ *producer.SendResult, err error) { done <- err })
	for what, err := range map[string]error{
		"sync":     errorOf(p.Send(within(t), a.msg.Message)),
		"async":    <-done,
		"one-way":  p.SendOneway(within(t), a.msg.Message),
		"batch":    errorOf(p.SendBatch(within(t), []*message.Message{a.msg.Message, a.msg.Message})),
		"queue":    errorOf(p.SendToQueue(within(t), a.msg.Message, mq)),
		"selector": errorOf(p.SendSelect(within(t), a.msg.Message, producer.SelectByHash(a.msg.secrets["sharding key"]))),
		"later":    errorOf(p.Send(within(t), later)),
	} {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	for range 8 {
		if got := <-consumed; got != a.msg.secrets["property value"]+a.msg.secrets["key"] {
			t.Fatalf("consumed %q: the canary did not travel", got)
		}
	}
}

func errorOf(_ *producer.SendResult, err error) error { return err }

// filters sends canaries that a consumer does not want: one that the broker sees through, and one that the consumer itself does.
func (a *aviary) filters(t *testing.T, p *producer.Producer) {
	wanted := make(chan string, 3)
	a.consumer(t, "choosers", filtered, "Aa", func(_ context.Context, msgs []*message.MessageExt) error {
		wanted <- msgs[0].Tags()
		return nil
	})
	for _, tag := range []string{"other", "BB", "Aa"} { // the last two have one hash
		m := a.msg.Clone()
		m.Topic = filtered
		m.SetTags(tag)
		if _, err := p.Send(within(t), m); err != nil {
			t.Fatal(err)
		}
	}
	if tag := <-wanted; tag != "Aa" {
		t.Errorf("consumed %s", tag)
	}
}

// dies has a consumer fail the canary until it is a dead letter.
func (a *aviary) dies(t *testing.T) {
	a.consumer(t, "hopeless", filtered, "*", func(context.Context, []*message.MessageExt) error { return errors.New("never") },
		consumer.WithMaxReconsumeTimes(1))
	a.Eventually(t, "a dead letter", func() bool { return a.counted(t, "rocketmq_send_to_dlq_messages_total") })
}

func (a *aviary) counted(t *testing.T, family string) bool {
	all, err := a.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.GetName() == family && len(f.GetMetric()) > 0 {
			return f.GetMetric()[0].GetCounter().GetValue() > 0
		}
	}
	return false
}

// isDropped has one of many consumers of everything fail it.
func (a *aviary) isDropped(t *testing.T) {
	a.consumer(t, "everybody", topic, "*", func(context.Context, []*message.MessageExt) error { return errors.New("never") },
		consumer.WithBroadcasting(), consumer.WithOffsetStoreDir(t.TempDir()))
	a.saysInTheLog(t, "broadcast message dropped")
}

func (a *aviary) saysInTheLog(t *testing.T, text string) {
	t.Helper()
	a.Eventually(t, "a line in the log: "+text, func() bool { return strings.Contains(logged(a.logs), text) })
}

// isFound looks for the canary by its key.
func (a *aviary) isFound(t *testing.T) {
	adm := newAdmin(t, a.Cluster, append([]client.Option{client.WithRegisterer(a.registry)}, a.opts...)...)
	a.Eventually(t, "the canary found", func() bool {
		found, err := adm.QueryMessage(within(t), topic, a.msg.secrets["key"], admin.Query{})
		return err == nil && len(found) > 0
	})
	if _, err := adm.QueryMessage(within(t), "Nowhere", a.msg.secrets["key"], admin.Query{}); err == nil {
		t.Error("found in no topic")
	}
}

// isRefused sends what the producer and the broker refuse.
func (a *aviary) isRefused(t *testing.T, p *producer.Producer) {
	but := func(change func(*message.Message)) *message.Message {
		m := a.msg.Clone()
		change(m)
		return m
	}
	incompressible := []byte(a.msg.secrets["body"])
	for len(incompressible) < 512<<10 {
		incompressible = append(incompressible, rand.Text()...)
	}
	for what, m := range map[string]*message.Message{
		"topic":  but(func(m *message.Message) { m.Topic = "not a topic!" }),
		"length": but(func(m *message.Message) { m.Body = incompressible }),
		"far above": but(func(m *message.Message) {
			m.Body = append(incompressible, incompressible...)
			m.Body = append(m.Body, m.Body...)
		}),
		"separator": but(func(m *message.Message) {
			m.SetProperty(a.msg.secrets["property name"], "\x01"+a.msg.secrets["property value"])
		}),
		"name": but(func(m *message.Message) { m.SetProperty(a.msg.secrets["property name"]+"\x02", "x") }),
		"many": but(func(m *message.Message) { m.SetKeys(strings.Repeat(a.msg.secrets["key"], 5000)) }),
		"delay": but(func(m *message.Message) {
			m.SetProperty(message.PropertyDelayTimeLevel, a.msg.secrets["property value"])
		}),
	} {
		if _, err := p.Send(within(t), m); err == nil && what != "delay" {
			t.Errorf("%s: not refused", what)
		}
	}
	elsewhere := but(func(m *message.Message) { m.Topic = filtered })
	if _, err := p.SendBatch(within(t), []*message.Message{a.msg.Message, elsewhere}); err == nil {
		t.Error("a batch of two topics")
	}
	if _, err := p.SendToQueue(within(t), elsewhere, message.MessageQueue{Topic: topic, BrokerName: a.Brokers[0].Name}); err == nil {
		t.Error("a queue of another topic")
	}
}

// strands fails the canary when its broker is gone, and sends it to nobody.
func (a *aviary) strands(t *testing.T, p *producer.Producer) {
	stopped, has := make(chan struct{}), make(chan struct{}, 100)
	a.consumer(t, "stranded", filtered, "Aa", func(context.Context, []*message.MessageExt) error {
		has <- struct{}{}
		<-stopped
		return errors.New("too late")
	})
	<-has
	a.Brokers[0].Stop(t)
	close(stopped)
	a.saysInTheLog(t, "message not sent back")
	done := make(chan error, 1)
	p.SendAsync(within(t), a.msg.Message, func(_ *producer.SendResult, err error) { done <- err })
	for what, err := range map[string]error{
		"sync":  errorOf(p.Send(within(t), a.msg.Message)),
		"async": <-done,
		"batch": errorOf(p.SendBatch(within(t), []*message.Message{a.msg.Message, a.msg.Message})),
	} {
		if err == nil {
			t.Errorf("%s: sent to nobody", what)
		}
	}
	_ = p.SendOneway(within(t), a.msg.Message) // nobody knows
}
