package consumer_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
)

// tree renders the spans below the first root of that name, one a line, indented, in the order of their start; remoting's own are
// left to its own tests, but for the RPCs.
func tree(spans []sdktrace.ReadOnlySpan, root string) string {
	var out strings.Builder
	var walk func(parent trace.SpanID, depth int)
	line := func(s sdktrace.ReadOnlySpan, depth int) {
		kind := ""
		if s.SpanKind() != trace.SpanKindInternal {
			kind = " [" + s.SpanKind().String() + "]"
		}
		if t := attr(s, "error.type"); t != "" {
			kind += " !" + t
		}
		fmt.Fprintf(&out, "%s%s%s\n", strings.Repeat("  ", depth), s.Name(), kind)
	}
	walk = func(parent trace.SpanID, depth int) {
		for _, s := range spans {
			if s.Parent().SpanID() != parent || !parent.IsValid() {
				continue
			}
			if step := attr(s, "rocketmq.step"); strings.HasPrefix(step, "remoting.") && s.SpanKind() == trace.SpanKindInternal {
				walk(s.SpanContext().SpanID(), depth)
				continue
			}
			line(s, depth)
			walk(s.SpanContext().SpanID(), depth+1)
		}
	}
	for _, s := range spans {
		if s.Name() == root {
			line(s, 0)
			walk(s.SpanContext().SpanID(), 1)
			break
		}
	}
	return out.String()
}

func attr(s sdktrace.ReadOnlySpan, key string) string {
	for _, kv := range s.Attributes() {
		if kv.Key == attribute.Key(key) {
			return kv.Value.String()
		}
	}
	return ""
}

// traced runs a test with the option that records spans, and returns all that started, in the order of their start. All must have
// ended with the consumer.
func traced(t *testing.T, test func(t *testing.T, f *fixture, recorded consumer.Option)) (spans []sdktrace.ReadOnlySpan) {
	t.Helper()
	r := tracetest.NewSpanRecorder()
	run(t, func(t *testing.T, f *fixture) {
		test(t, f, client.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r))))
	})
	for _, s := range r.Started() {
		if s.EndTime().IsZero() {
			t.Errorf("span %s has not ended", s.Name())
		}
		spans = append(spans, s)
	}
	return spans
}

func named(spans []sdktrace.ReadOnlySpan, name string) (found []sdktrace.ReadOnlySpan) {
	for _, s := range spans {
		if s.Name() == name {
			found = append(found, s)
		}
	}
	return found
}

func find(t *testing.T, spans []sdktrace.ReadOnlySpan, name string) sdktrace.ReadOnlySpan {
	t.Helper()
	found := named(spans, name)
	if len(found) == 0 {
		t.Fatalf("no span %s", name)
	}
	return found[0]
}

func expectTree(t *testing.T, spans []sdktrace.ReadOnlySpan, root, want string) {
	t.Helper()
	if got := tree(spans, root); got != strings.TrimLeft(want, "\n") {
		t.Errorf("tree of %s:\n%s\nwant:\n%s", root, got, want)
	}
}

// sentBy is a message with the trace context of a send.
func sentBy(body, traceparent string) message.Record {
	var p message.Properties
	p.Set("traceparent", traceparent)
	return message.Record{Body: []byte(body), Properties: p.String()}
}

const (
	sender = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	other  = "00-11111111111111111111111111111111-2222222222222222-01"
)

func TestTreesOfALife(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture, recorded consumer.Option) {
		c := f.start(t, nothing, recorded)
		f.shelf.Put(topic, 0, letters("x")...)
		settle(10 * time.Second)
		f.shelf.Put(topic, 0, letters("y")...)
		settle(time.Second)
		stop(t, c)
	})
	expectTree(t, spans, "consumer.start", `
consumer.start
  instance.start
  updateTopicRouteInfoFromNameServer
    GET_ROUTEINFO_BY_TOPIC [client]
  updateTopicRouteInfoFromNameServer
    GET_ROUTEINFO_BY_TOPIC [client]
  sendHeartbeatToAllBroker
    HEART_BEAT [client]
`)
	expectTree(t, spans, "rebalanceByTopic", `
rebalanceByTopic
  GET_CONSUMER_LIST_BY_GROUP [client]
  allocate
  computePullFromWhere
    findBrokerAddressInPublish
    QUERY_CONSUMER_OFFSET [client]
`)
	expectTree(t, spans, "pull TopicTest", `
pull TopicTest [client]
  PULL_MESSAGE [client]
`)
	expectTree(t, spans, "process TopicTest", `
process TopicTest [consumer]
  consumeMessage
  processConsumeResult
`)
	expectTree(t, spans, "commit TopicTest", `
commit TopicTest [client]
  findBrokerAddressInPublish
  UPDATE_CONSUMER_OFFSET [client]
`)
	expectTree(t, spans, "consumer.shutdown", `
consumer.shutdown
  commit TopicTest [client]
    findBrokerAddressInPublish
    UPDATE_CONSUMER_OFFSET [client]
  unregisterClient
    UNREGISTER_CLIENT [client]
`)
	for _, s := range named(spans, "pull TopicTest") {
		if s.Parent().IsValid() {
			t.Errorf("a pull has the parent %v", s.Parent().SpanID())
		}
		if idle := attr(s, "rocketmq.idle"); idle != fmt.Sprint(attr(s, "rocketmq.pull.status") != "FOUND") && attr(s, "error.type") == "" {
			t.Errorf("pull: idle %s, status %s", idle, attr(s, "rocketmq.pull.status"))
		}
	}
}

func TestTreeRetry(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture, recorded consumer.Option) {
		f.shelf.Put(topic, 0, letters("x")...)
		f.start(t, func(context.Context, []*message.MessageExt) error { return errHandler }, recorded, consumer.ConsumeFromFirst())
	})
	expectTree(t, spans, "process TopicTest", `
process TopicTest [consumer] !errors.errorString
  consumeMessage !errors.errorString
  processConsumeResult
    nack TopicTest [client]
      findBrokerAddressInPublish
      CONSUMER_SEND_MSG_BACK [client]
`)
}

func TestTreeFallback(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture, recorded consumer.Option) {
		f.broker.Script(protocol.ConsumerSendMsgBack, clustertest.Refuse(protocol.SystemError, "no"))
		f.shelf.Put(topic, 0, sentBy("x", sender))
		f.start(t, func(context.Context, []*message.MessageExt) error { return errHandler }, recorded, consumer.ConsumeFromFirst())
	})
	got := tree(spans, "process TopicTest")
	for _, want := range []string{
		"    nack TopicTest [client]\n", "      CONSUMER_SEND_MSG_BACK [client] !SYSTEM_ERROR\n", "      send %RETRY%group [client]\n",
		"SEND_MESSAGE_V2 [client]\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestTreeStuck(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture, recorded consumer.Option) {
		f.shelf.Put(topic, 0, letters("x")...)
		f.start(t, func(context.Context, []*message.MessageExt) error { time.Sleep(3 * time.Minute); return nil },
			recorded, consumer.ConsumeFromFirst(), consumer.WithConsumeTimeout(time.Minute))
		settle(4 * time.Minute)
	})
	expectTree(t, spans, "cleanExpiredMsg", `
cleanExpiredMsg
  nack TopicTest [client]
    findBrokerAddressInPublish
    CONSUMER_SEND_MSG_BACK [client]
`)
}

func TestTreeAnswers(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture, recorded consumer.Option) {
		f.start(t, nothing, recorded, client.WithInstanceName("1"))
		f.start(t, nothing, recorded, client.WithInstanceName("2")) // the first is told
	})
	if len(named(spans, "processRequest")) == 0 {
		t.Error("no span of the broker's notice")
	}
	if n := len(named(spans, "rebalanceByTopic")); n < 6 {
		t.Errorf("%d spans of rebalancing", n)
	}
}

func TestProcessSpan(t *testing.T) {
	var id string
	spans := traced(t, func(t *testing.T, f *fixture, recorded consumer.Option) {
		f.shelf.Put(topic, 0, sentBy("secret", sender))
		in := inbox{}
		handler := func(ctx context.Context, msgs []*message.MessageExt) error {
			if sc := trace.SpanContextFromContext(ctx); sc.TraceID().String() != sender[3:35] {
				t.Errorf("the handler's context has trace %s", sc.TraceID())
			}
			return in.handle(ctx, msgs)
		}
		f.start(t, handler, recorded, consumer.ConsumeFromFirst())
		id = in.last.MsgID
	})
	pull, process := find(t, spans, "pull TopicTest"), find(t, spans, "process TopicTest")
	if process.SpanContext().TraceID().String() != sender[3:35] || process.Parent().SpanID().String() != sender[36:52] {
		t.Errorf("parent %v", process.Parent())
	}
	if links := linksOf(process); links != sender[36:52]+" "+pull.SpanContext().SpanID().String() &&
		links != pull.SpanContext().SpanID().String()+" "+sender[36:52] {
		t.Errorf("links %s", links)
	}
	if links := linksOf(pull); links != sender[36:52] {
		t.Errorf("the pull's links %s", links)
	}
	for key, want := range map[string]string{
		"rocketmq.step": "consumer.process", "messaging.system": "rocketmq", "messaging.operation.name": "process",
		"messaging.operation.type": "process", "messaging.destination.name": topic, "messaging.consumer.group.name": group,
		"messaging.rocketmq.consumption_model": "clustering", "messaging.message.id": id, "messaging.destination.partition.id": "0",
		"messaging.message.body.size": "6", "rocketmq.queue.offset": "0", "rocketmq.reconsume_times": "0", "rocketmq.broker.name": "broker-a",
		"rocketmq.queue.wait_ms": "0",
	} {
		if got := attr(process, key); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	for key, want := range map[string]string{
		"messaging.operation.name": "pull", "messaging.operation.type": "receive", "messaging.batch.message_count": "1",
		"rocketmq.pull.status": "FOUND", "rocketmq.idle": "false",
	} {
		if got := attr(pull, key); got != want {
			t.Errorf("pull: %s = %q, want %q", key, got, want)
		}
	}
	for _, s := range spans {
		for _, kv := range s.Attributes() {
			if strings.Contains(kv.Value.String(), "secret") {
				t.Errorf("%s: %s leaks the body", s.Name(), kv.Key)
			}
		}
	}
}

func linksOf(s sdktrace.ReadOnlySpan) string {
	var ids []string
	for _, l := range s.Links() {
		ids = append(ids, l.SpanContext.SpanID().String())
	}
	return strings.Join(ids, " ")
}

func TestProcessSpanThatOnlyLinks(t *testing.T) {
	for name, opt := range map[string]consumer.Option{"batch": consumer.WithBatchMaxSize(2), "asked for": consumer.WithLinkedProcess()} {
		t.Run(name, func(t *testing.T) {
			spans := traced(t, func(t *testing.T, f *fixture, recorded consumer.Option) {
				f.shelf.Put(topic, 0, sentBy("x", sender), sentBy("y", other))
				f.start(t, nothing, recorded, consumer.ConsumeFromFirst(), opt)
			})
			processes := named(spans, "process TopicTest")
			links := ""
			for _, p := range processes {
				if p.Parent().IsValid() {
					t.Errorf("parent %v", p.Parent().SpanID())
				}
				links += linksOf(p) + " "
			}
			if !strings.Contains(links, sender[36:52]) || !strings.Contains(links, other[36:52]) {
				t.Errorf("links %s", links)
			}
			if name == "batch" && (len(processes) != 1 || attr(processes[0], "messaging.batch.message_count") != "2") {
				t.Errorf("%d spans", len(processes))
			}
		})
	}
}

func TestDetailSemconvLeavesStepsOut(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture, recorded consumer.Option) {
		f.shelf.Put(topic, 0, letters("x")...)
		f.start(t, nothing, recorded, consumer.ConsumeFromFirst(), client.WithTraceDetail(client.DetailSemconv))
	})
	expectTree(t, spans, "process TopicTest", "process TopicTest [consumer]\n")
	if len(named(spans, "rebalanceByTopic")) != 0 {
		t.Error("steps at detail semconv")
	}
}

// Every step was seen to run, and is where its Op says.
func TestStepsAreWhereTheySay(t *testing.T) {
	traced(t, func(t *testing.T, f *fixture, recorded consumer.Option) {
		f.shelf.Put(topic, 0, letters("x", "stuck")...)
		in := inbox{answer: func(_ int, m *message.MessageExt) error {
			if string(m.Body) == "stuck" {
				time.Sleep(2 * time.Minute)
			}
			return errHandler
		}}
		f.start(t, in.handle, recorded, consumer.ConsumeFromFirst(), consumer.WithConsumeTimeout(30*time.Second))
		settle(3 * time.Minute)
	})
	for _, op := range consumer.Steps() {
		loc, seen := op.Located()
		if !seen {
			t.Errorf("%s was never seen", op.ID)
		} else if got := strings.TrimPrefix(loc.Function, "github.com/plumemq/plume/"); got != op.Func {
			t.Errorf("%s runs in %s, not in %s", op.ID, got, op.Func)
		}
	}
}
