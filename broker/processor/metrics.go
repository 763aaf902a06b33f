package processor

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// messageType is the kind of message that its properties tell. Java: common.attribute.TopicMessageType.
type messageType uint8

// The types, in the order in which one gives way to another.
const (
	typeNormal messageType = iota
	typeDelay
	typeFIFO
	typeTransaction
)

// String is the value of the label message_type.
func (t messageType) String() string { return [...]string{"normal", "delay", "fifo", "transaction"}[t] }

// Traffic counts what goes through a broker. A nil *Traffic counts nothing.
type Traffic struct {
	isSystem func(topic string) bool
	clock    clock.Clock

	in, bytesIn, out, bytesOut, deadLetters metrics.CounterVec
	size, topicsMade, groupsMade            metrics.HistogramVec

	stored metrics.Cache[storedKey, storedSeries]
	served metrics.Cache[servedKey, servedSeries]
}

type storedKey struct {
	topic string
	kind  messageType
}

type storedSeries struct {
	messages, bytes metrics.Counter
	size            metrics.Histogram
}

type servedKey struct{ group, topic string }

type servedSeries struct{ messages, bytes metrics.Counter }

// NewTraffic counts in r, nothing if that is nil. isSystem knows the system's topics.
func NewTraffic(r *metrics.Registry, c clock.Clock, isSystem func(topic string) bool) *Traffic {
	if r == nil {
		return nil
	}
	return &Traffic{
		isSystem: isSystem, clock: c,
		in: r.Counter(metrics.MessagesIn), bytesIn: r.Counter(metrics.ThroughputIn), size: r.Histogram(metrics.MessageSize),
		out: r.Counter(metrics.MessagesOut), bytesOut: r.Counter(metrics.ThroughputOut), deadLetters: r.Counter(metrics.SendToDLQMessages),
		topicsMade: r.Histogram(metrics.TopicCreateExecutionTime), groupsMade: r.Histogram(metrics.ConsumerGroupCreateExecutionTime),
	}
}

// put counts what a producer stored. Retry and dead letter topics do not count, as with Apache.
//
// Java: SendMessageProcessor#handlePutMessageResult (5.5.0).
func (t *Traffic) put(ctx context.Context, topic string, kind messageType, r store.AppendMessageResult) {
	if t != nil && !isRetryOrDLQ(topic) {
		t.storedIn(topic, kind).add(ctx, r)
	}
}

// Delivered counts a delayed message that is due: out of the schedule topic, into its own.
//
// Java: ScheduleMessageService.PutResultProcess#onSuccess (5.5.0).
func (t *Traffic) Delivered(ctx context.Context, topic string, r store.AppendMessageResult) {
	if t == nil {
		return
	}
	t.servedTo(message.GroupScheduleConsumer, message.TopicSchedule).add(int(r.MsgNum), int(r.WroteBytes))
	t.storedIn(topic, typeDelay).add(ctx, r)
}

func (s *storedSeries) add(ctx context.Context, r store.AppendMessageResult) {
	s.messages.Add(int(r.MsgNum))
	s.bytes.Add(int(r.WroteBytes))
	s.size.Observe(float64(r.WroteBytes/max(r.MsgNum, 1)), observ.SpanContextOf(ctx))
}

func (t *Traffic) storedIn(topic string, kind messageType) *storedSeries {
	if s := t.stored.Load(storedKey{topic, kind}); s != nil {
		return s
	}
	topic = strings.Clone(topic) // it is part of a request
	system := strconv.FormatBool(t.isSystem(topic))
	return t.stored.Keep(storedKey{topic, kind}, storedSeries{
		t.in.With(topic, kind.String(), system), t.bytesIn.With(topic, kind.String(), system), t.size.With(topic, kind.String(), system),
	})
}

// get counts what a consumer pulled.
//
// Java: DefaultPullMessageResultHandler#handle (5.5.0).
func (t *Traffic) get(group, topic string, r *store.GetMessageResult) {
	if t != nil && !isRetryOrDLQ(topic) {
		t.servedTo(group, topic).add(r.MessageCount(), r.BufferTotalSize())
	}
}

func (s *servedSeries) add(messages, bytes int) {
	s.messages.Add(messages)
	s.bytes.Add(bytes)
}

func (t *Traffic) servedTo(group, topic string) *servedSeries {
	if s := t.served.Load(servedKey{group, topic}); s != nil {
		return s
	}
	group, topic = strings.Clone(group), strings.Clone(topic)
	system := strconv.FormatBool(t.isSystem(topic) || strings.HasPrefix(group, systemGroupPrefix))
	if group == message.GroupScheduleConsumer {
		system = "true"
	}
	return t.served.Keep(servedKey{group, topic}, servedSeries{t.out.With(topic, group, system), t.bytesOut.With(topic, group, system)})
}

// systemGroupPrefix begins the names of the system's groups. Java: common.MixAll.CID_RMQ_SYS_PREFIX.
const systemGroupPrefix = "CID_RMQ_SYS_"

// IsSystemGroup says whether a group is the system's, as metrics see it.
//
// Java: broker.metrics.BrokerMetricsManager#isSystemGroup (5.5.0).
func IsSystemGroup(group string) bool {
	return len(group) >= len(systemGroupPrefix) && strings.EqualFold(group[:len(systemGroupPrefix)], systemGroupPrefix)
}

// deadLetter counts a message of topic that a group gave up.
func (t *Traffic) deadLetter(group, topic string) {
	if t != nil {
		t.deadLetters.With(strings.Clone(topic), strings.Clone(group), strconv.FormatBool(t.isSystem(topic) || IsSystemGroup(group))).Add(1)
	}
}

// now is the time, if anybody wants to know.
func (t *Traffic) now() time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.clock.Now()
}

// topicMade notes how long an administrator's change of a topic took.
func (t *Traffic) topicMade(ctx context.Context, began time.Time, topic string, err error) {
	if t != nil {
		t.observe(ctx, t.topicsMade.With(invocationStatus(err), strconv.FormatBool(t.isSystem(topic))), began)
	}
}

// groupMade notes how long an administrator's change of a group took.
func (t *Traffic) groupMade(ctx context.Context, began time.Time, err error) {
	if t != nil {
		t.observe(ctx, t.groupsMade.With(invocationStatus(err)), began)
	}
}

func (t *Traffic) observe(ctx context.Context, h metrics.Histogram, began time.Time) {
	h.Observe(float64(t.clock.Now().Sub(began))/float64(time.Millisecond), observ.SpanContextOf(ctx))
}

// invocationStatus is the value of the label invocation_status. Java: broker.metrics.InvocationStatus.
func invocationStatus(err error) string {
	if err != nil {
		return "failure"
	}
	return "success"
}

func isRetryOrDLQ(topic string) bool { return message.IsRetryTopic(topic) || message.IsDLQTopic(topic) }
