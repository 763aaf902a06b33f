package e2e_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
)

// goldenOf compares the whole trace of the first span of a step.
func goldenOf(t *testing.T, c *testcluster.Cluster, name, step string, complete ...string) {
	t.Helper()
	id := c.Recorder.WaitStep(t, step).SpanContext().TraceID()
	c.Recorder.Golden(t, name, c.Recorder.WaitTrace(t, id, complete...))
}

func TestBrokerStartAndShutdown(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	goldenOf(t, c, "broker_start", "broker.start")
	c.Brokers[0].Stop(t)
	goldenOf(t, c, "broker_shutdown", "broker.shutdown")
}

// A producer that has sent something heartbeats to that broker at once.
func TestProducerStartHeartbeatShutdown(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 4)
	p := c.NewProducer(t, "producers")
	c.Recorder.Quiet(t)
	send(t, p, "so that there is a broker to tell")
	goldenOf(t, c, "producer_start", "producer.start")
	goldenOf(t, c, "heartbeat", "instance.sendHeartbeatToAllBroker", "heartBeat")
	if err := p.Shutdown(within(t)); err != nil {
		t.Fatal(err)
	}
	goldenOf(t, c, "producer_shutdown", "producer.shutdown")
}

func TestConsumerStartRebalancePull(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	bodies, handle := received()
	cons := c.NewConsumer(t, "consumers", topic, handle, consumer.ConsumeFromFirst())
	goldenOf(t, c, "consumer_start", "consumer.start")
	awaitHeld(t, c, 1+rebalanced(t, c, cons))
	send(t, c.NewProducer(t, "producers"), "wake up")
	want(t, bodies, "wake up")
	goldenOf(t, c, "pull", "consumer.pullMessage", "PULL_MESSAGE")
	if err := cons.Shutdown(within(t)); err != nil {
		t.Fatal(err)
	}
	goldenOf(t, c, "consumer_shutdown", "consumer.shutdown")
}

// awaitHeld waits until the broker holds so many pulls that found nothing: a message then comes to all of them by its dispatch.
func awaitHeld(t *testing.T, c *testcluster.Cluster, pulls int) {
	t.Helper()
	c.Eventually(t, "a pull that finds nothing, and so is held", func() bool { return c.Brokers[0].Broker().HeldPulls(topic) >= pulls })
}

// rebalanced has a consumer take up its queue once more, when all that goes on at its start is over: that is the rebalance to look at.
// It returns how many pulls of the time before the broker still holds.
func rebalanced(t *testing.T, c *testcluster.Cluster, cons *consumer.Consumer) (held int) {
	t.Helper()
	if err := cons.AwaitAssignment(within(t), message.RetryTopic("consumers")); err != nil {
		t.Fatal(err)
	}
	cons.Unsubscribe(topic)
	c.Eventually(t, "the queue given up", func() bool {
		return !slices.ContainsFunc(cons.Assignment(), func(mq message.MessageQueue) bool { return mq.Topic == topic })
	})
	c.Recorder.Quiet(t)
	c.Recorder.Reset()
	held = c.Brokers[0].Broker().HeldPulls(topic)
	if err := cons.Subscribe(topic, "*"); err != nil {
		t.Fatal(err)
	}
	goldenOf(t, c, "rebalance", "consumer.computePullFromWhere", "rebalanceByTopic")
	return held
}

// A handler that fails sends the message back; the broker delivers it again after a delay, in a trace of its own.
func TestRetryThroughTheDelayTopic(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{Broker: func(_ string, cfg *broker.Config) {
		cfg.Schedule.MessageDelayLevel = strings.TrimSpace(strings.Repeat("1s ", 18))
	}})
	c.CreateTopic(t, topic, 1)
	var attempts atomic.Int32
	done := make(chan int32, 1)
	c.NewConsumer(t, "consumers", topic, func(_ context.Context, msgs []*message.MessageExt) error {
		if attempts.Add(1) == 1 {
			return errors.New("not yet")
		}
		done <- msgs[0].ReconsumeTimes
		return nil
	}, consumer.ConsumeFromFirst())
	send(t, c.NewProducer(t, "producers"), "try again")
	if times := <-done; times != 1 {
		t.Errorf("reconsumed %d times", times)
	}
	golden(t, c, "send_back")
	goldenOf(t, c, "deliver", "schedule.deliver")
}

func TestCompressedBody(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	warmUp(t, c, p)
	send(t, p, strings.Repeat("compressible ", 1000))
	golden(t, c, "compressed", "SEND_MESSAGE_V2")
}

func TestBatch(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	warmUp(t, c, p)
	if _, err := p.SendBatch(within(t), []*message.Message{message.New(topic, []byte("one")), message.New(topic, []byte("two"))}); err != nil {
		t.Fatal(err)
	}
	golden(t, c, "batch", "SEND_BATCH_MESSAGE")
}

// With synchronous flush one fsync serves every send that waits, and is linked to each.
func TestGroupCommit(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{Broker: func(_ string, cfg *broker.Config) { cfg.Store.FlushDiskType = store.SyncFlush }})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	send(t, p, "on disk")
	golden(t, c, "sync_flush", "SEND_MESSAGE_V2")
	goldenOf(t, c, "group_commit", "commitlog.doCommit")
}
