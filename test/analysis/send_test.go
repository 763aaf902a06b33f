package analysis_test

import (
	"slices"
	"testing"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/remoting/protocol"
)

// One send that needs two attempts shows the frame: the route once, then a queue and an attempt, twice, the second elsewhere.
func TestClaim_S1_S3_S4_TheLoopOfASend(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{Brokers: 2})
	c.CreateTopic(t, topic, 1)
	w := newWire()
	p := c.NewProducer(t, "producers", client.WithNetwork(w))
	send(t, p)
	w.answersTo(protocol.SendMessageV2, breaks)
	res := send(t, p)
	trace := waitSend(t, c, 2, serverSend)
	root := trace.one(t, "producer.send")
	want := []string{
		"producer.tryToFindTopicPublishInfo", "latency.selectOneMessageQueue", "producer.sendKernelImpl",
		"latency.selectOneMessageQueue", "producer.sendKernelImpl",
	}
	if got := trace.children(root); !slices.Equal(got, want) {
		t.Fatalf("the frame: %v, want %v", got, want)
	}
	choices, attempts := trace.of("latency.selectOneMessageQueue"), trace.of("producer.sendKernelImpl")
	failed, second := text(attempts[0], "rocketmq.broker.name"), text(attempts[1], "rocketmq.broker.name")
	if text(choices[0], "rocketmq.lb.last_broker") != "" || text(choices[1], "rocketmq.lb.last_broker") != failed || second == failed {
		t.Errorf("after %s the choice knew %q and took %s", failed, text(choices[1], "rocketmq.lb.last_broker"), second)
	}
	if second != res.MessageQueue.BrokerName || text(attempts[0], "error.type") == "" || text(attempts[1], "error.type") != "" {
		t.Errorf("the second attempt on %s was to store the message, not on %s", second, res.MessageQueue.BrokerName)
	}
	calls := trace.of("remoting.invokeSync")
	if a, b := number(t, calls[0], "rocketmq.timeout_ms"), number(t, calls[1], "rocketmq.timeout_ms"); a <= 0 || b <= 0 || b > patience.Milliseconds() {
		t.Errorf("the attempts had %d and %d ms", a, b)
	}
}

// Names become addresses without a question: both steps are look-ups in tables once the route is known.
func TestClaim_S2_S5_LookUpsBeforeASend(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	send(t, p)
	cold := waitSend(t, c, 1, serverSend)
	route := cold.one(t, "producer.tryToFindTopicPublishInfo")
	if got := cold.children(route); !slices.Equal(got, []string{"instance.updateTopicRouteInfoFromNameServer"}) {
		t.Errorf("the first look-up: %v", got)
	}
	send(t, p)
	warm := waitSend(t, c, 2, serverSend)
	for _, step := range []string{"producer.tryToFindTopicPublishInfo", "instance.findBrokerAddressInPublish"} {
		if got := warm.children(warm.one(t, step)); len(got) > 0 {
			t.Errorf("%s asked: %v", step, got)
		}
	}
	find := warm.one(t, "instance.findBrokerAddressInPublish")
	if text(find, "rocketmq.broker.name") != "broker-a" || address(find) != c.Brokers[0].Addr() {
		t.Errorf("%s became %s", text(find, "rocketmq.broker.name"), address(find))
	}
}

// From the API to the wire: one chain of calls, and in the innermost the future is filed before the request is written.
func TestClaim_S6_S7_S8_DownToTheWire(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	send(t, p)
	trace := waitSend(t, c, 1, serverSend)
	attempt := trace.one(t, "producer.sendKernelImpl")
	if got := trace.children(attempt); !slices.Contains(got, "api.sendMessageSync") {
		t.Fatalf("an attempt: %v", got)
	}
	invoke := trace.children(trace.one(t, "api.sendMessageSync"))
	if !slices.Equal(invoke, []string{"remoting.invokeSync"}) {
		t.Fatalf("sendMessageSync: %v", invoke)
	}
	inner := trace.one(t, clientSend)
	for _, s := range trace.of("remoting.invokeSync") {
		if s.SpanContext().SpanID() != inner.Parent().SpanID() {
			continue
		}
		if got := trace.children(s); !slices.Equal(got, []string{"remoting.getAndCreateChannel", clientSend}) {
			t.Errorf("invokeSync: %v", got)
		}
	}
	if got := eventNames(inner); !slices.Equal(got, []string{"responseTable.put", "flushed", "response.matched"}) {
		t.Errorf("invokeSyncImpl: %v", got)
	}
	if served := trace.one(t, serverSend); served.Parent().SpanID() != inner.SpanContext().SpanID() {
		t.Error("the broker's span is not below the call")
	}
}
