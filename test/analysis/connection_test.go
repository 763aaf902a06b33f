package analysis_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// listener writes down what it hears of connections.
type listener struct {
	mu    sync.Mutex
	heard []string
}

func (l *listener) hear(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = append(l.heard, what)
}

func (l *listener) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.heard)
}

func (l *listener) OnConnect(*remoting.Channel)          { l.hear("connect") }
func (l *listener) OnClose(*remoting.Channel)            { l.hear("close") }
func (l *listener) OnIdle(*remoting.Channel)             { l.hear("idle") }
func (l *listener) OnException(*remoting.Channel, error) { l.hear("exception") }

// ask is a small request that a broker answers at once.
func ask() *protocol.RemotingCommand {
	return protocol.NewRequest(protocol.GetMaxOffset, &header.GetMaxOffsetRequestHeader{Topic: topic})
}

// A producer that has started has no connection. The first message opens one to the name server and one to the broker it goes to; the
// other broker's is opened by a heartbeat, or not at all.
func TestClaim_T3_AConnectionIsOpenedWhenNeeded(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{Brokers: 2})
	c.CreateTopic(t, topic, 1)
	w := newWire()
	p := c.NewProducer(t, "producers", client.WithNetwork(w))
	c.Recorder.WaitStep(t, "producer.start")
	if n := w.all(); n != 0 {
		t.Fatalf("%d connections before anything was sent", n)
	}
	mq := message.MessageQueue{Topic: topic, BrokerName: "broker-b"}
	if _, err := p.SendToQueue(within(t, patience), message.New(topic, []byte("hello")), mq); err != nil {
		t.Fatal(err)
	}
	trace := waitSend(t, c, 1, serverSend)
	for _, s := range trace.of("remoting.getAndCreateChannel") {
		if text(s, "rocketmq.channel.reused") != "false" || number(t, s, "rocketmq.channel.dial_ms") < 0 {
			t.Errorf("the connection to %s was there before the first message", address(s))
		}
	}
	a, b := c.Node("broker-a").Addr(), c.Node("broker-b").Addr()
	if w.dialled(c.NameServerAddr()) != 1 || w.dialled(b) != 1 {
		t.Errorf("%d connections to the name server, %d to broker-b", w.dialled(c.NameServerAddr()), w.dialled(b))
	}
	if w.dialled(a) > 0 && count(w.sent(a), protocol.HeartBeat) == 0 {
		t.Error("broker-a was connected to for nothing")
	}
	c.Eventually(t, "a heartbeat to broker-a", func() bool { return count(w.sent(a), protocol.HeartBeat) > 0 })
	if n := w.dialled(a); n != 1 {
		t.Errorf("%d connections to broker-a", n)
	}
}

// Many ask for the same address at the same moment: one of them dials, all get that connection, and one listener hears of it once.
func TestClaim_T2_T4_OneConnectionForAllWhoAsk(t *testing.T) {
	const callers = 32
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	addr, w, heard := c.Brokers[0].Addr(), newWire(), &listener{}
	rc := newClient(t, remoting.ClientConfig{Network: w, Listener: heard})
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			if _, err := rc.InvokeSync(within(t, patience), addr, ask()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := w.traffic(addr); got.connections != 1 || got.answers != callers {
		t.Errorf("%d callers: %+v", callers, got)
	}
	if got := heard.all(); !slices.Equal(got, []string{"connect"}) {
		t.Errorf("the listener heard %v", got)
	}
	served := spans(c.Recorder.Spans()).of("remoting.server.GET_MAX_OFFSET")
	for _, s := range served {
		if peer(s) != peer(served[0]) {
			t.Error("two connections were used")
		}
	}

	p := c.NewProducer(t, "producers", client.WithNetwork(newWire()))
	for range callers {
		all.Go(func() { send(t, p) })
	}
	all.Wait()
	waitSend(t, c, callers)
	for _, s := range spans(c.Recorder.Spans()).in("producer").of(clientSend) {
		if text(s, "network.peer.port") == "" || address(s) != addr {
			t.Errorf("sent to %s", address(s))
		}
	}
}

// What becomes of a connection is told to a listener, if there is one. A producer's has a heartbeat follow each new connection to a
// broker, long before the timer would.
func TestClaim_T5_WhatAListenerIsFor(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	addr, w, heard, hand := c.Brokers[0].Addr(), newWire(), &listener{}, &idleByHand{Clock: clock.System}
	rc := newClient(t, remoting.ClientConfig{Network: w, Listener: heard, Clock: hand})
	call(t, rc, addr, ask())
	hand.pass()
	c.Eventually(t, "the idle connection's end", func() bool { return slices.Contains(heard.all(), "close") })
	if got := heard.all(); got[0] != "connect" || got[1] != "idle" {
		t.Errorf("the listener heard %v", got)
	}
	call(t, rc, addr, ask())
	if n := w.dialled(addr); n != 2 {
		t.Errorf("%d connections, want a second one after the idle one", n)
	}

	line := newWire()
	p := c.NewProducer(t, "producers", client.WithNetwork(line), client.WithHeartbeatInterval(time.Hour))
	for i := range 2 {
		send(t, p)
		sent := waitSend(t, c, i+1, serverSend).one(t, serverSend)
		c.Eventually(t, "a heartbeat over the connection that the message made", func() bool {
			return slices.ContainsFunc(spans(c.Recorder.Spans()).of("remoting.server.HEART_BEAT"), func(s sdktrace.ReadOnlySpan) bool {
				return peer(s) == peer(sent)
			})
		})
		line.cut(addr)
	}
	if n := line.dialled(addr); n != 2 {
		t.Errorf("%d connections of the producer", n)
	}
}

// A connection outlives the send: heartbeats and further messages go over the same one. It ends when it is idle for too long, or
// with the producer.
func TestClaim_T10_T17_TheLifeOfAConnection(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	w := newWire()
	p := c.NewProducer(t, "producers", client.WithNetwork(w), client.WithHeartbeatInterval(20*time.Millisecond))
	send(t, p)
	addr := c.Brokers[0].Addr()
	c.Eventually(t, "three heartbeats", func() bool { return count(w.sent(addr), protocol.HeartBeat) >= 3 })
	send(t, p)
	if got := text(waitSend(t, c, 2, serverSend).one(t, "remoting.getAndCreateChannel"), "rocketmq.channel.reused"); got != "true" {
		t.Errorf("the second message's connection was reused: %s", got)
	}
	if n := w.dialled(addr); n != 1 {
		t.Errorf("%d connections to the broker", n)
	}
	beats := spans(c.Recorder.Spans()).of("broker.ClientManageProcessor.heartBeat")
	over := spans(c.Recorder.Spans()).of(serverSend)
	served := spans(c.Recorder.Spans()).of("remoting.server.HEART_BEAT")
	if len(beats) == 0 || len(served) == 0 || peer(served[0]) != peer(over[0]) {
		t.Error("heartbeats and messages did not share a connection")
	}
	for _, f := range w.received(addr) {
		if !f.IsResponse() {
			t.Errorf("the broker sent a request of its own: %d", f.Code)
		}
	}
	for _, f := range w.sent(c.NameServerAddr()) {
		if f.Code == int32(protocol.HeartBeat) {
			t.Error("the name server got a heartbeat")
		}
	}
	if err := p.Shutdown(within(t, patience)); err != nil {
		t.Fatal(err)
	}
	if n := count(w.sent(addr), protocol.UnregisterClient); n != 1 {
		t.Errorf("%d goodbyes", n)
	}
	if _, err := p.Send(within(t, patience), message.New(topic, []byte("hello"))); err == nil {
		t.Error("sent over a closed connection")
	}

	idle, hand := newWire(), &idleByHand{Clock: clock.System}
	rc := newClient(t, remoting.ClientConfig{Network: idle, Clock: hand})
	call(t, rc, addr, ask())
	call(t, rc, addr, ask())
	if n := idle.dialled(addr); n != 1 {
		t.Errorf("%d connections before the first was idle", n)
	}
	hand.pass()
	call(t, rc, addr, ask())
	if n := idle.dialled(addr); n != 2 {
		t.Errorf("%d connections once the first was idle", n)
	}
}

// idleByHand is a clock by which connections are idle when the test says so, and not when the machine is slow to answer.
type idleByHand struct {
	clock.Clock
	mu    sync.Mutex
	ahead time.Duration
	looks []func()
}

// Now is ahead while time passes; deadlines of calls are the machine's.
func (c *idleByHand) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Clock.Now().Add(c.ahead)
}

// AfterFunc keeps for pass what looks whether a connection is idle.
func (c *idleByHand) AfterFunc(d time.Duration, f func()) clock.Timer {
	if d != remoting.DefaultMaxIdle {
		return c.Clock.AfterFunc(d, f)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks = append(c.looks, f)
	return c.Clock.AfterFunc(24*time.Hour, func() {})
}

// pass lets as much time pass as makes a connection idle.
func (c *idleByHand) pass() {
	looks := c.set(remoting.DefaultMaxIdle)
	defer c.set(0)
	for _, look := range slices.Concat(looks, looks) { // the first time it learns how long ago something was written
		look()
	}
}

func (c *idleByHand) set(ahead time.Duration) (looks []func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead = ahead
	return c.looks
}

// The connection breaks under calls that wait for their answers: all of them fail at once, and the next one dials. A producer's
// message goes out again.
func TestClaim_T16_ABrokenConnection(t *testing.T) {
	const waiting = 8
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	addr, w := c.Brokers[0].Addr(), newWire()
	w.answersTo(protocol.GetMaxOffset, vanishes)
	heard := &listener{}
	rc := newClient(t, remoting.ClientConfig{Network: w, Listener: heard})
	began, failed := time.Now(), make(chan error, waiting)
	for range waiting {
		go func() {
			_, err := rc.InvokeSync(within(t, time.Hour), addr, ask())
			failed <- err
		}()
	}
	c.Eventually(t, "all calls on their way", func() bool { return count(w.sent(addr), protocol.GetMaxOffset) == waiting })
	w.cut(addr)
	for range waiting {
		wantIs(t, await(t, failed), remoting.ErrSendRequest)
	}
	if d := time.Since(began); d > time.Minute {
		t.Errorf("the calls failed after %v, their deadline is an hour", d)
	}
	w.answersTo(protocol.GetMaxOffset, arrives)
	call(t, rc, addr, ask())
	if n := w.dialled(addr); n != 2 {
		t.Errorf("%d connections", n)
	}
	if got := heard.all(); !slices.Contains(got, "close") {
		t.Errorf("the listener heard %v", got)
	}

	line := newWire()
	p := c.NewProducer(t, "producers", client.WithNetwork(line))
	send(t, p)
	line.answersTo(protocol.SendMessageV2, breaks)
	send(t, p)
	trace := waitSend(t, c, 2, serverSend)
	calls, channels := trace.of(clientSend), trace.of("remoting.getAndCreateChannel")
	if len(calls) != 2 || text(calls[0], "error.type") != "send_request" || slices.Contains(eventNames(calls[0]), "response.matched") {
		t.Fatalf("%d calls", len(calls))
	}
	if text(channels[0], "rocketmq.channel.reused") != "true" || text(channels[1], "rocketmq.channel.reused") != "false" {
		t.Error("the second attempt did not go over a new connection")
	}
}

// A broker has something to tell: over the connection that the consumer made, it sends a request. The client looks the code up in
// its own table, and the same reader takes answers and requests.
func TestClaim_T17_T18_T20_RequestsFromABroker(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 2)
	w := newWire()
	nothing := func(context.Context, []*message.MessageExt) error { return nil }
	c.NewConsumer(t, "consumers", topic, nothing, client.WithNetwork(w))
	c.NewConsumer(t, "consumers", topic, nothing)
	addr := c.Brokers[0].Addr()
	c.Eventually(t, "a request of the broker's", func() bool { return count(w.received(addr), protocol.NotifyConsumerIDsChanged) > 0 })
	answers := 0
	for _, f := range w.received(addr) {
		if f.IsResponse() {
			answers++
		} else if f.Code != int32(protocol.NotifyConsumerIDsChanged) {
			t.Errorf("the broker sent request %d", f.Code)
		}
	}
	if answers == 0 || w.dialled(addr) != 1 {
		t.Errorf("%d answers over %d connections", answers, w.dialled(addr))
	}
	w.whole(t, addr)
	processed := c.Recorder.WaitStep(t, "client.ClientRemotingProcessor.processRequest")
	served := c.Recorder.WaitStep(t, "remoting.server.NOTIFY_CONSUMER_IDS_CHANGED")
	if service(processed) != "consumer" || service(served) != "consumer" || text(served, "rocketmq.oneway") != "true" {
		t.Errorf("processed by %s, served by %s", service(processed), service(served))
	}
	if processed.Parent().SpanID() != served.SpanContext().SpanID() || text(served, "rocketmq.executor") != "client" {
		t.Errorf("processed on %s", text(served, "rocketmq.executor"))
	}
	c.Recorder.WaitStep(t, "broker.notifyConsumerIdsChanged")
	if n := count(w.sent(addr), protocol.HeartBeat); n == 0 {
		t.Error("the consumer sent no heartbeat")
	}
	wantAskedBy(t, c, served, "remoting.client.NOTIFY_CONSUMER_IDS_CHANGED", "broker.notifyConsumerIdsChanged")

	asked := &header.GetConsumerRunningInfoRequestHeader{
		ConsumerGroup: "consumers", ClientID: text(c.Recorder.WaitStep(t, "instance.sendHeartbeatToAllBroker"), "messaging.client.id"),
	}
	call(t, newClient(t, remoting.ClientConfig{}), addr, protocol.NewRequest(protocol.GetConsumerRunningInfo, asked))
	c.Eventually(t, "the question at the consumer and at the broker", func() bool {
		return len(spans(c.Recorder.Spans()).of("remoting.server.GET_CONSUMER_RUNNING_INFO")) == 2
	})
	answered := spans(c.Recorder.Spans()).in("consumer").one(t, "remoting.server.GET_CONSUMER_RUNNING_INFO")
	wantAskedBy(t, c, answered, "remoting.client.GET_CONSUMER_RUNNING_INFO", "broker.AdminBrokerProcessor.processRequest")
}

// wantAskedBy says that a client's span is the child of the broker's request, and that the child of the broker's step.
func wantAskedBy(t *testing.T, c *testcluster.Cluster, served sdktrace.ReadOnlySpan, steps ...string) {
	t.Helper()
	parent := served.Parent().SpanID()
	for _, step := range steps {
		var above sdktrace.ReadOnlySpan
		c.Eventually(t, "the end of what "+served.Name()+" is below", func() bool {
			trace := c.Recorder.Trace(served.SpanContext().TraceID())
			i := slices.IndexFunc(trace, func(s sdktrace.ReadOnlySpan) bool { return s.SpanContext().SpanID() == parent })
			if i >= 0 {
				above = trace[i]
			}
			return i >= 0
		})
		if text(above, "rocketmq.step") != step || service(above) != "broker-a" {
			t.Fatalf("%s is below %s of %s, want %s", served.Name(), text(above, "rocketmq.step"), service(above), step)
		}
		parent = above.Parent().SpanID()
	}
}

// A request that the broker holds back does not hold up what is sent after it on the same connection: answers come in their own order.
func TestClaim_T8_T13_AnswersInTheirOwnOrder(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	addr, w := c.Brokers[0].Addr(), newWire()
	shared := []client.Option{client.WithNetwork(w), client.WithShared(client.NewShared()), client.WithInstanceName("both")}
	c.NewConsumer(t, "consumers", topic, func(context.Context, []*message.MessageExt) error { return nil },
		consumer.Option(shared[0]), shared[1], shared[2])
	c.Eventually(t, "a pull", func() bool { return count(w.sent(addr), protocol.PullMessage) > 0 })
	p := c.NewProducer(t, "producers", producer.Option(shared[0]), shared[1], shared[2])
	c.Eventually(t, "a message that overtook a pull", func() bool {
		send(t, p)
		return overtaken(w.sent(addr), w.received(addr), protocol.PullMessage, protocol.SendMessageV2)
	})
	if got := w.traffic(addr); got.connections != 1 || got.most < 2 {
		t.Errorf("%+v, want one connection and two requests at a time", got)
	}
	held := c.Recorder.WaitStep(t, "broker.suspendPullRequest")
	if service(held) != "broker-a" || !slices.Contains(eventNames(held), "wakeup") {
		t.Errorf("held by %s, events %v", service(held), eventNames(held))
	}
	matched := waitSend(t, c, 1, serverSend).one(t, clientSend)
	if !slices.Contains(eventNames(matched), "response.matched") {
		t.Error("the message's answer did not find its call")
	}
}

// overtaken says whether some request of one code went out before one of another and was answered after it.
func overtaken(sent, received []*protocol.RemotingCommand, slow, quick protocol.RequestCode) bool {
	answers := map[int32]int{} // opaque -> when
	for i, f := range received {
		if f.IsResponse() {
			answers[f.Opaque] = i
		}
	}
	for i, early := range sent {
		for _, late := range sent[i:] {
			if early.Code != int32(slow) || late.Code != int32(quick) || early.IsResponse() || late.IsResponse() {
				continue
			}
			first, both := answers[early.Opaque]
			second, answered := answers[late.Opaque]
			if both && answered && first > second {
				return true
			}
		}
	}
	return false
}
