package story_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/internal/site/story"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/tracestore/tracetest"
	"github.com/plumemq/plume/internal/walkthrough"
)

// tell tells the first trace of text.
func tell(t *testing.T, text string) (headline string, sentences []story.Sentence) {
	t.Helper()
	spans, err := tracetest.Parse(text, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	store := tracestore.New(tracestore.Config{})
	store.Add(spans)
	id := spans[0].TraceID
	trace, _ := store.Trace(id)
	return story.Headline(trace, walkthrough.EN), story.Tell(trace, store.LinkedFrom(id), walkthrough.EN)
}

func texts(sentences []story.Sentence) string {
	var lines []string
	for _, s := range sentences {
		line := s.Text
		if s.Aside {
			line = "(" + line + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestAColdSend(t *testing.T) {
	headline, sentences := tell(t, tracetest.ColdSend)
	want := "`demo-producer` sent a message to topic `TopicTest`. The mode is sync: the caller waits for the broker's answer.\n" +
		"The route was not cached, so the producer had to ask the name server where the topic lives.\n" +
		"`namesrv` answered from tables that it keeps in memory: which brokers hold the topic, with how many queues, at which addresses (90 µs).\n" +
		"Round robin over all queues chose queue 3 on `broker-a`.\n" +
		"Its address, `127.0.0.1:10911`, came out of the client's own table: no request was needed.\n" +
		"There was no connection to that address yet: it was dialled now, and stays (900 µs).\n" +
		"`SEND_MESSAGE_V2` went over the wire: 3.2 ms there and back, of which `broker-a` worked 1.9 ms.\n" +
		"On `broker-a`, the request code led to `SendMessageProcessor`, on a pool of its own.\n" +
		"The message was appended to the commit log, one file for all topics, in 900 µs.\n" +
		"Flushing is asynchronous: the answer did not wait for the disk.\n" +
		"(Meanwhile, in a trace of its own, the reput service of `broker-a` read the new record back from the commit log.)\n" +
		"(It wrote a 20-byte entry to the consume queue (300 µs): only now can a consumer find the message.)\n" +
		"(And it woke the pull requests that were waiting for this queue.)\n" +
		"Back in the producer, the answer became a send result: message id, queue and offset.\n" +
		"Consumer group `demo-group` received it and its handler was done in 700 µs. The trace came along inside the message, over the broker's disk."
	if diff := cmp.Diff(want, texts(sentences)); diff != "" {
		t.Errorf("the story (-want +got):\n%s", diff)
	}
	if want := "A sync send in 7.9 ms. Asking the name server took 29 % of it; the next send will not have to. It reached a consumer 9.1 ms after the send began."; headline != want {
		t.Errorf("headline: %s", headline)
	}
}

// Under load a message shares its dispatch with others.
func TestASharedDispatch(t *testing.T) {
	for count, want := range map[string]string{
		"1": "(Meanwhile, in a trace of its own, the reput service of `broker-a` read the new record back from the commit log.)\n(It wrote a 20-byte entry to the consume queue (300 µs)",
		"2": "read the new record and 1 other back from the commit log.)\n(It wrote a 20-byte entry for each to its consume queue (300 µs for all)",
		"9": "read the new record and 8 others back from the commit log.)",
	} {
		counted := " messaging.batch.message_count=" + count
		trace := strings.NewReplacer("=store.doReput", "=store.doReput"+counted, "=store.buildConsumeQueue", "=store.buildConsumeQueue"+counted).Replace(tracetest.ColdSend)
		if _, sentences := tell(t, trace); !strings.Contains(texts(sentences), want) {
			t.Errorf("%s messages: %q is missing in:\n%s", count, want, texts(sentences))
		}
	}
}

func TestAWarmSendSaysThatNobodyWasAsked(t *testing.T) {
	headline, sentences := tell(t, tracetest.WarmSend)
	if got := texts(sentences); !strings.Contains(got, "already in the producer's table") {
		t.Error(got)
	}
	if !strings.Contains(headline, "The name server was not needed.") {
		t.Error(headline)
	}
}

const unknownTopic = `p | send New | producer | 0+9000 | rocketmq.step=producer.send rocketmq.communication_mode=sync messaging.destination.name=New
  p | tryToFindTopicPublishInfo | internal | 10+2000 | rocketmq.step=producer.tryToFindTopicPublishInfo
    p | updateTopicRouteInfoFromNameServer | internal | 20+900 | rocketmq.step=instance.updateTopicRouteInfoFromNameServer rocketmq.route.default_topic=false error
      p | GET_ROUTEINFO_BY_TOPIC | client | 30+800 | rocketmq.step=remoting.client.GET_ROUTEINFO_BY_TOPIC rpc.response.status_code=TOPIC_NOT_EXIST
        n | pickupTopicRouteData | internal | 100+5 | rocketmq.step=namesrv.pickupTopicRouteData
    p | updateTopicRouteInfoFromNameServer | internal | 1000+900 | rocketmq.step=instance.updateTopicRouteInfoFromNameServer rocketmq.route.default_topic=true
  p | sendKernelImpl | internal | 2100+6000 | rocketmq.step=producer.sendKernelImpl rocketmq.attempt=0
    b | registerBrokerAll | internal | 3000+1500 | rocketmq.step=outer.registerBrokerAll
`

func TestAnUnknownTopicTellsOfTheTemplate(t *testing.T) {
	_, sentences := tell(t, unknownTopic)
	got := texts(sentences)
	last := -1
	for _, want := range []string{
		"looked into its tables in memory and found no such topic", "So its answer was `TOPIC_NOT_EXIST`", "for the default topic `TBW102`",
		"`b` did not have the topic `New` either. It made it",
	} {
		at := strings.Index(got, want)
		if at <= last {
			t.Errorf("%q is missing or too early in:\n%s", want, got)
		}
		last = at
	}
}

const retried = `p | send T | producer | 0+9000 | rocketmq.step=producer.send rocketmq.communication_mode=sync
  p | tryToFindTopicPublishInfo | internal | 10+20 | rocketmq.step=producer.tryToFindTopicPublishInfo
  p | sendKernelImpl | internal | 100+3000 | rocketmq.step=producer.sendKernelImpl rocketmq.attempt=0 error.type=timeout error
  p | selectOneMessageQueue | internal | 3200+20 | rocketmq.step=latency.selectOneMessageQueue rocketmq.lb.last_broker=broker-a rocketmq.queue.id=2 rocketmq.broker.name=broker-b
  p | sendKernelImpl | internal | 3300+3000 | rocketmq.step=producer.sendKernelImpl rocketmq.attempt=1
  c | process T | consumer | 8000+10 | rocketmq.step=consumer.process messaging.consumer.group.name=g error
`

// An attempt whose broker is gone, and one whose connection ends while it waits.
const broken = `p | send T | producer | 0+9000 | rocketmq.step=producer.send rocketmq.communication_mode=sync
  p | tryToFindTopicPublishInfo | internal | 10+20 | rocketmq.step=producer.tryToFindTopicPublishInfo
  p | sendKernelImpl | internal | 100+3000 | rocketmq.step=producer.sendKernelImpl rocketmq.attempt=0 error.type=connect error
    p | findBrokerAddressInPublish | internal | 110+2 | rocketmq.step=instance.findBrokerAddressInPublish server.address=127.0.0.1:1
    p | getAndCreateChannel | internal | 120+200 | rocketmq.step=remoting.getAndCreateChannel rocketmq.channel.reused=false error.type=connect error
  p | sendKernelImpl | internal | 3300+3000 | rocketmq.step=producer.sendKernelImpl rocketmq.attempt=1 error
    p | findBrokerAddressInPublish | internal | 3310+2 | rocketmq.step=instance.findBrokerAddressInPublish server.address=127.0.0.1:2
    p | getAndCreateChannel | internal | 3320+2 | rocketmq.step=remoting.getAndCreateChannel rocketmq.channel.reused=true
    p | SEND_MESSAGE_V2 | client | 3330+200 | rocketmq.step=remoting.client.SEND_MESSAGE_V2 error.type=send_request error
  p | sendKernelImpl | internal | 6600+2000 | rocketmq.step=producer.sendKernelImpl rocketmq.attempt=2
`

// What went wrong is told where it did, and the attempt's end after that.
func TestAttemptsThatFailAreToldInOrder(t *testing.T) {
	_, sentences := tell(t, broken)
	want := `The topic's route was already in the producer's table, so the name server was not asked at all.
Its address, ` + "`127.0.0.1:1`" + `, came out of the client's own table: no request was needed.
There was no connection to that address, and none could be made: ` + "`it failed`" + `.
So this attempt failed, after 3.0 ms. A send may try again, on another broker.
Its address, ` + "`127.0.0.1:2`" + `, came out of the client's own table: no request was needed.
The connection to that address was open already, and is shared by every caller.
The connection ended under ` + "`SEND_MESSAGE_V2`: whoever waits for an answer on it fails at once, long before the time is up: `it failed`" + `.
So this attempt failed, after 3.0 ms. A send may try again, on another broker.
The next attempt (` + "`attempt=2`" + `) took 2.0 ms.`
	_, got, _ := strings.Cut(texts(sentences), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the story (-want +got):\n%s", diff)
	}
	for _, s := range sentences {
		if strings.HasPrefix(s.Text, "So this attempt failed") && !s.Failed {
			t.Errorf("%q is not marked", s.Text)
		}
	}
}

func TestARetryTellsWhatFailedAndWhatWasAvoided(t *testing.T) {
	_, sentences := tell(t, retried)
	got := texts(sentences)
	for _, want := range []string{"Attempt failed after 3.0 ms: `it failed`", "chose queue 2 on `broker-b`, avoiding `broker-a`", "The next attempt (`attempt=1`) took 3.0 ms", "its handler failed"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
}

func TestModesAndFailures(t *testing.T) {
	for _, c := range []struct{ span, want, headline string }{
		{"p | send T | producer | 0+5 | rocketmq.step=producer.send rocketmq.communication_mode=async", "the caller goes on at once", "An async send in 5 µs."},
		{"p | send T | producer | 0+5 | rocketmq.step=producer.send rocketmq.communication_mode=oneway", "neither asked for nor awaited", "A one-way send in 5 µs."},
		{"p | send T | producer | 0+5 | rocketmq.step=producer.send error", "tried to send a message to `T` and failed after 5 µs: `it failed`", "A sync send that failed after 5 µs."},
		{"b | registerBrokerAll | internal | 0+5 | rocketmq.step=outer.registerBrokerAll", "`b` told every name server its address", "1 span in 5 µs, by `b`."},
		{"shop | GET / | server | 0+1500", "`shop` did `GET /` in 1.5 ms.", "1 span in 1.5 ms, by `shop`."},
	} {
		headline, sentences := tell(t, c.span)
		if !strings.Contains(texts(sentences), c.want) || !strings.HasPrefix(headline, c.headline) {
			t.Errorf("%s\n  story: %s\n  headline: %s", c.span, texts(sentences), headline)
		}
	}
}

func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", 40: "40 ns", 41 * time.Microsecond: "41 µs", 8230 * time.Microsecond: "8.2 ms", 250 * time.Millisecond: "250 ms", 1500 * time.Millisecond: "1.50 s", 61 * time.Second: "61 s",
	} {
		if got := story.Took(d); got != want {
			t.Errorf("Took(%v) = %s, want %s", d, got, want)
		}
	}
}

func TestTheStoryInChinese(t *testing.T) {
	for _, text := range []string{tracetest.ColdSend, tracetest.WarmSend, unknownTopic, retried} {
		spans, err := tracetest.Parse(text, time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		store := tracestore.New(tracestore.Config{})
		store.Add(spans)
		trace, _ := store.Trace(spans[0].TraceID)
		told := story.Headline(trace, walkthrough.ZH)
		for _, s := range story.Tell(trace, store.LinkedFrom(trace.ID), walkthrough.ZH) {
			told += "\n" + s.Text
		}
		for line := range strings.Lines(told) {
			if !strings.ContainsFunc(line, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || strings.ContainsAny(line, "{}") || strings.Contains(line, "story.") {
				t.Errorf("not in Chinese: %q", line)
			}
		}
	}
}
