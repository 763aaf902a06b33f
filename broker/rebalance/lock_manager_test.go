package rebalance_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/broker/rebalance"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/message"
)

func queue(id int32) message.MessageQueue {
	return message.MessageQueue{Topic: "T", BrokerName: "b", QueueID: id}
}

func TestLocksExcludeRenewAndExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := rebalance.NewLockManager(clock.System)
		check := func(client string, want ...message.MessageQueue) {
			t.Helper()
			got := m.TryLockBatch("g", client, []message.MessageQueue{queue(0), queue(1)})
			if len(want) == 0 && len(got) == 0 {
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s holds (-want +got):\n%s", client, diff)
			}
		}
		if !m.LockAllExpired("g") {
			t.Error("a group without locks has live ones")
		}
		check("c1", queue(0), queue(1))
		check("c2")
		time.Sleep(50 * time.Second)
		check("c1", queue(0), queue(1)) // renewed
		time.Sleep(50 * time.Second)
		check("c2")
		if m.LockAllExpired("g") {
			t.Error("live locks are taken for expired")
		}
		m.UnlockBatch("g", "c2", []message.MessageQueue{queue(0)}) // not its own
		check("c2")
		m.UnlockBatch("g", "c1", []message.MessageQueue{queue(0)})
		check("c2", queue(0))
		time.Sleep(rebalance.LockMaxLiveTime + time.Second)
		if !m.LockAllExpired("g") {
			t.Error("dead locks are taken for live")
		}
		check("c3", queue(0), queue(1))
	})
}
