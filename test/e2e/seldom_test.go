package e2e_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/admin"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
)

// The steps that an ordinary send and receive does not show: the trees that the walkthroughs tell of them over.

// An administrator's request is answered by the processor that has what no other has taken.
func TestCreateTopicByHand(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 4)
	goldenOf(t, c, "create_topic", "broker.AdminBrokerProcessor.processRequest", "UPDATE_AND_CREATE_TOPIC")
}

// A message is found again by its key, through the index.
func TestQueryMessages(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	msg := message.New(topic, []byte("find me"))
	msg.SetKeys("k")
	if _, err := c.NewProducer(t, "producers").Send(within(t), msg); err != nil {
		t.Fatal(err)
	}
	c.Recorder.WaitStep(t, "store.buildIndex")
	if found, err := newAdmin(t, c).QueryMessage(within(t), topic, "k", admin.Query{}); err != nil || len(found) != 1 {
		t.Fatalf("found %v, %v", found, err)
	}
	goldenOf(t, c, "query_message", "admin.queryMessage", "QUERY_MESSAGE")
}

// What a store does before it takes anything: it reads what is there, and after a crash would repair it.
func TestStoreLoad(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	goldenOf(t, c, "store_load", "store.load")
}

// At the finest level the broker shows its checks, the flushes that nobody waits for and the search for clients that are gone.
func TestDeepDetail(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for turns of ten seconds")
	}
	c := testcluster.Start(t, testcluster.Config{Detail: observ.Deep})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	warmUp(t, c, p)
	send(t, p, "deep")
	golden(t, c, "sync_deep", "SEND_MESSAGE_V2")
	goldenOf(t, c, "flush_real_time", "commitlog.flushRealTime")
	goldenOf(t, c, "scan_channels", "broker.scanNotActiveChannel")
}

// The clients of a group hear of a newcomer from the broker, over the connection that they themselves made. There is no queue for it, so
// that nobody gives up a pull meanwhile.
func TestANewConsumerIsAnnounced(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	_, handle := received()
	c.NewConsumer(t, "consumers", topic, handle, consumer.ConsumeFromFirst())
	c.Recorder.Reset()
	second, err := consumer.New("consumers", handle, consumer.ConsumeFromFirst(), client.WithInstanceName("second"),
		client.WithNameServers(c.NameServerAddr()), client.WithTracerProvider(c.Recorder.Provider("consumer")))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(second.Subscribe(topic, "*"), second.Start(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = second.Shutdown(context.Background()) })
	goldenOf(t, c, "consumer_joins", "client.ClientRemotingProcessor.processRequest")
}

// The dispatch of a message wakes the pull that waits for it.
func TestADispatchWakesAPull(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	bodies, handle := received()
	c.NewConsumer(t, "consumers", topic, handle, consumer.ConsumeFromFirst())
	awaitHeld(t, c, 1)
	send(t, c.NewProducer(t, "producers"), "wake up")
	want(t, bodies, "wake up")
	goldenOf(t, c, "reput_wakes", "longpolling.notifyMessageArriving", "ReputMessageService.doReput")
}

// A handler that does not return loses its message after a while: it is sent back, and the queue goes on.
func TestAStuckHandler(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	release := make(chan struct{})
	c.NewConsumer(t, "consumers", topic, func(ctx context.Context, _ []*message.MessageExt) error {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return nil
	}, consumer.ConsumeFromFirst(), consumer.WithConsumeTimeout(300*time.Millisecond))
	defer close(release)
	send(t, c.NewProducer(t, "producers"), "stuck")
	goldenOf(t, c, "stuck_handler", "consumer.cleanExpiredMsg", "cleanExpiredMsg")
}

// Routes are refreshed in the background, never by a send.
func TestRoutesAreRefreshed(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers", client.WithPollNameServerInterval(200*time.Millisecond))
	send(t, p, "so that there is a topic to ask for")
	goldenOf(t, c, "poll_name_server", "instance.pollNameServer")
}
