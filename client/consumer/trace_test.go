package consumer_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/internal/spantest"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
)

// traced runs a test with the option that records spans, and returns all that started, in the order of their start. All must have
// ended with the consumer.
func traced(t *testing.T, test func(t *testing.T, f *fixture, recorded consumer.Option)) []sdktrace.ReadOnlySpan {
	t.Helper()
	r := tracetest.NewSpanRecorder()
	run(t, func(t *testing.T, f *fixture) {
		test(t, f, client.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r))))
	})
	return spantest.Started(t, r)
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
	spantest.ExpectOutline(t, spans, "consumer.start", `
consumer.start
  instance.start
  updateTopicRouteInfoFromNameServer
    GET_ROUTEINFO_BY_TOPIC [client]
  updateTopicRouteInfoFromNameServer
    GET_ROUTEINFO_BY_TOPIC [client]
  sendHeartbeatToAllBroker
    HEART_BEAT [client]
`)
	spantest.ExpectOutline(t, spans, "rebalanceByTopic", `
rebalanceByTopic
  GET_CONSUMER_LIST_BY_GROUP [client]
  allocate
  computePullFromWhere
    findBrokerAddressInPublish
    QUERY_CONSUMER_OFFSET [client]
`)
	spantest.ExpectOutline(t, spans, "pull TopicTest", `
pull TopicTest [client]
  PULL_MESSAGE [client]
`)
	spantest.ExpectOutline(t, spans, "process TopicTest", `
process TopicTest [consumer]
  consumeMessage
  processConsumeResult
`)
	spantest.ExpectOutline(t, spans, "commit TopicTest", `
commit TopicTest [client]
  findBrokerAddressInPublish
  UPDATE_CONSUMER_OFFSET [client]
`)
	spantest.ExpectOutline(t, spans, "consumer.shutdown", `
consumer.shutdown
  commit TopicTest [client]
    findBrokerAddressInPublish
    UPDATE_CONSUMER_OFFSET [client]
  unregisterClient
    UNREGISTER_CLIENT [client]
`)
	for _, s := range spantest.Named(spans, "pull TopicTest") {
		if s.Parent().IsValid() {
			t.Errorf("a pull has the parent %v", s.Parent().SpanID())
		}
		if idle := spantest.Attr(s, "rocketmq.idle"); idle != fmt.Sprint(spantest.Attr(s, "rocketmq.pull.status") != "FOUND") && spantest.Attr(s, "error.type") == "" {
			t.Errorf("pull: idle %s, status %s", idle, spantest.Attr(s, "rocketmq.pull.status"))
		}
	}
}

func TestTreeRetry(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture, recorded consumer.Option) {
		f.shelf.Put(topic, 0, letters("x")...)
		f.start(t, func(context.Context, []*message.MessageExt) error { return errHandler }, recorded, consumer.ConsumeFromFirst())
	})
	spantest.ExpectOutline(t, spans, "process TopicTest", `
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
	got := spantest.Outline(spans, "process TopicTest")
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
	spantest.ExpectOutline(t, spans, "cleanExpiredMsg", `
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
	if len(spantest.Named(spans, "processRequest")) == 0 {
		t.Error("no span of the broker's notice")
	}
	if n := len(spantest.Named(spans, "rebalanceByTopic")); n < 6 {
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
	pull, process := spantest.Find(t, spans, "pull TopicTest"), spantest.Find(t, spans, "process TopicTest")
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
		if got := spantest.Attr(process, key); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	for key, want := range map[string]string{
		"messaging.operation.name": "pull", "messaging.operation.type": "receive", "messaging.batch.message_count": "1",
		"rocketmq.pull.status": "FOUND", "rocketmq.idle": "false",
	} {
		if got := spantest.Attr(pull, key); got != want {
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
			processes := spantest.Named(spans, "process TopicTest")
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
			if name == "batch" && (len(processes) != 1 || spantest.Attr(processes[0], "messaging.batch.message_count") != "2") {
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
	spantest.ExpectOutline(t, spans, "process TopicTest", "process TopicTest [consumer]\n")
	if len(spantest.Named(spans, "rebalanceByTopic")) != 0 {
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
