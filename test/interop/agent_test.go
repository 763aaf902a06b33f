//go:build interop

package interop

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	plumeclient "github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/test/interop/referee"
)

// collected is a trace store with the two doors through which this test's spans come in: Java's through the OTLP receiver, ours
// through the exporter.
type collected struct {
	*tracestore.Store
	endpoint string
}

func collect(t *testing.T) *collected {
	t.Helper()
	store := tracestore.New(tracestore.Config{})
	server := httptest.NewServer(tracestore.OTLPHandler(store))
	t.Cleanup(server.Close)
	return &collected{store, server.URL}
}

// options are of a client of ours that is traced as a service.
func (c *collected) options(t *testing.T, nameServer, service string) []plumeclient.Option {
	t.Helper()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(c.Exporter()),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return []plumeclient.Option{
		plumeclient.WithNameServers(nameServer), plumeclient.WithTracerProvider(provider), plumeclient.WithPollNameServerInterval(time.Second),
	}
}

// await waits for a span of a service and kind that is about topic, in whatever trace.
func (c *collected) await(t *testing.T, service string, kind tracestore.Kind, topic string) (*tracestore.Trace, *tracestore.Span) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		for _, summary := range c.List(tracestore.Filter{Limit: 1000}) {
			trace, ok := c.Trace(summary.ID)
			if !ok {
				continue
			}
			for _, s := range trace.Spans {
				if s.Resource.Service == service && s.Kind == kind && s.Attr("messaging.destination.name") == topic {
					return trace, s
				}
			}
		}
	}
	t.Fatalf("no %v span of %s about %s came; services: %v", kind, service, topic, c.Services())
	return nil, nil
}

// expectOneTrace says that the consumer's span is a child of the producer's, in the one trace that the store has of both.
func expectOneTrace(t *testing.T, trace *tracestore.Trace, sent, processed *tracestore.Span) {
	t.Helper()
	if processed.TraceID != sent.TraceID || processed.Parent != sent.SpanID {
		t.Errorf("the consumer's span has parent %v in trace %v, the producer's is %v in %v", processed.Parent, processed.TraceID, sent.SpanID, sent.TraceID)
	}
	if trace.Span(sent.SpanID) == nil {
		t.Errorf("the store keeps the two apart: %v", trace.Services)
	}
	for _, s := range trace.Spans {
		t.Logf("%s: %s [%s]", s.Resource.Service, s.Name, s.Kind)
	}
}

// agent is the Java agent's jar.
func agent(t *testing.T) string {
	t.Helper()
	return need(t, func() (string, error) { return referee.InstallAgent(t.Context()) })
}

// TestJavaAgentToPlume: a Java producer under OpenTelemetry's agent sends through our broker to our consumer, all in one trace.
func TestJavaAgentToPlume(t *testing.T) {
	c, spans := start(t, subject(t), subject(t), nil), collect(t)
	const topic = "FromAgent"
	java := need(t, apache550).WithAgent(agent(t), "java-producer", spans.endpoint)
	got := make(chan *message.MessageExt, 1)
	opts := []consumer.Option{consumer.ConsumeFromFirst()}
	for _, o := range spans.options(t, c.Addr, "plume-consumer") {
		opts = append(opts, o)
	}
	cons, err := consumer.New("plume", func(_ context.Context, msgs []*message.MessageExt) error {
		got <- msgs[0]
		return nil
	}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	if err := cons.Subscribe(topic, "*"); err != nil {
		t.Fatal(err)
	}
	if err := cons.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cons.Shutdown(context.Background()) }()
	launch(t, java, "send", "--namesrv", c.Addr, "--topic", topic, "--linger", "120000")
	var m *message.MessageExt
	select {
	case m = <-got:
	case <-time.After(90 * time.Second):
		t.Fatal("nothing arrived")
	}
	_, sent := spans.await(t, "java-producer", tracestore.KindProducer, topic)
	trace, processed := spans.await(t, "plume-consumer", tracestore.KindConsumer, topic)
	if parent := traceParent.FindStringSubmatch(m.Property("traceparent")); parent == nil || parent[1] != sent.TraceID.String() {
		t.Errorf("traceparent %q, the producer's trace is %v", m.Property("traceparent"), sent.TraceID)
	}
	expectOneTrace(t, trace, sent, processed)
}

// TestPlumeToJavaAgent: our producer sends through our broker to a Java consumer under the agent, whose span continues ours.
func TestPlumeToJavaAgent(t *testing.T) {
	c, spans := start(t, subject(t), subject(t), nil), collect(t)
	const topic = "ToAgent"
	var opts []producer.Option
	for _, o := range spans.options(t, c.Addr, "plume-producer") {
		opts = append(opts, o)
	}
	p, err := producer.New("plume", opts...)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Shutdown(context.Background()) }()
	res, err := p.Send(t.Context(), message.New(topic, []byte("hello")))
	if err != nil {
		t.Fatal(err)
	}
	java := need(t, apache550).WithAgent(agent(t), "java-consumer", spans.endpoint)
	program := launch(t, java, "consume", "--namesrv", c.Addr, "--topic", topic, "--group", "java", "--timeout", "90000", "--linger", "120000")
	lines := await(t, program, "message", 1)
	_, sent := spans.await(t, "plume-producer", tracestore.KindProducer, topic)
	trace, processed := spans.await(t, "java-consumer", tracestore.KindConsumer, topic)
	if lines[0].Text("msgId") != res.MsgID {
		t.Errorf("got message %s, sent %s", lines[0].Text("msgId"), res.MsgID)
	}
	expectOneTrace(t, trace, sent, processed)
}
