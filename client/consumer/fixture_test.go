package consumer_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	topic = "TopicTest"
	group = "group"
)

// fixture is a cluster of one broker, on a network in memory and a clock that stands still while anybody works.
type fixture struct {
	*clustertest.Cluster
	sim    *network.Sim
	broker *clustertest.Broker
	shelf  *clustertest.Shelf
}

// run runs a test whose cluster knows topic, with one queue, and the group's retry topic.
func run(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := network.NewSim()
		c := clustertest.New(t, sim, "broker-a")
		f := &fixture{Cluster: c, sim: sim, broker: c.Broker("broker-a")}
		f.shelf = clustertest.NewShelf(f.broker)
		c.AddTopic(topic, 1, "broker-a")
		c.AddTopic(message.RetryTopic(group), 1, "broker-a")
		test(t, f)
	})
}

// member makes a consumer of the group that subscribes to all of topic.
func (f *fixture) member(t *testing.T, h consumer.Handler, opts ...consumer.Option) *consumer.Consumer {
	t.Helper()
	opts = append([]consumer.Option{
		client.WithNameServers(f.NameServer()), client.WithNetwork(f.Net), client.WithClientIP("10.0.0.1"),
	}, opts...)
	c, err := consumer.New(group, h, opts...)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Subscribe(topic, "*"); err != nil {
		t.Fatal(err)
	}
	return c
}

// start is member, started, and shut down with the test.
func (f *fixture) start(t *testing.T, h consumer.Handler, opts ...consumer.Option) *consumer.Consumer {
	t.Helper()
	c := f.member(t, h, opts...)
	launch(t, c)
	return c
}

func launch(t *testing.T, c *consumer.Consumer) {
	t.Helper()
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, c) })
	synctest.Wait()
}

func stop(t *testing.T, c *consumer.Consumer) {
	t.Helper()
	if err := c.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

// settle lets everybody work until d has passed.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// inbox is a handler that remembers the bodies it got, in order of their arrival, and answers by script.
type inbox struct {
	mu     sync.Mutex
	bodies []string
	times  []time.Time
	last   *message.MessageExt
	answer func(n int, m *message.MessageExt) error
}

func (b *inbox) handle(_ context.Context, msgs []*message.MessageExt) error {
	for _, m := range msgs {
		b.mu.Lock()
		n := len(b.bodies)
		b.bodies, b.times, b.last = append(b.bodies, string(m.Body)), append(b.times, time.Now()), m
		b.mu.Unlock()
		if b.answer != nil {
			if err := b.answer(n, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// got are the bodies, sorted.
func (b *inbox) got() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(slices.Values(b.bodies))
}

func (b *inbox) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := b.got(); !slices.Equal(got, want) {
		t.Errorf("handled %q, want %q", got, want)
	}
}

// letters are messages with these bodies.
func letters(bodies ...string) (records []message.Record) {
	for _, b := range bodies {
		records = append(records, message.Record{Body: []byte(b)})
	}
	return records
}

func tagged(body, tag string) message.Record {
	var p message.Properties
	p.Set(message.PropertyTags, tag)
	return message.Record{Body: []byte(body), Properties: p.String()}
}

var errHandler = errors.New("handler said no")

func nothing(context.Context, []*message.MessageExt) error { return nil }
