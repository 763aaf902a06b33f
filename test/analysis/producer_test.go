package analysis_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

const asksForRoute = "remoting.client.GET_ROUTEINFO_BY_TOPIC"

// A first send takes all five steps. A second one takes only two of them: no name server is asked, and no connection made; it even
// works without a name server, for the broker's address comes from a table that the route's answer filled.
func TestClaim_P1_P6_TheFiveStepsOfAFirstSend(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 4)
	p := c.NewProducer(t, "producers")
	send(t, p)
	cold := waitSend(t, c, 1, serverSend)
	root := cold.one(t, "producer.send")
	want := []string{"producer.tryToFindTopicPublishInfo", "latency.selectOneMessageQueue", "producer.sendKernelImpl"}
	if got := cold.children(root); !slices.Equal(got, want) {
		t.Errorf("a first send: %v, want %v", got, want)
	}
	cold.one(t, asksForRoute)
	for _, dial := range cold.of("remoting.getAndCreateChannel") {
		if text(dial, "rocketmq.channel.reused") != "false" {
			t.Error("a first send found a connection")
		}
	}
	find := cold.one(t, "instance.findBrokerAddressInPublish")
	if addr := address(find); addr != c.Brokers[0].Addr() || len(cold.children(find)) > 0 {
		t.Errorf("the address %s came with %v", addr, cold.children(find))
	}

	c.StopNameServer(t)
	send(t, p)
	warm := waitSend(t, c, 2, serverSend)
	warm.none(t, asksForRoute)
	if got := text(warm.one(t, "producer.tryToFindTopicPublishInfo"), "rocketmq.route.cache"); got != "hit" {
		t.Errorf("a second send: route cache %q", got)
	}
	if got := text(warm.one(t, "remoting.getAndCreateChannel"), "rocketmq.channel.reused"); got != "true" {
		t.Errorf("a second send: connection reused: %s", got)
	}
}

// A broker stores a message, its answer is lost, and the producer sends it again: there are two.
func TestClaim_P3_ARetryStoresAMessageTwice(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	w := newWire()
	p := c.NewProducer(t, "producers", client.WithNetwork(w))
	if res := send(t, p); res.QueueOffset != 0 {
		t.Fatalf("the first message is at %d", res.QueueOffset)
	}
	w.answersTo(protocol.SendMessageV2, breaks)
	res := send(t, p)
	if res.QueueOffset != 2 {
		t.Errorf("the retried message is at %d, want 2: once more at 1", res.QueueOffset)
	}
	trace := waitSend(t, c, 2, serverSend)
	attempts := trace.of("producer.sendKernelImpl")
	if len(attempts) != 2 || text(attempts[0], "error.type") != "send_request" || text(attempts[1], "error.type") != "" {
		t.Errorf("%d attempts", len(attempts))
	}
	if n := len(trace.of("mappedfile.appendMessage")); n != 2 {
		t.Errorf("appended %d times", n)
	}

	ids := make(chan string, 3)
	c.NewConsumer(t, "consumers", topic, func(_ context.Context, msgs []*message.MessageExt) error {
		for _, m := range msgs {
			ids <- m.Property(message.PropertyUniqClientMessageIDKeyIdx)
		}
		return nil
	}, consumer.ConsumeFromFirst())
	times := map[string]int{} // handlers run side by side: the order is nobody's
	for range 3 {
		times[await(t, ids)]++
	}
	if len(times) != 2 || times[res.MsgID] != 2 {
		t.Errorf("consumed %v, want %s twice", times, res.MsgID)
	}
	if n := maxOffset(t, newClient(t, remoting.ClientConfig{}), c.Brokers[0].Addr(), 0); n != 3 {
		t.Errorf("%d messages are stored, want 3", n)
	}
}

// Nobody knows the topic. The name server says so and makes nothing; the producer then asks for the route of TBW102; the broker makes
// the topic when the first message comes, and tells the name server.
func TestClaim_P4_P10_TheBrokerMakesAnUnknownTopic(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	p := c.NewProducer(t, "producers")
	res := send(t, p)
	trace := waitSend(t, c, 1, serverSend, "namesrv.registerBroker")
	asked := trace.of("namesrv.getRouteInfoByTopic")
	if len(asked) != 2 {
		t.Fatalf("the name server was asked %d times", len(asked))
	}
	for i, want := range []struct{ topic, code string }{{topic, "TOPIC_NOT_EXIST"}, {message.TopicAutoCreate, ""}} {
		if got := text(asked[i], "messaging.destination.name"); got != want.topic || text(asked[i], "error.type") != want.code {
			t.Errorf("question %d: %s %s, want %v", i, got, text(asked[i], "error.type"), want)
		}
	}
	made := trace.one(t, "namesrv.registerBroker")
	stored := trace.one(t, "store.asyncPutMessage")
	if made.StartTime().Before(asked[1].EndTime()) || made.StartTime().After(stored.StartTime()) {
		t.Error("the topic was not registered between the second question and the first message")
	}
	if register := trace.one(t, "outer.registerBrokerAll"); service(register) != "broker-a" {
		t.Errorf("registered by %s", service(register))
	}
	route, ok := c.NameServer().Routes().PickupTopicRouteData(t.Context(), topic)
	if !ok || route.QueueDatas[0].WriteQueueNums != 4 || res.MessageQueue.Topic != topic {
		t.Errorf("route %+v, stored in %v", route, res.MessageQueue)
	}
}

// With autoCreateTopicEnable=false on the brokers, the same name server leads to an error: the choice is the broker's.
func TestClaim_P4_P10_TheBrokerMayRefuseToMakeATopic(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{Broker: func(_ string, cfg *broker.Config) { cfg.Topics.AutoCreateTopicEnable = false }})
	p := c.NewProducer(t, "producers")
	_, err := p.Send(within(t, patience), message.New(topic, []byte("hello")))
	wantIs(t, err, client.ErrTopicNotExist)
	trace := waitSend(t, c, 1, "remoting.server.GET_ROUTEINFO_BY_TOPIC")
	trace.none(t, "producer.sendKernelImpl")
	if n := len(trace.of("instance.updateTopicRouteInfoFromNameServer")); n != 2 {
		t.Errorf("asked %d times, want for the topic and for TBW102", n)
	}
}

// The index is the same for all goroutines that send to a topic: it goes up by one a send, and the queue is its remainder.
func TestClaim_P5_AQueueIsAnIndexModuloTheirNumber(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 4)
	p := c.NewProducer(t, "producers")
	for range 9 {
		send(t, p)
	}
	waitSend(t, c, 9)
	chosen := spans(c.Recorder.Spans()).of("latency.selectOneMessageQueue")
	for i, s := range chosen {
		index, queue := number(t, s, "rocketmq.lb.index"), number(t, s, "rocketmq.queue.id")
		if queue != index%4 || text(s, "rocketmq.broker.name") != "broker-a" {
			t.Errorf("index %d of 4 queues chose queue %d", index, queue)
		}
		if i > 0 && index != (number(t, chosen[i-1], "rocketmq.lb.index")+1)&0xFFFFFFFF {
			t.Errorf("index %d does not follow", index)
		}
	}
	stored := map[int32]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 8 {
				res, err := p.Send(within(t, patience), message.New(topic, []byte("hello")))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				stored[res.MessageQueue.QueueID]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for queue := range int32(4) {
		if stored[queue] != 8 {
			t.Errorf("queue %d got %d of 32 messages", queue, stored[queue])
		}
	}
}

// Two brokers with two queues each are four queues of one topic; topic and broker name alone do not tell them apart.
func TestClaim_P7_R5_AQueueIsTopicBrokerAndNumber(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{Brokers: 2})
	c.CreateTopic(t, topic, 2)
	p := c.NewProducer(t, "producers")
	queues, err := p.FetchPublishMessageQueues(within(t, patience), topic)
	if err != nil {
		t.Fatal(err)
	}
	pairs := map[[2]string]int{}
	for _, mq := range queues {
		pairs[[2]string{mq.Topic, mq.BrokerName}]++
	}
	if len(queues) != 4 || pairs[[2]string{topic, "broker-a"}] != 2 || pairs[[2]string{topic, "broker-b"}] != 2 {
		t.Fatalf("queues %v", queues)
	}
	for i, mq := range queues {
		res, err := p.SendToQueue(within(t, patience), message.New(topic, []byte("hello")), mq)
		if err != nil || res.MessageQueue != mq || res.QueueOffset != 0 {
			t.Fatalf("%v: stored at %+v, %v", mq, res, err)
		}
		put := waitSend(t, c, i+1, "store.asyncPutMessage").one(t, "store.asyncPutMessage")
		if text(put, "messaging.destination.name") != topic || service(put) != mq.BrokerName {
			t.Errorf("%v was stored on %s, topic %s", mq, service(put), text(put, "messaging.destination.name"))
		}
	}
}

// A producer and a consumer that share an instance share its connections, routes and heartbeats. What only consumers need starts with
// the first consumer.
func TestClaim_P8_T19_WhatAnInstanceDoesForWhom(t *testing.T) {
	const (
		rebalance = "(*MQClientInstance).rebalanceService"
		loops     = "(*MQClientInstance).everyLocked.func"
	)
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	w, shared := newWire(), client.NewShared()
	together := []client.Option{client.WithNetwork(w), client.WithShared(shared), client.WithInstanceName("both")}
	p := c.NewProducer(t, "producers", together[0], together[1], together[2])
	send(t, p)
	if n := goroutines(rebalance); n != 0 {
		t.Errorf("a producer alone rebalances (%d)", n)
	}
	c.Eventually(t, "two timers, for routes and for heartbeats", func() bool { return goroutines(loops) == 2 })
	started := c.Recorder.WaitStep(t, "producer.start")
	if got := spans(c.Recorder.Spans()).children(started); !slices.Contains(got, "instance.start") {
		t.Errorf("a producer's start: %v", got)
	}

	bodies := make(chan string, 10)
	c.NewConsumer(t, "consumers", topic, func(_ context.Context, msgs []*message.MessageExt) error {
		for range msgs {
			bodies <- ""
		}
		return nil
	}, together[0], together[1], together[2], consumer.ConsumeFromFirst())
	await(t, bodies)
	c.Eventually(t, "the consumer's loops", func() bool { return goroutines(rebalance) == 1 && goroutines(loops) == 3 })
	if addr := c.Brokers[0].Addr(); w.dialled(addr) != 1 {
		t.Errorf("both together made %d connections to the broker", w.dialled(addr))
	}
	all := spans(c.Recorder.Spans())
	if len(all.of("consumer.pullMessage")) == 0 || len(all.of("consumer.rebalanceByTopic")) == 0 {
		t.Error("the consumer did not pull or rebalance")
	}
}

// Three ways, three functions; a one-way send hears nothing of its message.
func TestClaim_P9_ThreeWaysToSend(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	send(t, p)
	sync := waitSend(t, c, 1, serverSend)
	if err := sendAsync(t, p); err != nil {
		t.Fatal(err)
	}
	async := waitSend(t, c, 2, serverSend)
	if err := p.SendOneway(within(t, patience), message.New(topic, []byte("hello"))); err != nil {
		t.Fatal(err)
	}
	oneway := waitSend(t, c, 3, serverSend)
	steps := []string{"api.sendMessageSync", "api.sendMessageAsync", "api.sendMessageOneway"}
	for i, trace := range []spans{sync, async, oneway} {
		for j, step := range steps {
			if got := len(trace.of(step)); got == 1 != (i == j) {
				t.Errorf("send %d has %d of %s", i, got, step)
			}
		}
		answered := slices.Contains(eventNames(trace.one(t, clientSend)), "response.matched")
		if oneway := text(trace.one(t, serverSend), "rocketmq.oneway"); answered == (i == 2) || oneway != strconv.FormatBool(i == 2) {
			t.Errorf("send %d: answered %v, marked one-way %s", i, answered, oneway)
		}
	}
}

// What is on the wire, in both directions, are RemotingCommands and nothing else; the one with the message is request 310.
func TestClaim_P11_T6_WhatIsOnTheWire(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	w := newWire()
	p := c.NewProducer(t, "producers", client.WithNetwork(w))
	send(t, p)
	addr := c.Brokers[0].Addr()
	var request *protocol.RemotingCommand
	for _, f := range w.sent(addr) {
		if f.Code == int32(protocol.SendMessageV2) {
			request = f
		}
	}
	if request == nil || request.IsResponse() || string(request.Body) != "hello" || request.ExtFields.Get("b") != topic {
		t.Fatalf("the request with the message: %+v", request)
	}
	for _, at := range []string{addr, c.NameServerAddr()} {
		if len(w.received(at)) == 0 {
			t.Errorf("no frame came from %s", at)
		}
		for _, f := range w.received(at) {
			if !f.IsResponse() || !slices.ContainsFunc(w.sent(at), func(q *protocol.RemotingCommand) bool { return q.Opaque == f.Opaque }) {
				t.Errorf("%s sent what answers nothing: %+v", at, f)
			}
		}
		w.whole(t, at)
	}
	trace := waitSend(t, c, 1, serverSend)
	if got, want := text(trace.one(t, clientSend), "rocketmq.opaque"), text(trace.one(t, serverSend), "rocketmq.opaque"); got != want || got != strconv.Itoa(int(request.Opaque)) {
		t.Errorf("opaque %s, %s and %d", got, want, request.Opaque)
	}
}

// A delayed message goes out in each of the three ways, as the same request: what makes it late is a property, and a broker that knows it.
func TestClaim_P2_DelayIsAPropertyOfTheMessage(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	w := newWire()
	p := c.NewProducer(t, "producers", client.WithNetwork(w))
	late := func() *message.Message {
		msg := message.New(topic, []byte("late"))
		msg.SetDelayTimeLevel(1)
		return msg
	}
	if _, err := p.Send(within(t, patience), late()); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	p.SendAsync(within(t, patience), late(), func(_ *producer.SendResult, err error) { done <- err })
	if err := await(t, done); err != nil {
		t.Fatal(err)
	}
	if err := p.SendOneway(within(t, patience), late()); err != nil {
		t.Fatal(err)
	}
	for i, step := range []string{"api.sendMessageSync", "api.sendMessageAsync", "api.sendMessageOneway"} {
		trace := waitSend(t, c, i+1, serverSend)
		trace.one(t, step)
		later := trace.one(t, "schedule.transformDelayLevelMessage")
		if text(later, "rocketmq.schedule.topic") != message.TopicSchedule || service(later) != "broker-a" {
			t.Errorf("%s: stored as %s by %s", step, text(later, "rocketmq.schedule.topic"), service(later))
		}
	}
	requests := 0
	for _, f := range w.sent(c.Brokers[0].Addr()) {
		if f.Code == int32(protocol.SendMessageV2) {
			requests++
			if !strings.Contains(f.ExtFields.Get("i"), "DELAY\x011") || f.ExtFields.Get("b") != topic {
				t.Errorf("request %d: topic %s, properties %q", requests, f.ExtFields.Get("b"), f.ExtFields.Get("i"))
			}
		}
	}
	if requests != 3 {
		t.Errorf("%d requests", requests)
	}
	got := make(chan *message.MessageExt, 3)
	c.NewConsumer(t, "consumers", topic, func(_ context.Context, msgs []*message.MessageExt) error {
		for _, m := range msgs {
			got <- m
		}
		return nil
	}, consumer.ConsumeFromFirst())
	for range 3 {
		m := await(t, got)
		if held := m.StoreTimestamp - m.BornTimestamp; m.Topic != topic || held < 900 {
			t.Errorf("delivered to %s after %d ms", m.Topic, held)
		}
	}
	if n := len(spans(c.Recorder.Spans()).of("schedule.deliver")); n != 3 {
		t.Errorf("delivered %d times", n)
	}
}

// Making a topic is a request to a broker, not to the name server and no part of sending; the broker tells the name server.
func TestClaim_P12_MakingATopic(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 3)
	made := c.Recorder.WaitStep(t, "broker.AdminBrokerProcessor.processRequest")
	served := c.Recorder.WaitStep(t, "remoting.server.UPDATE_AND_CREATE_TOPIC")
	if service(made) != "broker-a" || made.Parent().SpanID() != served.SpanContext().SpanID() {
		t.Errorf("made by %s", service(made))
	}
	trace := spans(c.Recorder.Trace(made.SpanContext().TraceID()))
	if got := trace.children(made); !slices.Equal(got, []string{"outer.registerBrokerAll"}) {
		t.Errorf("making a topic: %v", got)
	}
	if filed := trace.one(t, "namesrv.registerBroker"); service(filed) != "namesrv" {
		t.Errorf("filed by %s", service(filed))
	}
	p := c.NewProducer(t, "producers")
	send(t, p)
	first := waitSend(t, c, 1, serverSend)
	if asked := first.of("namesrv.getRouteInfoByTopic"); len(asked) != 1 || text(asked[0], "messaging.destination.name") != topic {
		t.Errorf("the topic was there, and yet %d questions", len(asked))
	}
	if got := text(first.one(t, "producer.tryToFindTopicPublishInfo"), "rocketmq.route.queues"); got != "3" {
		t.Errorf("the producer sees %s queues", got)
	}
}
