//go:build interop

package interop

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	library "github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/spantest"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/route"
	"github.com/plumemq/plume/test/interop/referee"
)

// The experiments in which our producer, traced, meets Apache's name server and brokers, and those about Apache's servers alone.

// shared is the cluster of Apache's that tests share.
func shared(t *testing.T) *sharedCluster {
	t.Helper()
	return need(t, startShared)
}

// children are the steps below a span, in the order of their starts.
func children(trace []sdktrace.ReadOnlySpan, parent sdktrace.ReadOnlySpan) []string {
	below := slices.DeleteFunc(slices.Clone(trace), func(s sdktrace.ReadOnlySpan) bool { return s.Parent().SpanID() != parent.SpanContext().SpanID() })
	slices.SortFunc(below, func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
	var ids []string
	for _, s := range below {
		ids = append(ids, text(s, "rocketmq.step"))
	}
	return ids
}

// one is the only span of a step.
func one(t *testing.T, trace []sdktrace.ReadOnlySpan, id string) sdktrace.ReadOnlySpan {
	t.Helper()
	some := steps(trace, id)
	if len(some) != 1 {
		t.Fatalf("%d spans of %s", len(some), id)
	}
	return some[0]
}

// sendTrace sends a message and returns its trace.
func sendTrace(t *testing.T, p *producer.Producer, recorder *spantest.Recorder, topic string) []sdktrace.ReadOnlySpan {
	t.Helper()
	recorder.Reset()
	sendOne(t, p, topic)
	return recorder.WaitTrace(t, recorder.WaitStep(t, "producer.send").SpanContext().TraceID(), "SEND_MESSAGE_V2")
}

func events(s sdktrace.ReadOnlySpan) []string {
	var names []string
	for _, e := range s.Events() {
		names = append(names, e.Name)
	}
	return names
}

// The first message to a topic of Apache's takes five steps: the route from its name server, a queue, its broker's address out of the
// table, a connection, request 310. The second asks nobody and connects to nobody. Both go down the same chain of calls.
func TestClaim_P1_P6_P11_S1_S2_S5_S6_S7_S8_OurSendOnApache(t *testing.T) {
	c := shared(t)
	const topic = "FiveSteps"
	c.createTopic(t, topic, 4, 4, 6)
	p, recorder := tracedProducer(t, c.Addr)
	cold := sendTrace(t, p, recorder, topic)
	frame := []string{"producer.tryToFindTopicPublishInfo", "latency.selectOneMessageQueue", "producer.sendKernelImpl"}
	if got := children(cold, one(t, cold, "producer.send")); !slices.Equal(got, frame) {
		t.Errorf("the frame: %v, want %v", got, frame)
	}
	if asked := one(t, cold, "remoting.client.GET_ROUTEINFO_BY_TOPIC"); text(asked, "rpc.response.status_code") != "SUCCESS" ||
		text(asked, "server.address")+":"+text(asked, "server.port") != c.Addr {
		t.Errorf("asked %v", asked.Attributes())
	}
	for _, dial := range steps(cold, "remoting.getAndCreateChannel") {
		if text(dial, "rocketmq.channel.reused") != "false" {
			t.Error("a first send found a connection")
		}
	}
	found := one(t, cold, "instance.findBrokerAddressInPublish")
	if addr := text(found, "server.address") + ":" + text(found, "server.port"); addr != c.brokers[text(found, "rocketmq.broker.name")].Addr || len(children(cold, found)) > 0 {
		t.Errorf("%s was found at %s by %v", text(found, "rocketmq.broker.name"), addr, children(cold, found))
	}

	for { // until the same broker's turn has come: the other one's connection is new as well
		warm := sendTrace(t, p, recorder, topic)
		chain(t, warm)
		if n := len(steps(warm, "remoting.client.GET_ROUTEINFO_BY_TOPIC")); n > 0 || text(one(t, warm, "producer.tryToFindTopicPublishInfo"), "rocketmq.route.cache") != "hit" {
			t.Fatalf("a second send asked %d times", n)
		}
		if text(one(t, warm, "instance.findBrokerAddressInPublish"), "rocketmq.broker.name") != text(found, "rocketmq.broker.name") {
			continue
		}
		if text(one(t, warm, "remoting.getAndCreateChannel"), "rocketmq.channel.reused") != "true" {
			t.Error("a second send to a broker connected anew")
		}
		return
	}
}

// chain says that a send's trace leads from the attempt down to the request, which was filed, written and answered in this order.
func chain(t *testing.T, trace []sdktrace.ReadOnlySpan) {
	t.Helper()
	if got := children(trace, one(t, trace, "producer.sendKernelImpl")); !slices.Contains(got, "api.sendMessageSync") {
		t.Errorf("an attempt: %v", got)
	}
	for _, way := range [][]string{{"api.sendMessageSync", "remoting.invokeSync"}, {"remoting.invokeSync", "remoting.getAndCreateChannel", "remoting.client.SEND_MESSAGE_V2"}} {
		if got := children(trace, one(t, trace, way[0])); !slices.Equal(got, way[1:]) {
			t.Errorf("below %s: %v, want %v", way[0], got, way[1:])
		}
	}
	call := one(t, trace, "remoting.client.SEND_MESSAGE_V2")
	if got := events(call); !slices.Equal(got, []string{"responseTable.put", "flushed", "response.matched"}) || text(call, "rpc.response.status_code") != "SUCCESS" {
		t.Errorf("the request: %v, %s", got, text(call, "rpc.response.status_code"))
	}
}

// Two brokers of Apache's with two queues each, of five to read, are four queues of one topic: a producer lists those that it can write
// to. What is sent to one of them lies in that queue of that broker, and nowhere else. A topic without write permission has none.
func TestClaim_P7_R4_R5_R6_QueuesOfApachesBrokers(t *testing.T) {
	c := shared(t)
	const topic, closed = "FourQueues", "NoQueues"
	c.createTopic(t, topic, 5, 2, 6)
	c.createTopic(t, closed, 4, 4, 4)
	p, recorder := tracedProducer(t, c.Addr)
	queues, err := p.FetchPublishMessageQueues(t.Context(), topic)
	if err != nil || len(queues) != 4 {
		t.Fatalf("queues %v, %v", queues, err)
	}
	data, _ := routeData(t, bare(t, remoting.ClientConfig{}), c.Addr, topic)
	for _, q := range data.QueueDatas {
		if q.ReadQueueNums != 5 || q.WriteQueueNums != 2 {
			t.Errorf("the route has %+v", q)
		}
	}
	for i, mq := range queues {
		res, err := p.SendToQueue(t.Context(), message.New(topic, []byte("hello")), mq)
		if err != nil || res.MessageQueue != mq || res.QueueOffset != 0 {
			t.Fatalf("%v: stored at %+v, %v", mq, res, err)
		}
		sent := steps(recorder.Spans(), "remoting.client.SEND_MESSAGE_V2")
		if last := sent[len(sent)-1]; text(last, "server.address")+":"+text(last, "server.port") != c.brokers[mq.BrokerName].Addr {
			t.Errorf("%v: sent to %v", mq, last.Attributes())
		}
		eventually(t, "the message's dispatch", func() bool { return c.maxOffset(t, mq) == 1 })
		for _, other := range queues[i+1:] {
			if n := c.maxOffset(t, other); n != 0 {
				t.Errorf("%v has %d messages after one to %v", other, n, mq)
			}
		}
	}
	if _, err := p.Send(t.Context(), message.New(closed, []byte("hello"))); !errors.Is(err, library.ErrNoRoute) {
		t.Errorf("a topic without queues to write to: %v", err)
	}
}

// Eight messages over four queues of an Apache broker: two each, by a running index.
func TestClaim_P5_ARunningIndexOverApachesQueues(t *testing.T) {
	c := shared(t)
	const topic = "InTurn"
	c.createTopic(t, topic, 2, 2, 6)
	p, recorder := tracedProducer(t, c.Addr)
	for range 8 {
		sendOne(t, p, topic)
	}
	recorder.WaitStep(t, "producer.send")
	chosen := steps(recorder.Spans(), "latency.selectOneMessageQueue")
	for i, s := range chosen[1:] {
		before, errA := strconv.ParseInt(text(chosen[i], "rocketmq.lb.index"), 10, 64)
		index, errB := strconv.ParseInt(text(s, "rocketmq.lb.index"), 10, 64)
		if errA != nil || errB != nil || index != (before+1)&0xFFFFFFFF {
			t.Errorf("index %d after %d", index, before)
		}
	}
	queues, err := p.FetchPublishMessageQueues(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	for _, mq := range queues {
		eventually(t, "two messages", func() bool { return c.maxOffset(t, mq) == 2 })
	}
}

// A message is sent to Apache's broker in each of the three ways; each has a branch of its own, and all are stored.
func TestClaim_P9_ThreeWaysToApachesBroker(t *testing.T) {
	c := shared(t)
	const topic = "ThreeWays"
	c.createTopic(t, topic, 1, 1, 6)
	p, recorder := tracedProducer(t, c.Addr)
	msg := func() *message.Message { return message.New(topic, []byte("hello")) }
	ways := map[string]func() error{
		"api.sendMessageSync": func() error { _, err := p.Send(t.Context(), msg()); return err },
		"api.sendMessageAsync": func() error {
			answered := make(chan error, 1)
			p.SendAsync(t.Context(), msg(), func(_ *producer.SendResult, err error) { answered <- err })
			return <-answered
		},
		"api.sendMessageOneway": func() error { return p.SendOneway(t.Context(), msg()) },
	}
	for way, send := range ways {
		recorder.Reset()
		if err := send(); err != nil {
			t.Fatal(err)
		}
		trace := recorder.WaitTrace(t, recorder.WaitStep(t, "producer.send").SpanContext().TraceID(), "SEND_MESSAGE_V2")
		for other := range ways {
			if n := len(steps(trace, other)); (n == 1) != (other == way) {
				t.Errorf("%s: %d times %s", way, n, other)
			}
		}
		if matched := slices.Contains(events(one(t, trace, "remoting.client.SEND_MESSAGE_V2")), "response.matched"); matched == (way == "api.sendMessageOneway") {
			t.Errorf("%s: answered %v", way, matched)
		}
	}
	eventually(t, "three messages", func() bool {
		var n int64
		for broker := range c.brokers {
			n += c.maxOffset(t, message.MessageQueue{Topic: topic, BrokerName: broker})
		}
		return n == 3
	})
}

// Apache's broker stores a second message; its answer is lost. The producer, Apache's and ours, sends it again, and Apache's broker has it
// twice, under one id.
func TestClaim_P3_ApachesBrokerStoresARetryTwice(t *testing.T) {
	c := shared(t)
	for name, send := range map[string]func(t *testing.T, s *standIn){
		"apache": func(t *testing.T, s *standIn) { done(t, inside(t, s.addr, 30000, "sync,sync")) },
		"plume": func(t *testing.T, s *standIn) {
			p, recorder := tracedProducer(t, s.addr)
			sendOne(t, p, probed)
			recorder.WaitStep(t, "producer.send")
			recorder.Reset()
			sendOne(t, p, probed)
			trace := recorder.Trace(recorder.WaitStep(t, "producer.send").SpanContext().TraceID())
			if attempts := steps(trace, "producer.sendKernelImpl"); len(attempts) != 2 || text(attempts[0], "error.type") == "" || text(attempts[1], "error.type") != "" {
				t.Errorf("%d attempts", len(attempts))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, rc := c.brokers["broker-a"], bare(t, remoting.ClientConfig{})
			var mu sync.Mutex
			var ids []string // of the second message at Apache's broker
			s := newStandIn(t)
			s.onSend = func(n int, in *remoting.RequestContext) bool {
				if id, err := forward(rc, b, in.Request); err == nil && n > 1 {
					mu.Lock()
					ids = append(ids, id)
					mu.Unlock()
				}
				if n == 2 {
					in.Channel.Close()
				}
				return n != 2
			}
			send(t, s)
			mu.Lock()
			defer mu.Unlock()
			if len(ids) != 2 || ids[0] == ids[1] {
				t.Fatalf("stored %v", ids)
			}
			var uniq []string
			for _, id := range ids {
				record := lookAt(t, rc, b, id)
				uniq = append(uniq, message.ParseProperties(record.Properties).Get(message.PropertyUniqClientMessageIDKeyIdx))
			}
			if uniq[0] == "" || uniq[0] != uniq[1] {
				t.Errorf("stored messages %v", uniq)
			}
			s.recorder.WaitStep(t, "remoting.server.SEND_MESSAGE_V2")
		})
	}
}

// forward has a broker store what another request brought, and returns its offset id.
func forward(rc *remoting.Client, b *referee.Broker, in *protocol.RemotingCommand) (string, error) {
	req := protocol.NewRequest(protocol.RequestCode(in.Code), nil)
	req.ExtFields, req.Body = slices.Clone(in.ExtFields), slices.Clone(in.Body)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	resp, err := rc.InvokeSync(ctx, b.Addr, req)
	if err != nil {
		return "", err
	}
	if resp.Code != 0 {
		return "", protocol.NewResponseError(protocol.ResponseCode(resp.Code), resp.Remark)
	}
	var h header.SendMessageResponseHeader
	err = resp.DecodeHeader(&h)
	return h.MsgID, err
}

// routeData is what a name server knows of a topic.
func routeData(t *testing.T, rc *remoting.Client, nameServer, topic string) (data route.TopicRouteData, ok bool) {
	t.Helper()
	resp := invoke(t, rc, nameServer, routeOf(topic))
	return data, resp.Code == 0 && data.Decode(resp.Body) == nil
}

// Sixteen brokers register with Apache's name server at once, while others ask: whoever asks sees whole rows, and all are there at the
// end. Questions about topics that nobody knows leave nothing behind, and an unknown code is refused as brokers refuse it. Killed and
// started anew it knows no broker; what was put under a key it has from a file.
func TestClaim_N2_N7_N10_N13_ApachesNameServerHoldsItInMemory(t *testing.T) {
	const many = 16
	apache, dir := need(t, apache550), t.TempDir()
	ns, err := apache.StartNameServer(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ns.Kill)
	rc := bare(t, remoting.ClientConfig{})
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			req := registration("together", 0)
			h, _ := req.Header.(*header.RegisterBrokerRequestHeader)
			h.BrokerName, h.BrokerAddr = "ghost-"+strconv.Itoa(i), "10.0.0."+strconv.Itoa(i+1)+":10911"
			if resp := invoke(t, rc, ns.Addr, req); resp.Code != 0 {
				t.Error(resp.Remark)
			}
		})
		all.Go(func() {
			if data, ok := routeData(t, rc, ns.Addr, "togetherTopic"); ok && len(data.QueueDatas) != len(data.BrokerDatas) {
				t.Errorf("half a row: %+v", data)
			}
		})
	}
	all.Wait()
	if data, _ := routeData(t, rc, ns.Addr, "togetherTopic"); len(data.QueueDatas) != many {
		t.Errorf("%d of %d registrations are there", len(data.QueueDatas), many)
	}
	known := string(invoke(t, rc, ns.Addr, protocol.NewRequest(protocol.GetAllTopicListFromNameServer, nil)).Body)
	for range 8 {
		if _, ok := routeData(t, rc, ns.Addr, "nothing"); ok {
			t.Error("an unknown topic has a route")
		}
	}
	if after := string(invoke(t, rc, ns.Addr, protocol.NewRequest(protocol.GetAllTopicListFromNameServer, nil)).Body); after != known || strings.Contains(after, "nothing") {
		t.Errorf("questions changed what is known: %s", after)
	}
	if resp := invoke(t, rc, ns.Addr, protocol.NewRequest(3442, nil)); resp.Code != int32(protocol.RequestCodeNotSupported) {
		t.Errorf("an unknown code: %d %s", resp.Code, resp.Remark)
	}
	invoke(t, rc, ns.Addr, protocol.NewRequest(protocol.PutKVConfig, &header.PutKVConfigRequestHeader{Namespace: "n", Key: "k", Value: "kept"}))
	p, _ := tracedProducer(t, ns.Addr)
	if queues, err := p.FetchPublishMessageQueues(t.Context(), "togetherTopic"); err != nil || len(queues) != 2*many {
		t.Errorf("%d queues, %v", len(queues), err)
	}
	ns.Kill()

	again, err := apache.StartNameServer(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Kill)
	if _, ok := routeData(t, rc, again.Addr, "togetherTopic"); ok {
		t.Error("a restarted name server knows the route")
	}
	kept := invoke(t, rc, again.Addr, protocol.NewRequest(protocol.GetKVConfig, &header.GetKVConfigRequestHeader{Namespace: "n", Key: "k"}))
	if value := kept.ExtFields.Get("value"); value != "kept" {
		t.Errorf("under the key is %q", value)
	}
	p, recorder := tracedProducer(t, again.Addr)
	if _, err := p.Send(t.Context(), message.New("togetherTopic", []byte("hello"))); !errors.Is(err, library.ErrTopicNotExist) {
		t.Errorf("sent: %v", err)
	}
	asked := recorder.WaitStep(t, "remoting.client.GET_ROUTEINFO_BY_TOPIC")
	if text(asked, "rpc.response.status_code") != "TOPIC_NOT_EXIST" {
		t.Errorf("asked %v", asked.Attributes())
	}
}
