package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/disk/simdisk"
)

// putOne stores a message and waits for nothing: without sync flush a put is over when the call returns.
func (m *machine) putOne(topic, body string) PutMessageResult {
	inner := MessageExtBrokerInner{PropertiesString: "UNIQ_KEY\x01u\x02"}
	inner.Topic, inner.Body = topic, []byte(body)
	return m.store.AsyncPutMessage(context.Background(), &inner).Result()
}

func asyncMachine(t *testing.T) *machine {
	m := newMachine(t, 3)
	m.cfg.FlushDiskType = AsyncFlush
	m.open()
	return m
}

// A disk without room refuses puts with a status, keeps serving reads, and takes puts again as soon as there is room. No queue
// offset is lost over it.
func TestDiskWithoutRoom(t *testing.T) {
	m := asyncMachine(t)
	const before = 5
	for i := range before {
		if r := m.putOne("T", fmt.Sprint(i)); !r.OK() {
			t.Fatal(r)
		}
	}
	m.disk.Inject(simdisk.Faults{Capacity: 1})
	r := m.putOne("T", strings.Repeat("x", 2000))
	if r.Status != ServiceNotAvailable || !errors.Is(r.Err, disk.ErrNoSpace) {
		t.Fatalf("put on a full disk: %v, %v", r.Status, r.Err)
	}
	if err := m.store.reput.drain(); !errors.Is(err, disk.ErrNoSpace) {
		t.Fatalf("dispatch on a full disk: %v", err)
	}
	m.store.reput.rollBack()
	m.disk.Inject(simdisk.Faults{})
	if r := m.putOne("T", "after"); !r.OK() || r.AppendResult.LogicsOffset != before {
		t.Fatalf("put after room came back: %v, queue offset %d, %v", r.Status, r.AppendResult.LogicsOffset, r.Err)
	}
	m.must(m.store.reput.drain())
	key := QueueKey{Topic: "T"}
	if bodies := m.readQueue(key); len(bodies) != before+1 || bodies[before] != "after" {
		t.Fatalf("read %d messages", len(bodies))
	}
	m.disk.Kill()
	m.open()
	if bodies := m.readQueue(key); len(bodies) != before+1 || bodies[before] != "after" {
		t.Fatalf("after a restart: %d messages", len(bodies))
	}
}

// A write that fails half way leaves no record that a later crash could bring to life.
func TestFailedWriteLeavesNoGhost(t *testing.T) {
	m := asyncMachine(t)
	if r := m.putOne("T", "first"); !r.OK() {
		t.Fatal(r)
	}
	room := int64(2 * simdisk.SectorSize)
	m.disk.Inject(simdisk.Faults{Capacity: m.disk.Used() + room})
	if r := m.putOne("T", strings.Repeat("g", 3000)); r.OK() {
		t.Fatal("the disk had no room for this")
	}
	m.disk.Inject(simdisk.Faults{})
	if r := m.putOne("U", "second"); !r.OK() {
		t.Fatal(r)
	}
	m.disk.Kill()
	m.open()
	if got := m.readQueue(QueueKey{Topic: "T"}); len(got) != 1 {
		t.Errorf("T holds %d messages", len(got))
	}
	if got := m.readQueue(QueueKey{Topic: "U"}); len(got) != 1 || got[0] != "second" {
		t.Errorf("U holds %q", got)
	}
}

// Apache's rule: above 90 % the store takes no messages, below it does again.
func TestDiskUsageStopsPuts(t *testing.T) {
	m := asyncMachine(t)
	used := m.disk.Used()
	for _, c := range []struct {
		percent int64
		status  PutMessageStatus
	}{{50, PutOK}, {91, ServiceNotAvailable}, {89, PutOK}} {
		m.disk.Inject(simdisk.Faults{Capacity: max(used, m.disk.Used()) * 100 / c.percent})
		m.store.checkDisk()
		m.disk.Inject(simdisk.Faults{})
		if r := m.putOne("T", "x"); r.Status != c.status {
			t.Errorf("%d %% used: %v", c.percent, r.Status)
		}
		if err := m.store.Writable(); (err == nil) != (c.status == PutOK) || err != nil && !errors.Is(err, ErrDiskFull) {
			t.Errorf("%d %% used: Writable says %v", c.percent, err)
		}
	}
}

// An I/O error fails the pull that met it, and nothing else.
func TestReadErrorFailsOnePull(t *testing.T) {
	m := asyncMachine(t)
	m.putOne("T", "t")
	m.putOne("U", "u")
	m.must(m.store.reput.drain())
	m.must(m.store.flushTick(1)) // until then pulls find the entries in memory
	m.disk.Inject(simdisk.Faults{FailRead: func(name string, _ int64) error {
		if strings.Contains(name, "consumequeue/T") {
			return simdisk.ErrIO
		}
		return nil
	}})
	if res, err := m.store.GetMessage(context.Background(), "g", "T", 0, 0, 1, 1000, nil); !errors.Is(err, simdisk.ErrIO) || res != nil {
		t.Errorf("pull from T: %v, %v", res, err)
	}
	if got := m.readQueue(QueueKey{Topic: "U"}); len(got) != 1 {
		t.Errorf("U holds %q", got)
	}
	m.disk.Inject(simdisk.Faults{FailRead: func(string, int64) error { return simdisk.ErrIO }})
	if _, err := m.store.LookMessageByOffset(0); !errors.Is(err, simdisk.ErrIO) || errors.Is(err, ErrNotFound) {
		t.Errorf("a message that cannot be read: %v", err)
	}
	m.disk.Inject(simdisk.Faults{})
	if got := m.readQueue(QueueKey{Topic: "T"}); len(got) != 1 {
		t.Errorf("T holds %q after the disk recovered", got)
	}
}

// A broken write ends all writing; the store that is opened afterwards holds what was acknowledged.
func TestBrokenWriteFencesTheStore(t *testing.T) {
	m := asyncMachine(t)
	m.putOne("T", "first")
	m.disk.Inject(simdisk.Faults{Fail: func(op simdisk.Op) error {
		if op.Kind == simdisk.Write {
			return simdisk.ErrIO
		}
		return nil
	}})
	if r := m.putOne("T", "second"); r.Status != ServiceNotAvailable || !errors.Is(r.Err, simdisk.ErrIO) {
		t.Errorf("%v, %v", r.Status, r.Err)
	}
	m.disk.Inject(simdisk.Faults{})
	if r := m.putOne("T", "third"); r.Status != ServiceNotAvailable {
		t.Errorf("a fenced store took a message: %v", r.Status)
	}
	if err := m.store.Close(); err == nil {
		t.Error("Close of a fenced store says nothing")
	}
	m.open()
	if got := m.readQueue(QueueKey{Topic: "T"}); len(got) != 1 || got[0] != "first" {
		t.Errorf("T holds %q", got)
	}
}
