package producer_test

import (
	"context"
	"testing"
	"testing/synctest"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const topic = "TopicTest"

// fixture is a started producer and its cluster of broker-a and broker-b, on a network in memory and a clock that stands still while
// anybody works.
type fixture struct {
	*clustertest.Cluster
	*producer.Producer
	sim *network.Sim
}

// run runs a test of a producer whose cluster knows topic, with 4 queues on each broker.
func run(t *testing.T, test func(t *testing.T, f *fixture), opts ...producer.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := network.NewSim()
		c := clustertest.New(t, sim, "broker-a", "broker-b")
		c.AddTopic(topic, 4, "broker-a", "broker-b")
		f := &fixture{Cluster: c, Producer: newProducer(t, c, opts...), sim: sim}
		if err := f.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := f.Producer.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
		test(t, f)
	})
}

func newProducer(tb testing.TB, c *clustertest.Cluster, opts ...producer.Option) *producer.Producer {
	tb.Helper()
	opts = append([]producer.Option{client.WithNameServers(c.NameServer()), client.WithNetwork(c.Net)}, opts...)
	p, err := producer.New("group", opts...)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func hello() *message.Message { return message.New(topic, []byte("hello")) }

// recorder makes a provider that keeps what it is given.
func recorder() (*tracetest.SpanRecorder, *sdktrace.TracerProvider) {
	r := tracetest.NewSpanRecorder()
	return r, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r))
}
