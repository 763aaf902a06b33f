package producer

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// instruments are what a producer records its metrics with. A nil *instruments records nothing.
type instruments struct {
	clock clock.Clock
	made  time.Time

	hit, miss metrics.Counter
	inFlight  [modeOneway + 1]metrics.Gauge
	retries   metrics.CounterVec

	durations metrics.HistogramVec
	messages  metrics.CounterVec
	sends     metrics.Cache[sendKey, sendSeries]

	queues   metrics.CounterVec
	attempts metrics.Cache[message.MessageQueue, metrics.Counter]
}

// sendKey is what the labels of a send are made of.
type sendKey struct{ topic, addr, errorType string }

type sendSeries struct {
	duration metrics.Histogram
	messages metrics.Counter
}

func newInstruments(r *metrics.Registry, c clock.Clock) *instruments {
	if r == nil {
		return nil
	}
	route, inFlight := r.Counter(metrics.ClientRouteCache), r.Gauge(metrics.ClientSendsInFlight)
	m := &instruments{
		clock: c, made: c.Now(), hit: route.With("hit"), miss: route.With("miss"), retries: r.Counter(metrics.ClientRetries),
		durations: r.Histogram(metrics.MessagingOperationDuration), messages: r.Counter(metrics.MessagingSentMessages),
		queues: r.Counter(metrics.ClientQueueSelected),
	}
	for mode := range m.inFlight {
		m.inFlight[mode] = inFlight.With(communicationMode(mode).String())
	}
	return m
}

// routeCache counts a look-up of a route.
func (m *instruments) routeCache(hit bool) {
	switch {
	case m == nil:
	case hit:
		m.hit.Add(1)
	default:
		m.miss.Add(1)
	}
}

// begin notes that a send begins.
func (m *instruments) begin(out *outgoing) {
	if m != nil {
		out.start = m.clock.Now().Sub(m.made)
		m.inFlight[out.mode].Add(1)
	}
}

// selected counts an attempt by its queue.
func (m *instruments) selected(mq message.MessageQueue) {
	if m == nil {
		return
	}
	c := m.attempts.Load(mq)
	if c == nil {
		c = m.attempts.Keep(mq, m.queues.With(mq.Topic, mq.BrokerName, strconv.Itoa(int(mq.QueueID))))
	}
	c.Add(1)
}

// retry counts an attempt that follows one with this outcome.
func (m *instruments) retry(out *outgoing, res *SendResult, err error) {
	if m == nil {
		return
	}
	reason := observ.ErrorType(err)
	if err == nil && res != nil {
		reason = res.Status.String()
	}
	m.retries.With(reason, out.mode.String()).Add(1)
}

// sent notes how a send ended.
func (m *instruments) sent(out *outgoing, err error) {
	if m == nil {
		return
	}
	m.inFlight[out.mode].Add(-1)
	topic, count := "", 1
	if out.msg != nil {
		topic = out.msg.Topic
	}
	if out.batch {
		count = len(out.members)
	}
	key := sendKey{topic, out.addr, observ.ErrorType(err)}
	s := m.sends.Load(key)
	if s == nil {
		key.topic = strings.Clone(key.topic) // the caller's
		s = m.sends.Keep(key, m.newSend(key))
	}
	s.duration.Observe((m.clock.Now().Sub(m.made) - out.start).Seconds(), out.step.SpanContext())
	s.messages.Add(count)
}

func (m *instruments) newSend(key sendKey) sendSeries {
	const system, send = "rocketmq", "send"
	host, port, _ := net.SplitHostPort(key.addr)
	return sendSeries{
		duration: m.durations.With(system, send, send, key.topic, "", key.errorType, host, port),
		messages: m.messages.With(system, send, key.topic, key.errorType, host, port),
	}
}
