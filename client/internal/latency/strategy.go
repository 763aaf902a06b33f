package latency

import (
	"context"
	"time"

	"github.com/plumemq/plume/client/internal/topicroute"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/message"
)

// isolated is the latency that a failed send counts as.
const isolated = 10 * time.Second

// penalties says for how long a broker is avoided after a send that took at least latency.
//
// Java: latency.MQFaultStrategy#latencyMax, #notAvailableDuration (5.5.0).
func penalties() []penalty {
	return []penalty{
		{15 * time.Second, 30 * time.Second},
		{5 * time.Second, 10 * time.Second},
		{3 * time.Second, 6 * time.Second},
		{1800 * time.Millisecond, 5 * time.Second},
		{550 * time.Millisecond, 2 * time.Second},
	}
}

type penalty struct{ latency, notAvailable time.Duration }

// MQFaultStrategy chooses queues. Safe for concurrent use; choosing takes no lock and allocates nothing while the tolerance is
// off.
//
// Java: client.latency.MQFaultStrategy (5.5.0).
type MQFaultStrategy struct {
	enabled   bool
	penalties []penalty
	tolerance *FaultTolerance
	available topicroute.Filter
	reachable topicroute.Filter
}

// NewMQFaultStrategy makes a strategy; enabled turns latency fault tolerance on (sendLatencyFaultEnable).
func NewMQFaultStrategy(enabled bool, c clock.Clock) *MQFaultStrategy {
	t := newFaultTolerance(c)
	return &MQFaultStrategy{
		enabled: enabled, penalties: penalties(), tolerance: t,
		available: t.IsAvailable, reachable: t.IsReachable,
	}
}

// SelectOneMessageQueue is the queue for the next attempt. lastBrokerName is the broker that the attempt before went to, empty for
// the first: it is avoided if there is another. With the tolerance on, an available broker comes before a merely reachable one.
// info must be OK. resetIndex makes the turn continue at random (a retry).
//
// Java: MQFaultStrategy#selectOneMessageQueue (5.5.0).
func (s *MQFaultStrategy) SelectOneMessageQueue(ctx context.Context, info *topicroute.TopicPublishInfo, lastBrokerName string,
	resetIndex bool) message.MessageQueue {
	_, step := traceSelectOneMessageQueue(ctx, s, info, lastBrokerName)
	defer step.End(nil)
	mq := s.selectOneMessageQueue(info, lastBrokerName, resetIndex)
	traceSelected(step, info, mq)
	return mq
}

func (s *MQFaultStrategy) selectOneMessageQueue(info *topicroute.TopicPublishInfo, lastBrokerName string, resetIndex bool) message.MessageQueue {
	if s.enabled {
		if resetIndex {
			info.ResetIndex()
		}
		if mq, ok := info.SelectOneMessageQueue(lastBrokerName, s.available); ok {
			return mq
		}
		if mq, ok := info.SelectOneMessageQueue(lastBrokerName, s.reachable); ok {
			return mq
		}
		return info.Next()
	}
	if mq, ok := info.SelectOneMessageQueue(lastBrokerName, nil); ok {
		return mq
	}
	return info.Next()
}

// UpdateFaultItem remembers how an attempt went: how long it took, whether its broker is to be isolated as if it had taken 10 s,
// and whether it could be reached. It does nothing while the tolerance is off.
//
// Java: MQFaultStrategy#updateFaultItem (5.5.0).
func (s *MQFaultStrategy) UpdateFaultItem(ctx context.Context, brokerName string, current time.Duration, isolation, reachable bool) {
	_, step := traceUpdateFaultItem(ctx, brokerName)
	defer step.End(nil)
	if !s.enabled {
		return
	}
	duration := s.computeNotAvailableDuration(current, isolation)
	s.tolerance.UpdateFaultItem(brokerName, current, duration, reachable)
	traceIsolated(step, current, duration, reachable)
}

// Enabled says whether latency fault tolerance is on.
func (s *MQFaultStrategy) Enabled() bool { return s.enabled }

func (s *MQFaultStrategy) computeNotAvailableDuration(current time.Duration, isolation bool) time.Duration {
	if isolation {
		current = isolated
	}
	for _, p := range s.penalties {
		if current >= p.latency {
			return p.notAvailable
		}
	}
	return 0
}
