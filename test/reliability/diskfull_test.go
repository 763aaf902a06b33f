package reliability

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/disk/simdisk"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// fullDisk starts a broker on a simulated disk, with ten messages.
func fullDisk(t *testing.T, change func(*broker.Config)) (*simdisk.Disk, *broker.Broker, *reader) {
	t.Helper()
	d := simdisk.New(1)
	cfg := brokerConfig(childSpec{Store: "/store"})
	cfg.Store.CleanResourceInterval = 20 * time.Millisecond
	if change != nil {
		change(&cfg)
	}
	b, r := local(t, cfg, broker.Deps{Disk: d})
	r.createTopic(t, topic, 1)
	fill(t, r, 0, 10)
	wantMessages(t, r, 10)
	return d, b, r
}

// sendsUntil sends messages until one is answered with a code, and returns how many were stored before.
func sendsUntil(t *testing.T, r *reader, from int, want protocol.ResponseCode) (stored int) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		resp, err := r.call(protocol.SendMessageV2, sendHeader(topic, 0), newBody(0, from+stored))
		if err != nil {
			t.Fatal(err)
		}
		got := protocol.ResponseCode(resp.Code)
		if got == want {
			if got != protocol.Success && resp.Remark == "" {
				t.Error("refused without a reason")
			}
			return stored
		}
		if got == protocol.Success {
			stored++
		} else if got != protocol.ServiceNotAvailable {
			t.Fatalf("answered %v %s", got, resp.Remark)
		}
	}
	t.Fatalf("no send was answered with %v", want)
	return 0
}

// A disk without a byte left: sends are refused with SERVICE_NOT_AVAILABLE, reads and everything else go on, and as soon as there is room
// sends work again. Nothing that was acknowledged is lost, after a restart neither.
func TestFullDisk(t *testing.T) {
	d, b, r := fullDisk(t, nil)
	d.Inject(simdisk.Faults{Capacity: d.Used() + 64<<10})
	held := 10 + sendsUntil(t, r, 10, protocol.ServiceNotAvailable)
	for range 20 {
		if n := sendsUntil(t, r, held, protocol.ServiceNotAvailable); n > 0 {
			held += n // a smaller one has still found room
		}
		wantReadable(t, r, 10)
	}
	commit := &header.UpdateConsumerOffsetRequestHeader{ConsumerGroup: "TOOLS_CONSUMER", Topic: topic, CommitOffset: 5}
	r.must(t, protocol.UpdateConsumerOffset, commit, nil, nil)
	time.Sleep(500 * time.Millisecond) // the broker tries to save offsets, flush queues, write its checkpoint
	d.Inject(simdisk.Faults{})
	if n := sendsUntil(t, r, held, protocol.Success); n != 0 {
		t.Errorf("%d", n)
	}
	held++
	wantMessages(t, r, held)
	if err := shutdown(b); err != nil {
		t.Errorf("stop: %v", err)
	}
	_, r = local(t, brokerConfig(childSpec{Store: "/store"}), broker.Deps{Disk: d})
	wantMessages(t, r, held)
	var offset header.QueryConsumerOffsetResponseHeader
	query := &header.QueryConsumerOffsetRequestHeader{ConsumerGroup: "TOOLS_CONSUMER", Topic: topic}
	r.must(t, protocol.QueryConsumerOffset, query, &offset, nil)
	if offset.Offset != 5 {
		t.Errorf("the offset committed on the full disk is %d", offset.Offset)
	}
}

// wantReadable checks that the first n messages can be read.
func wantReadable(t *testing.T, r *reader, n int) {
	t.Helper()
	msgs, err := r.pull(topic, 0, 0)
	if err != nil || len(msgs) < n {
		t.Fatalf("%d messages, %v", len(msgs), err)
	}
}

// Apache's rule: above diskSpaceWarningLevelRatio (here 90 %) sends are refused, before the disk is full; below they are taken again.
func TestDiskAboveWarningLevel(t *testing.T) {
	d, b, r := fullDisk(t, func(cfg *broker.Config) { cfg.Store.DiskSpaceWarningLevelRatio = 90 })
	held := 10
	for range 3 {
		d.Inject(simdisk.Faults{Capacity: int64(math.Ceil(float64(d.Used()) / 0.95))})
		held += sendsUntil(t, r, held, protocol.ServiceNotAvailable)
		wantReadable(t, r, 10)
		d.Inject(simdisk.Faults{Capacity: d.Used() * 10})
		held += sendsUntil(t, r, held, protocol.Success) + 1
	}
	wantMessages(t, r, held)
	if err := shutdown(b); err != nil {
		t.Error(err)
	}
}

// A disk that fails to sync: from then on nothing is acknowledged, whatever later syncs say; reads go on. The broker that is started
// afterwards has everything that was acknowledged.
func TestFailedSync(t *testing.T) {
	d, b, r := fullDisk(t, func(cfg *broker.Config) { cfg.Store.FlushDiskType = store.SyncFlush })
	failed := false
	d.Inject(simdisk.Faults{Fail: func(op simdisk.Op) error {
		if op.Kind == simdisk.Sync && strings.Contains(op.Name, "commitlog") && !failed {
			failed = true
			return simdisk.ErrIO
		}
		return nil
	}})
	for i := range 20 {
		resp, err := r.call(protocol.SendMessageV2, sendHeader(topic, 0), fmt.Appendf(nil, "never %d", i))
		if err != nil {
			t.Fatal(err)
		}
		if resp.Code == int32(protocol.Success) {
			t.Fatalf("send %d after the failed sync was acknowledged", i)
		}
		if resp.Code != int32(protocol.FlushDiskTimeout) { // which tells all there is to tell
			sober(t, protocol.SendMessageV2, resp)
		}
	}
	wantReadable(t, r, 10)
	for deadline := time.Now().Add(patience); b.Fatal() == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the broker does not say that its store failed")
		}
	}
	_ = shutdown(b) // reports the failure, rightly
	d.Inject(simdisk.Faults{})
	_, r = local(t, brokerConfig(childSpec{Store: "/store"}), broker.Deps{Disk: d})
	for i, m := range r.drain(t, topic, 0)[:10] {
		if m.hash != hashOf(newBody(0, i)) {
			t.Errorf("message %d is another one", i)
		}
	}
}
