package e2e_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/telemetry"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
)

// canary is a message whose every private part can be recognised.
type canary struct {
	*message.Message
	secrets map[string]string // part -> text
}

func newCanary() canary {
	c := canary{secrets: map[string]string{}}
	for _, part := range []string{"body", "key", "sharding key", "property name", "property value"} {
		c.secrets[part] = "canary" + rand.Text()
	}
	c.Message = message.New(topic, []byte(c.secrets["body"]+strings.Repeat(" so that it is compressed", 500)))
	c.SetKeys(c.secrets["key"])
	c.SetShardingKey(c.secrets["sharding key"])
	c.SetProperty(c.secrets["property name"], c.secrets["property value"])
	return c
}

// everything is all that spans say, in one text.
func everything(spans []sdktrace.ReadOnlySpan) string {
	var b strings.Builder
	for _, s := range spans {
		fmt.Fprintln(&b, s.Name(), s.Status().Description, s.SpanContext().TraceState(), s.Attributes(), s.Resource().Attributes())
		for _, e := range s.Events() {
			fmt.Fprintln(&b, e.Name, e.Attributes)
		}
		for _, l := range s.Links() {
			fmt.Fprintln(&b, l.SpanContext.TraceState(), l.Attributes)
		}
	}
	return b.String()
}

// logged is all that log lines say.
func logged(logs *observer.ObservedLogs) string {
	var b strings.Builder
	enc := zapcore.NewJSONEncoder(zap.NewDevelopmentEncoderConfig())
	for _, line := range logs.All() {
		if buf, err := enc.EncodeEntry(line.Entry, line.Context); err == nil {
			b.Write(buf.Bytes())
		}
	}
	return b.String()
}

// exposed is what the metrics page of the program says.
func exposed() string {
	w := httptest.NewRecorder()
	telemetry.MetricsHandler(telemetry.NewRegistry()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// exercise sends the canary in every way through a broker to a consumer that fails it once, into refusals and to nobody, with
// everything that can be recorded recorded. It returns all spans, and all lines of the log.
func exercise(t *testing.T, msg canary, opts ...client.Option) (spans, lines string) {
	core, logs := observer.New(zapcore.DebugLevel)
	log := zap.New(core)
	c := testcluster.Start(t, testcluster.Config{Detail: observ.Deep, Logger: log, Broker: func(_ string, cfg *broker.Config) {
		cfg.Schedule.MessageDelayLevel = strings.TrimSpace(strings.Repeat("1s ", 18))
		cfg.Store.MaxMessageSize = 64 << 10
	}})
	c.CreateTopic(t, topic, 1)
	var attempts atomic.Int32
	consumed := make(chan string, 100)
	consumerOpts := []consumer.Option{consumer.ConsumeFromFirst()}
	producerOpts := []producer.Option{producer.WithMaxMessageSize(1 << 20)}
	for _, o := range opts {
		consumerOpts, producerOpts = append(consumerOpts, o), append(producerOpts, o)
	}
	c.NewConsumer(t, "consumers", topic, func(_ context.Context, msgs []*message.MessageExt) error {
		switch attempts.Add(1) {
		case 1:
			return errors.New("not yet")
		case 2:
			panic("not yet, either")
		}
		consumed <- msgs[0].Property(msg.secrets["property name"]) + strings.Join(msgs[0].Keys(), " ")
		return nil
	}, consumerOpts...)
	p := c.NewProducer(t, "producers", producerOpts...)

	// What arrives ...
	if _, err := p.Send(within(t), msg.Message); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	p.SendAsync(within(t), msg.Message, func(_ *producer.SendResult, err error) { done <- err })
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := p.SendOneway(within(t), msg.Message); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SendBatch(within(t), []*message.Message{msg.Message, msg.Message}); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if got := <-consumed; got != msg.secrets["property value"]+msg.secrets["key"] {
			t.Fatalf("consumed %q: the canary did not travel", got)
		}
	}
	// ... and what does not: refused by the producer, refused by the broker, sent to nobody.
	refused := message.New("not a topic!", msg.Body)
	refused.Properties = msg.Properties.Clone()
	tooLong := msg.Message.Clone()
	tooLong.Body = []byte(msg.secrets["body"] + rand.Text())
	for len(tooLong.Body) < 512<<10 {
		tooLong.Body = append(tooLong.Body, rand.Text()...)
	}
	for what, m := range map[string]*message.Message{"topic": refused, "length": tooLong} {
		if _, err := p.Send(within(t), m); err == nil {
			t.Errorf("%s: not refused", what)
		}
	}
	c.Brokers[0].Stop(t)
	if _, err := p.Send(within(t), msg.Message); err == nil {
		t.Error("sent to nobody")
	}
	c.Recorder.WaitStep(t, "schedule.deliver")
	return everything(c.Recorder.Spans()), logged(logs)
}

// No body, key or user property is in a span, in a line of the log or in a metric.
func TestCanary(t *testing.T) {
	msg := newCanary()
	spans, lines := exercise(t, msg)
	if !strings.Contains(spans, "schedule.deliver") || !strings.Contains(spans, "consumerSendMsgBack") || !strings.Contains(spans, "error.type") {
		t.Fatal("retries and errors are not among the spans")
	}
	if !strings.Contains(lines, "responseTable.put") || !strings.Contains(lines, "trace_id") {
		t.Fatalf("no events in %d bytes of log", len(lines))
	}
	for where, text := range map[string]string{"spans": spans, "log": lines, "metrics": exposed()} {
		for part, secret := range msg.secrets {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("the %s is in the %s: ...%s", part, where, text[max(0, at-300):at+len(secret)])
			}
		}
	}
}

// Who asks for keys gets keys, and nothing else.
func TestCanaryWithKeysAskedFor(t *testing.T) {
	msg := newCanary()
	spans, lines := exercise(t, msg, client.WithMessageKeys(true))
	for _, part := range []string{"key", "sharding key"} {
		if !strings.Contains(spans, msg.secrets[part]) {
			t.Errorf("the %s was asked for and is in no span", part)
		}
	}
	for _, part := range []string{"body", "property name", "property value"} {
		if strings.Contains(spans, msg.secrets[part]) {
			t.Errorf("the %s was not asked for and is in a span", part)
		}
	}
	for part, secret := range msg.secrets {
		if strings.Contains(lines, secret) {
			t.Errorf("the %s is in the log", part)
		}
	}
}
