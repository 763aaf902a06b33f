package e2e_test

import (
	"errors"
	"testing"

	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
)

func TestSyncSendColdAndWarm(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 4)
	p := c.NewProducer(t, "producers")
	send(t, p, "cold")
	golden(t, c, "sync_cold", "SEND_MESSAGE_V2")
	send(t, p, "warm")
	golden(t, c, "sync_warm", "SEND_MESSAGE_V2")
}

func TestAsyncSend(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 4)
	p := c.NewProducer(t, "producers")
	warmUp(t, c, p)
	done := make(chan error, 1)
	p.SendAsync(within(t), message.New(topic, []byte("async")), func(_ *producer.SendResult, err error) { done <- err })
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	golden(t, c, "async", "SEND_MESSAGE_V2")
}

func TestOnewaySend(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 4)
	p := c.NewProducer(t, "producers")
	warmUp(t, c, p)
	if err := p.SendOneway(within(t), message.New(topic, []byte("one way"))); err != nil {
		t.Fatal(err)
	}
	golden(t, c, "oneway", "sendMessage")
}

// A topic that nobody knows is made by the broker, not by the name server: the producer sends to a queue of TBW102's route.
func TestUnknownTopic(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	p := c.NewProducer(t, "producers")
	if _, ok := c.NameServer().Routes().PickupTopicRouteData(t.Context(), topic); ok {
		t.Fatal("the topic is there before the first send")
	}
	send(t, p, "first")
	golden(t, c, "unknown_topic", "SEND_MESSAGE_V2")
	c.WaitTopic(t, topic)
}

// The name server may go once a producer knows the route.
func TestNameServerDownWithAWarmCache(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 4)
	p := c.NewProducer(t, "producers")
	warmUp(t, c, p)
	c.StopNameServer(t)
	send(t, p, "without a name server")
	golden(t, c, "nameserver_down", "SEND_MESSAGE_V2")
}

// A broker that is gone costs one attempt; the next goes to the other broker.
func TestRetryAfterABrokerDies(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{Brokers: 2})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	last := warmUp(t, c, p).MessageQueue
	for last.BrokerName != "broker-b" { // so that it is broker-a's turn
		last = warmUp(t, c, p).MessageQueue
	}
	c.StopNameServer(t) // nobody tells the producer
	c.Node("broker-a").Stop(t)
	c.Eventually(t, "the end of the connection noticed", func() bool {
		_, err := p.SendToQueue(within(t), message.New(topic, []byte("to the dead one")), message.MessageQueue{Topic: topic, BrokerName: "broker-a"})
		return errors.Is(err, remoting.ErrConnect)
	})
	if res := send(t, p, "retried"); res.MessageQueue.BrokerName != "broker-b" {
		t.Fatalf("stored on %s", res.MessageQueue.BrokerName)
	}
	golden(t, c, "retry", "SEND_MESSAGE_V2")
}
