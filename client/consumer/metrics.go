package consumer

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/observ"
)

// The operations, as spans and metrics name them.
const (
	pull    = "pull"
	process = "process"
	nack    = "nack"
	commit  = "commit"
)

// instruments are what a consumer records its metrics with. A nil *instruments records nothing.
type instruments struct {
	clock clock.Clock
	group string

	durations metrics.HistogramVec
	consumed  metrics.CounterVec
	processes metrics.HistogramVec
	series    metrics.Cache[operationKey, operationSeries]
}

// operationKey is what the labels of an operation are made of.
type operationKey struct{ operation, topic, addr, errorType string }

type operationSeries struct {
	duration metrics.Histogram
	messages metrics.Counter // of pulls
}

func newInstruments(r *metrics.Registry, c clock.Clock, group string) *instruments {
	if r == nil {
		return nil
	}
	return &instruments{
		clock: c, group: group, durations: r.Histogram(metrics.MessagingOperationDuration),
		consumed: r.Counter(metrics.MessagingConsumedMessages), processes: r.Histogram(metrics.MessagingProcessDuration),
	}
}

// now is the time, if anybody wants to know.
func (m *instruments) now() time.Time {
	if m == nil {
		return time.Time{}
	}
	return m.clock.Now()
}

// pulled notes a pull that began then: what it brought, or why it failed. One that brought nothing took as long as its broker held
// it, and one that a shutdown cut short says nothing.
func (m *instruments) pulled(began time.Time, topic, addr string, res *pullResult, err error, step observ.Step) {
	if m == nil || errors.Is(err, context.Canceled) || err == nil && res.Status != api.Found {
		return
	}
	s := m.of(operationKey{pull, topic, addr, observ.ErrorType(err)})
	s.observe(m, began, step)
	s.messages.Add(len(res.msgs))
}

// processed notes that messages were handled and settled.
func (m *instruments) processed(began time.Time, topic string, err error, step observ.Step) {
	if m != nil {
		m.of(operationKey{process, topic, "", observ.ErrorType(err)}).observe(m, began, step)
	}
}

// settled notes a commit of offsets, of several topics then, or a message that was sent back.
func (m *instruments) settled(began time.Time, operation, topic string, err error, step observ.Step) {
	if m != nil {
		m.of(operationKey{operation, topic, "", observ.ErrorType(err)}).observe(m, began, step)
	}
}

func (s *operationSeries) observe(m *instruments, began time.Time, step observ.Step) {
	s.duration.Observe(m.clock.Now().Sub(began).Seconds(), step.SpanContext())
}

func (m *instruments) of(key operationKey) *operationSeries {
	if s := m.series.Load(key); s != nil {
		return s
	}
	key.topic = strings.Clone(key.topic) // it is part of what was pulled
	const system = "rocketmq"
	host, port, _ := net.SplitHostPort(key.addr)
	var s operationSeries
	switch key.operation {
	case process:
		s.duration = m.processes.With(system, process, key.topic, m.group, key.errorType)
	case pull:
		s.duration = m.durations.With(system, pull, "receive", key.topic, m.group, key.errorType, host, port)
		s.messages = m.consumed.With(system, pull, key.topic, m.group, host, port)
	default:
		s.duration = m.durations.With(system, key.operation, "settle", key.topic, m.group, key.errorType, host, port)
	}
	return m.series.Keep(key, s)
}
