package latency_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/client/internal/latency"
	"github.com/plumemq/plume/client/internal/topicroute"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/message"
)

func queues(perBroker int32, brokers ...string) *topicroute.TopicPublishInfo {
	info := &topicroute.TopicPublishInfo{}
	for _, b := range brokers {
		for i := range perBroker {
			info.MessageQueueList = append(info.MessageQueueList, message.MessageQueue{Topic: "T", BrokerName: b, QueueID: i})
		}
	}
	return info
}

// chosen counts the brokers of n choices.
func chosen(s *latency.MQFaultStrategy, info *topicroute.TopicPublishInfo, last string, n int) map[string]int {
	count := map[string]int{}
	for range n {
		count[s.SelectOneMessageQueue(context.Background(), info, last, false).BrokerName]++
	}
	return count
}

func TestRoundRobin(t *testing.T) {
	s := latency.NewMQFaultStrategy(false, clock.System)
	info := queues(2, "a", "b")
	if c := chosen(s, info, "", 40); c["a"] != 20 || c["b"] != 20 {
		t.Errorf("in turn: %v", c)
	}
	if c := chosen(s, info, "a", 40); c["a"] != 0 {
		t.Errorf("a failed just now: %v", c)
	}
	if c := chosen(s, queues(2, "a"), "a", 4); c["a"] != 4 {
		t.Errorf("a failed, but there is no other: %v", c)
	}
}

func TestPenalties(t *testing.T) {
	for _, test := range []struct {
		latency   time.Duration
		isolation bool
		avoided   time.Duration // 0: not at all
	}{
		{latency: 50 * time.Millisecond},
		{latency: 549 * time.Millisecond},
		{latency: 550 * time.Millisecond, avoided: 2 * time.Second},
		{latency: 1800 * time.Millisecond, avoided: 5 * time.Second},
		{latency: 3 * time.Second, avoided: 6 * time.Second},
		{latency: 5 * time.Second, avoided: 10 * time.Second},
		{latency: 15 * time.Second, avoided: 30 * time.Second},
		{isolation: true, avoided: 10 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, info := latency.NewMQFaultStrategy(true, clock.System), queues(2, "a", "b")
			s.UpdateFaultItem(t.Context(), "a", test.latency, test.isolation, true)
			if test.avoided == 0 {
				if c := chosen(s, info, "", 8); c["a"] != 4 {
					t.Errorf("%+v: %v", test, c)
				}
				return
			}
			time.Sleep(test.avoided - time.Millisecond)
			if c := chosen(s, info, "", 8); c["a"] != 0 {
				t.Errorf("%+v: too soon: %v", test, c)
			}
			time.Sleep(time.Millisecond)
			if c := chosen(s, info, "", 8); c["a"] != 4 {
				t.Errorf("%+v: still avoided: %v", test, c)
			}
		})
	}
}

func TestAnIsolationIsNotShortened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, info := latency.NewMQFaultStrategy(true, clock.System), queues(1, "a", "b")
		s.UpdateFaultItem(t.Context(), "a", 0, true, true)
		s.UpdateFaultItem(t.Context(), "a", 600*time.Millisecond, false, true)
		time.Sleep(9 * time.Second)
		if c := chosen(s, info, "", 4); c["a"] != 0 {
			t.Errorf("%v", c)
		}
	})
}

func TestReachableBeforeUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, info := latency.NewMQFaultStrategy(true, clock.System), queues(1, "a", "b")
		s.UpdateFaultItem(t.Context(), "a", 0, true, false)
		s.UpdateFaultItem(t.Context(), "b", 0, true, true)
		if c := chosen(s, info, "", 4); c["b"] != 4 {
			t.Errorf("both isolated, b reachable: %v", c)
		}
		if c := chosen(s, info, "b", 4); c["a"]+c["b"] != 4 {
			t.Errorf("none will do, any is taken: %v", c)
		}
		s.UpdateFaultItem(t.Context(), "a", time.Millisecond, false, true)
		time.Sleep(11 * time.Second)
		if c := chosen(s, info, "", 4); c["a"] != 2 {
			t.Errorf("well again: %v", c)
		}
	})
}

func TestOffRemembersNothing(t *testing.T) {
	s, info := latency.NewMQFaultStrategy(false, clock.System), queues(1, "a", "b")
	s.UpdateFaultItem(t.Context(), "a", time.Minute, true, false)
	if c := chosen(s, info, "", 4); c["a"] != 2 {
		t.Errorf("%v", c)
	}
}
