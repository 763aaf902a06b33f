package analysis_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/goleak"

	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const topic = "TopicTest"

// within is a context for one call.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

const patience = 15 * time.Second

// send sends one message and wants it stored.
func send(t *testing.T, p *producer.Producer) *producer.SendResult {
	t.Helper()
	res, err := p.Send(within(t, patience), message.New(topic, []byte("hello")))
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// sendAsync sends one message and waits for its callback.
func sendAsync(t *testing.T, p *producer.Producer) error {
	t.Helper()
	done := make(chan error, 1)
	p.SendAsync(within(t, patience), message.New(topic, []byte("hello")), func(_ *producer.SendResult, err error) { done <- err })
	return await(t, done)
}

// await is the next value of a channel.
func await[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return v
}

// spans are some of what was recorded.
type spans []sdktrace.ReadOnlySpan

// text is an attribute as text; "" when absent.
func text(s sdktrace.ReadOnlySpan, key string) string {
	for _, kv := range s.Attributes() {
		if string(kv.Key) == key {
			return kv.Value.String()
		}
	}
	return ""
}

// address is the server that a span names, host:port.
func address(s sdktrace.ReadOnlySpan) string {
	return text(s, "server.address") + ":" + text(s, "server.port")
}

// peer is the client's end of the connection that a span's request came over.
func peer(s sdktrace.ReadOnlySpan) string {
	return text(s, "client.address") + ":" + text(s, "client.port")
}

// number is a numeric attribute.
func number(t *testing.T, s sdktrace.ReadOnlySpan, key string) int64 {
	t.Helper()
	for _, kv := range s.Attributes() {
		if string(kv.Key) == key && kv.Value.Type() == attribute.INT64 {
			return kv.Value.AsInt64()
		}
	}
	t.Fatalf("span %s has no number %s", s.Name(), key)
	return 0
}

func service(s sdktrace.ReadOnlySpan) string {
	for _, kv := range s.Resource().Attributes() {
		if kv.Key == "service.name" {
			return kv.Value.AsString()
		}
	}
	return ""
}

// eventNames are a span's events, in order.
func eventNames(s sdktrace.ReadOnlySpan) []string {
	var names []string
	for _, e := range s.Events() {
		names = append(names, e.Name)
	}
	return names
}

// of are the spans of a step, in the order of their starts.
func (all spans) of(step string) spans {
	var out spans
	for _, s := range all {
		if text(s, "rocketmq.step") == step {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
	return out
}

// in are the spans of a service.
func (all spans) in(name string) spans {
	return slices.DeleteFunc(slices.Clone(all), func(s sdktrace.ReadOnlySpan) bool { return service(s) != name })
}

// one is the only span of a step.
func (all spans) one(t *testing.T, step string) sdktrace.ReadOnlySpan {
	t.Helper()
	of := all.of(step)
	if len(of) != 1 {
		t.Fatalf("%d spans of %s, want 1", len(of), step)
	}
	return of[0]
}

// none wants no span of a step.
func (all spans) none(t *testing.T, step string) {
	t.Helper()
	if n := len(all.of(step)); n > 0 {
		t.Errorf("%d spans of %s, want none", n, step)
	}
}

// children are the steps directly below a span, in the order of their starts.
func (all spans) children(parent sdktrace.ReadOnlySpan) []string {
	var below spans
	for _, s := range all {
		if s.Parent().SpanID() == parent.SpanContext().SpanID() {
			below = append(below, s)
		}
	}
	slices.SortStableFunc(below, func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
	var steps []string
	for _, s := range below {
		steps = append(steps, text(s, "rocketmq.step"))
	}
	return steps
}

// waitSend waits for the n-th send of the test to end and for its trace to have those steps, and returns the trace.
func waitSend(t *testing.T, c *testcluster.Cluster, n int, steps ...string) (trace spans) {
	t.Helper()
	c.Recorder.WaitFor(t, "the send's trace", func(all []sdktrace.ReadOnlySpan) bool {
		sends := spans(all).of("producer.send")
		if len(sends) < n {
			return false
		}
		id := sends[n-1].SpanContext().TraceID()
		trace = slices.DeleteFunc(slices.Clone(all), func(s sdktrace.ReadOnlySpan) bool { return s.SpanContext().TraceID() != id })
		return !slices.ContainsFunc(steps, func(step string) bool { return len(trace.of(step)) == 0 })
	})
	return trace
}

// The span of a message's request, on both sides.
const (
	clientSend = "remoting.client.SEND_MESSAGE_V2"
	serverSend = "remoting.server.SEND_MESSAGE_V2"
)

// call asks over a client of the test's own and returns the answer, whatever its code.
func call(t *testing.T, rc *remoting.Client, addr string, req *protocol.RemotingCommand) *protocol.RemotingCommand {
	t.Helper()
	resp, err := rc.InvokeSync(within(t, patience), addr, req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// newClient is a bare remoting client, which stops with the test.
func newClient(t *testing.T, cfg remoting.ClientConfig) *remoting.Client {
	rc := remoting.NewClient(cfg)
	t.Cleanup(rc.Shutdown)
	return rc
}

// maxOffset is how many messages a broker has in a queue.
func maxOffset(t *testing.T, rc *remoting.Client, addr string, queue int32) int64 {
	t.Helper()
	resp := call(t, rc, addr, protocol.NewRequest(protocol.GetMaxOffset, &header.GetMaxOffsetRequestHeader{Topic: topic, QueueID: queue}))
	var h header.GetMaxOffsetResponseHeader
	if err := resp.DecodeHeader(&h); err != nil {
		t.Fatal(err)
	}
	return h.Offset
}

// waitOffset waits until a queue's messages up to n can be consumed: that is a moment after they are stored.
func waitOffset(t *testing.T, rc *remoting.Client, addr string, queue int32, n int64) {
	t.Helper()
	for deadline := time.Now().Add(patience); maxOffset(t, rc, addr, queue) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: queue %d has %d messages, want %d", addr, queue, maxOffset(t, rc, addr, queue), n)
		}
	}
}

// routeRequest asks a name server for the topic.
func routeRequest() *protocol.RemotingCommand {
	return protocol.NewRequest(protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: topic, AcceptStandardJSONOnly: true})
}

// ghost is a registration of a broker that exists in name only.
func ghost(name, addr string, id int64, topics ...string) *protocol.RemotingCommand {
	var b body.RegisterBrokerBody
	b.TopicConfigSerializeWrapper.TopicConfigTable = map[string]body.TopicConfig{}
	for _, tp := range append(topics, name) { // two at least: a first registration with a single topic counts as partial
		b.TopicConfigSerializeWrapper.TopicConfigTable[tp] = body.TopicConfig{TopicName: tp, ReadQueueNums: 4, WriteQueueNums: 2, Perm: 6}
	}
	b.FilterServerList = []string{addr + "0"}
	req := protocol.NewRequest(protocol.RegisterBroker, &header.RegisterBrokerRequestHeader{
		BrokerName: name, BrokerAddr: addr, ClusterName: "Ghosts", HAServerAddr: addr, BrokerID: id,
	})
	req.Body = b.Encode()
	return req
}

// register registers a ghost and wants it accepted.
func register(t *testing.T, rc *remoting.Client, addr string, req *protocol.RemotingCommand) {
	t.Helper()
	if resp := call(t, rc, addr, req); resp.Code != int32(protocol.Success) {
		t.Fatalf("%v %s", protocol.ResponseCode(resp.Code), resp.Remark)
	}
}

// goroutines counts those of this process that have a function on their stack, given by some of its name.
func goroutines(function string) int {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	n := 0
	for _, g := range strings.Split(string(buf), "\n\n") {
		stack, _, _ := strings.Cut(g, "\ncreated by ")
		if strings.Contains(stack, function) {
			n++
		}
	}
	return n
}

// wantIs wants an error of a kind.
func wantIs(t *testing.T, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("%v, want %v", err, kind)
	}
}
