package e2e_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if code == 0 && observ.AnythingRecords() {
			fmt.Fprintln(os.Stderr, "an entry step has not ended, though everything has")
			code = 1
		}
		os.Exit(code)
	}))
}

const topic = "TopicTest"

// send sends one message and wants it stored.
func send(t *testing.T, p *producer.Producer, body string) *producer.SendResult {
	t.Helper()
	res, err := p.Send(within(t), message.New(topic, []byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != producer.SendOK {
		t.Fatalf("status %v", res.Status)
	}
	return res
}

// warmUp sends a message, so that the route is known and the connection there, and is not in the way of the next one's tape.
func warmUp(t *testing.T, c *testcluster.Cluster, p *producer.Producer) *producer.SendResult {
	t.Helper()
	res := send(t, p, "warm up")
	c.Recorder.Quiet(t)
	return res
}

// oncePulled makes a consumer that does not pull again while the message that it has just got is handled: the tape of a message's way
// is then without the next pull.
func oncePulled() consumer.Option { return consumer.WithPullInterval(time.Second) }

// within is a context for one call.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// lastTrace is the trace of the send that ended last.
func lastTrace(t *testing.T, c *testcluster.Cluster) trace.TraceID {
	t.Helper()
	sends := c.Recorder.Named("send " + topic)
	if len(sends) == 0 {
		t.Fatal("no send was recorded")
	}
	return sends[len(sends)-1].SpanContext().TraceID()
}

// golden waits for the last send's trace to be complete and compares it.
func golden(t *testing.T, c *testcluster.Cluster, name string, complete ...string) {
	t.Helper()
	spans := c.Recorder.WaitTrace(t, lastTrace(t, c), complete...)
	c.Recorder.Golden(t, name, spans)
}
