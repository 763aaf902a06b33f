package e2e_test

import (
	"context"
	"slices"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
)

// received hands the bodies of consumed messages to a test.
func received() (chan string, consumer.Handler) {
	bodies := make(chan string, 100)
	return bodies, func(_ context.Context, msgs []*message.MessageExt) error {
		for _, m := range msgs {
			bodies <- string(m.Body)
		}
		return nil
	}
}

func want(t *testing.T, bodies <-chan string, body string) {
	t.Helper()
	select {
	case got := <-bodies:
		if got != body {
			t.Fatalf("consumed %q, want %q", got, body)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("%q was not consumed", body)
	}
}

// The whole journey, cold, is one trace from the producer through name server and broker to the consumer.
func TestConsume(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	bodies, handle := received()
	c.NewConsumer(t, "consumers", topic, handle, consumer.ConsumeFromFirst(), oncePulled())
	p := c.NewProducer(t, "producers")
	c.Recorder.Quiet(t)
	send(t, p, "hello")
	want(t, bodies, "hello")
	golden(t, c, "consume_cold", "process "+topic)
	if n := len(c.Recorder.Trace(lastTrace(t, c))); n < 25 {
		t.Errorf("the journey has %d spans, want at least 25", n)
	}
}

// The trace context lies on disk with the message: a broker that restarts in between does not break the trace.
func TestConsumeAfterABrokerRestart(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	send(t, p, "before")
	c.Brokers[0].Restart(t)
	bodies, handle := received()
	c.NewConsumer(t, "consumers", topic, handle, consumer.ConsumeFromFirst())
	want(t, bodies, "before")
	golden(t, c, "consume_after_restart", "process "+topic)
}

// The dispatch that makes a message visible is a trace of its own, linked to the request that stored it.
func TestReputIsLinkedToItsSend(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	send(t, p, "hello")
	id := lastTrace(t, c)
	var reput sdktrace.ReadOnlySpan
	c.Recorder.WaitFor(t, "a dispatch linked to the send", func(spans []sdktrace.ReadOnlySpan) bool {
		i := slices.IndexFunc(spans, func(s sdktrace.ReadOnlySpan) bool {
			return s.Name() == "ReputMessageService.doReput" && slices.ContainsFunc(s.Links(), func(l sdktrace.Link) bool { return l.SpanContext.TraceID() == id })
		})
		if i >= 0 {
			reput = spans[i]
		}
		return i >= 0
	})
	sent := c.Recorder.WaitTrace(t, id, "SEND_MESSAGE_V2", "handlePutMessageResult", "updateFaultItem")
	trees := slices.Concat(sent, c.Recorder.WaitTrace(t, reput.SpanContext().TraceID()))
	c.Recorder.Golden(t, "reput", trees)
}

// Once everybody knows the route, a message's whole way never touches the name server.
func TestConsumeWarm(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	bodies, handle := received()
	c.NewConsumer(t, "consumers", topic, handle, consumer.ConsumeFromFirst(), oncePulled())
	p := c.NewProducer(t, "producers")
	send(t, p, "first")
	want(t, bodies, "first")
	c.Recorder.Quiet(t)
	send(t, p, "second")
	want(t, bodies, "second")
	golden(t, c, "consume_warm", "process "+topic)
}
