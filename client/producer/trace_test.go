package producer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/client/internal/latency"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/spantest"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
)

// traced runs do with a traced producer and returns the spans that ended meanwhile.
func traced(t *testing.T, do func(t *testing.T, f *fixture), opts ...producer.Option) (spans []sdktrace.ReadOnlySpan) {
	t.Helper()
	recorded, provider := recorder()
	run(t, func(t *testing.T, f *fixture) {
		recorded.Reset()
		do(t, f)
		synctest.Wait()
		spans = spantest.Started(t, recorded)
	}, append(opts, client.WithTracerProvider(provider))...)
	return spans
}

func TestTreeColdSend(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture) {
		if _, err := f.Send(t.Context(), hello()); err != nil {
			t.Fatal(err)
		}
	})
	spantest.ExpectOutline(t, spans, "send TopicTest", `
send TopicTest [producer]
  tryToFindTopicPublishInfo
    updateTopicRouteInfoFromNameServer
      GET_ROUTEINFO_BY_TOPIC [client]
  selectOneMessageQueue
  sendKernelImpl
    findBrokerAddressInPublish
    sendMessageSync
      SEND_MESSAGE_V2 [client]
    processSendResponse
    updateFaultItem
`)
}

func TestTreeWarmSend(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture) {
		if _, err := f.Send(t.Context(), message.New(topic, []byte(strings.Repeat("plume ", 1000)))); err != nil {
			t.Fatal(err)
		}
	}, producer.WithTopics(topic))
	spantest.ExpectOutline(t, spans, "send TopicTest", `
send TopicTest [producer]
  tryToFindTopicPublishInfo
  selectOneMessageQueue
  sendKernelImpl
    findBrokerAddressInPublish
    tryToCompressMessage
    sendMessageSync
      SEND_MESSAGE_V2 [client]
    processSendResponse
    updateFaultItem
`)
}

func TestTreeUnknownTopic(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture) {
		f.AddTopic("TBW102", 8, "broker-a")
		if _, err := f.Send(t.Context(), message.New("Unknown", []byte("x"))); err != nil {
			t.Fatal(err)
		}
	})
	spantest.ExpectOutline(t, spans, "send Unknown", `
send Unknown [producer]
  tryToFindTopicPublishInfo
    updateTopicRouteInfoFromNameServer !TOPIC_NOT_EXIST
      GET_ROUTEINFO_BY_TOPIC [client]
    updateTopicRouteInfoFromNameServer
      GET_ROUTEINFO_BY_TOPIC [client]
  selectOneMessageQueue
  sendKernelImpl
    findBrokerAddressInPublish
    sendMessageSync
      SEND_MESSAGE_V2 [client]
    processSendResponse
    updateFaultItem
`)
	var defaults []string
	for _, s := range spans {
		if s.Name() == "updateTopicRouteInfoFromNameServer" {
			defaults = append(defaults, spantest.Attr(s, "rocketmq.route.default_topic"))
		}
	}
	if !slices.Equal(defaults, []string{"false", "true"}) {
		t.Errorf("rocketmq.route.default_topic %v", defaults)
	}
}

func TestTreeRetry(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture) {
		f.both(clustertest.Refused(protocol.SystemBusy, "full"))
		if _, err := f.Send(t.Context(), hello()); err == nil {
			t.Fatal("stored")
		}
	}, producer.WithTopics(topic), producer.WithRetryTimes(1))
	spantest.ExpectOutline(t, spans, "send TopicTest", `
send TopicTest [producer] !SYSTEM_BUSY
  tryToFindTopicPublishInfo
  selectOneMessageQueue
  sendKernelImpl !SYSTEM_BUSY
    findBrokerAddressInPublish
    sendMessageSync
      SEND_MESSAGE_V2 [client] !SYSTEM_BUSY
    processSendResponse !SYSTEM_BUSY
    updateFaultItem
  selectOneMessageQueue
  sendKernelImpl !SYSTEM_BUSY
    findBrokerAddressInPublish
    sendMessageSync
      SEND_MESSAGE_V2 [client] !SYSTEM_BUSY
    processSendResponse !SYSTEM_BUSY
    updateFaultItem
`)
	if n := spantest.Attr(spantest.Find(t, spans, "send TopicTest"), "rocketmq.attempts"); n != "2" {
		t.Errorf("rocketmq.attempts %s", n)
	}
}

func TestTreeAsync(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture) {
		if o := sendAsync(t.Context(), f, hello()); o.err != nil {
			t.Fatal(o.err)
		}
	}, producer.WithTopics(topic))
	spantest.ExpectOutline(t, spans, "send TopicTest", `
send TopicTest [producer]
  tryToFindTopicPublishInfo
  selectOneMessageQueue
  sendKernelImpl
    findBrokerAddressInPublish
    sendMessageAsync
      SEND_MESSAGE_V2 [client]
    processSendResponse
    updateFaultItem
`)
	send := spantest.Find(t, spans, "send TopicTest")
	if !slices.ContainsFunc(send.Events(), func(e sdktrace.Event) bool { return e.Name == "send.returned" }) {
		t.Errorf("events %v", send.Events())
	}
	if spantest.Attr(send, "rocketmq.send.status") != "SEND_OK" || spantest.Attr(send, "rocketmq.communication_mode") != "async" {
		t.Errorf("attributes %v", send.Attributes())
	}
}

func TestTreeAsyncRetry(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture) {
		f.both(clustertest.Refused(protocol.SystemBusy, "full"))
		if o := sendAsync(t.Context(), f, hello()); o.err == nil {
			t.Fatal("stored")
		}
	}, producer.WithTopics(topic), producer.WithRetryTimesAsync(1))
	got := spantest.Outline(spans, "send TopicTest")
	if n := strings.Count(got, "\n  sendKernelImpl !SYSTEM_BUSY\n"); n != 2 {
		t.Errorf("%d attempts beside each other:\n%s", n, got)
	}
}

func TestTreeOneway(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture) {
		if err := f.SendOneway(t.Context(), hello()); err != nil {
			t.Fatal(err)
		}
	}, producer.WithTopics(topic))
	spantest.ExpectOutline(t, spans, "send TopicTest", `
send TopicTest [producer]
  tryToFindTopicPublishInfo
  selectOneMessageQueue
  sendKernelImpl
    findBrokerAddressInPublish
    sendMessageOneway
      SEND_MESSAGE_V2 [client]
    updateFaultItem
`)
}

func TestTreeControl(t *testing.T) {
	recorded, provider := recorder()
	run(t, func(t *testing.T, f *fixture) {
		time.Sleep(1100 * time.Millisecond)
	}, client.WithTracerProvider(provider), producer.WithTopics(topic))
	var spans []sdktrace.ReadOnlySpan
	for _, s := range recorded.Started() {
		spans = append(spans, s)
	}
	spantest.ExpectOutline(t, spans, "producer.start", `
producer.start
  instance.start
  tryToFindTopicPublishInfo
    updateTopicRouteInfoFromNameServer
      GET_ROUTEINFO_BY_TOPIC [client]
  sendHeartbeatToAllBroker
    HEART_BEAT [client]
    HEART_BEAT [client]
`)
	spantest.ExpectOutline(t, spans, "pollNameServer", `
pollNameServer
  updateTopicRouteInfoFromNameServer
    GET_ROUTEINFO_BY_TOPIC [client]
`)
	spantest.ExpectOutline(t, spans, "producer.shutdown", `
producer.shutdown
  unregisterClient
    UNREGISTER_CLIENT [client]
    UNREGISTER_CLIENT [client]
`)
}

func TestSendSpanAttributes(t *testing.T) {
	var res *producer.SendResult
	var addr string
	spans := traced(t, func(t *testing.T, f *fixture) {
		msg := hello()
		msg.SetTags("TagA")
		msg.SetKeys("secret")
		var err error
		if res, err = f.Send(t.Context(), msg); err != nil {
			t.Fatal(err)
		}
		addr = f.Broker(res.MessageQueue.BrokerName).Addr()
	})
	send := spantest.Find(t, spans, "send TopicTest")
	for key, want := range map[string]string{
		"rocketmq.step": "producer.send", "code.function.name": "github.com/plumemq/plume/client/producer.(*Producer).sendDefaultImpl",
		"messaging.system": "rocketmq", "messaging.operation.name": "send", "messaging.operation.type": "send",
		"messaging.destination.name": topic, "messaging.rocketmq.namespace": "", "rocketmq.communication_mode": "sync",
		"rocketmq.producer.group": "group", "messaging.rocketmq.message.type": "normal", "messaging.rocketmq.message.tag": "TagA",
		"messaging.message.id": res.MsgID, "messaging.destination.partition.id": fmt.Sprint(res.MessageQueue.QueueID),
		"rocketmq.send.status": "SEND_OK", "rocketmq.queue.offset": "0", "rocketmq.attempts": "1",
		"server.address": strings.Split(addr, ":")[0], "server.port": strings.Split(addr, ":")[1],
	} {
		if got := spantest.Attr(send, key); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	for _, s := range spans {
		for _, kv := range s.Attributes() {
			if strings.Contains(kv.Value.String(), "secret") {
				t.Errorf("%s: %s leaks a key", s.Name(), kv.Key)
			}
		}
	}
}

func TestTraceContextTravelsInTheMessage(t *testing.T) {
	run := func(msg *message.Message, opts ...producer.Option) (sdktrace.ReadOnlySpan, message.Properties) {
		var properties message.Properties
		spans := traced(t, func(t *testing.T, f *fixture) {
			res, err := f.Send(t.Context(), msg)
			if err != nil {
				t.Fatal(err)
			}
			properties = message.ParseProperties(f.Broker(res.MessageQueue.BrokerName).Sent()[0].Properties)
		}, opts...)
		return spantest.Find(t, spans, "send TopicTest"), properties
	}
	send, properties := run(hello())
	want := fmt.Sprintf("00-%s-%s-01", send.SpanContext().TraceID(), send.SpanContext().SpanID())
	if properties.Get("traceparent") != want || properties.Get("TRACE_CONTEXT") != want {
		t.Errorf("properties %v, want %s", properties, want)
	}

	const users = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	own := hello()
	own.SetProperty("traceparent", users)
	send, properties = run(own)
	if properties.Get("traceparent") != users || properties.Get("TRACE_CONTEXT") != "" {
		t.Errorf("the user's context was replaced: %v", properties)
	}
	if len(send.Links()) != 1 || send.Links()[0].SpanContext.SpanID().String() != "b7ad6b7169203331" {
		t.Errorf("links %v", send.Links())
	}

	if _, properties = run(hello(), producer.WithTraceInMessage(false)); properties.Get("traceparent") != "" {
		t.Errorf("switched off: %v", properties)
	}
}

// A message that is not traced is stored as Apache's client would have it stored; only the connection tells the broker not to trace it either.
func TestUnsampledSendsLeaveNoTrace(t *testing.T) {
	provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))
	run(t, func(t *testing.T, f *fixture) {
		res, err := f.Send(t.Context(), hello())
		if err != nil {
			t.Fatal(err)
		}
		broker := f.Broker(res.MessageQueue.BrokerName)
		s := broker.Sent()[0]
		if strings.Contains(s.Properties, "traceparent") || len(s.Ext.Get("traceparent")) > len("00") || broker.Refusals() == 0 {
			t.Errorf("properties %q, ext fields %v, %d refusals", s.Properties, s.Ext, broker.Refusals())
		}
	}, client.WithTracerProvider(provider))
}

// Every step that was seen to run is where its Op says.
func TestStepsAreWhereTheySay(t *testing.T) {
	recorded, provider := recorder()
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic("TBW102", 8, "broker-a")
		for _, msg := range []*message.Message{hello(), message.New("Unknown", make([]byte, 5000))} {
			if _, err := f.Send(t.Context(), msg); err != nil {
				t.Fatal(err)
			}
			if err := f.SendOneway(t.Context(), msg); err != nil {
				t.Fatal(err)
			}
			sendAsync(t.Context(), f, msg)
		}
	}, client.WithTracerProvider(provider), producer.WithTopics(topic))
	if len(recorded.Ended()) == 0 {
		t.Fatal("no spans")
	}
	for _, ops := range [][]*observ.Op{producer.Steps(), instance.Steps(), api.Steps(), latency.Steps()} {
		for _, op := range ops {
			loc, seen := op.Located()
			if !seen {
				t.Errorf("%s was never seen", op.ID)
			} else if got := strings.TrimPrefix(loc.Function, "github.com/plumemq/plume/"); got != op.Func {
				t.Errorf("%s runs in %s, not in %s", op.ID, got, op.Func)
			}
		}
	}
}
