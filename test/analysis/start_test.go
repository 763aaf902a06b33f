package analysis_test

import (
	"context"
	"slices"
	"testing"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
)

// Names of what runs in the background, as stacks show it.
const (
	timers   = "(*MQClientInstance).everyLocked.func"
	readers  = "remoting.(*reader).run"
	flushers = "remoting.(*frameWriter).flushLoop"
)

// A producer that has started runs two timers and nothing else. With its first message come two goroutines for each connection; the
// cluster runs in this process, and has as many for the other ends.
func TestClaim_T1_T21_WhatRunsInAProducer(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	settled := func(what string, readersNow, flushersNow int) {
		t.Helper()
		c.Eventually(t, what, func() bool { return goroutines(readers) == readersNow && goroutines(flushers) == flushersNow })
	}
	before := goroutines(readers) // of the broker's connection to the name server, at both ends
	c.Eventually(t, "the test's own connections gone", func() bool {
		before = goroutines(readers)
		return before == 2 && goroutines(flushers) == 2
	})
	w := newWire()
	p := c.NewProducer(t, "producers", client.WithNetwork(w))
	c.Eventually(t, "two timers, for routes and for heartbeats", func() bool { return goroutines(timers) == 2 })
	if w.all() != 0 || goroutines(readers) != before {
		t.Errorf("%d connections after the start", w.all())
	}
	send(t, p)
	if n := w.all(); n != 2 {
		t.Errorf("%d connections after a message, want to the name server and to the broker", n)
	}
	settled("a reader and a flusher at each end", before+4, before+4)
	for range 50 {
		send(t, p)
	}
	if n := goroutines(readers); n != before+4 || w.all() != 2 {
		t.Errorf("after fifty more messages: %d readers, %d connections", n, w.all())
	}
	if err := sendAsync(t, p); err != nil {
		t.Fatal(err)
	}
	trace := waitSend(t, c, 1, serverSend)
	trace.one(t, asksForRoute)
	if got := text(trace.one(t, serverSend), "rpc.method"); got != "SEND_MESSAGE_V2" {
		t.Errorf("sent with %s", got)
	}
	if err := p.Shutdown(within(t, patience)); err != nil {
		t.Fatal(err)
	}
	settled("nothing left of the producer", before, before)
	if n := goroutines(timers); n != 0 {
		t.Errorf("%d timers after the shutdown", n)
	}
}

// A producer's start asks nobody, unless it is told of topics; a consumer's start fetches routes and tells the brokers that it is there.
func TestClaim_T22_WhatAClientDoesAtItsStart(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	c.NewProducer(t, "producers")
	started := c.Recorder.WaitStep(t, "producer.start")
	if got := spans(c.Recorder.Spans()).children(started); !slices.Equal(got, []string{"instance.start"}) {
		t.Errorf("a producer's start: %v", got)
	}
	c.Recorder.Reset()
	c.NewProducer(t, "informed", producer.WithTopics(topic))
	started = c.Recorder.WaitStep(t, "producer.start")
	want := []string{"instance.start", "producer.tryToFindTopicPublishInfo", "instance.sendHeartbeatToAllBroker"}
	if got := spans(c.Recorder.Spans()).children(started); !slices.Equal(got, want) {
		t.Errorf("the start of a producer that knows its topics: %v, want %v", got, want)
	}
	c.Recorder.Reset()
	c.NewConsumer(t, "consumers", topic, func(context.Context, []*message.MessageExt) error { return nil })
	started = c.Recorder.WaitStep(t, "consumer.start")
	want = []string{
		"instance.start", "instance.updateTopicRouteInfoFromNameServer", "instance.updateTopicRouteInfoFromNameServer",
		"instance.sendHeartbeatToAllBroker",
	}
	if got := spans(c.Recorder.Spans()).children(started); !slices.Equal(got, want) {
		t.Errorf("a consumer's start: %v, want %v", got, want)
	}
	c.Recorder.WaitStep(t, "consumer.rebalanceByTopic")
	c.Recorder.WaitStep(t, "broker.ClientManageProcessor.heartBeat")
}
