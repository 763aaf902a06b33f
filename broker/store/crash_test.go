package store

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/disk/simdisk"
	"github.com/plumemq/plume/message"
)

var (
	crashSeed   = flag.Uint64("crash.seed", 0, "replay the crash test with this seed")
	crashCycles = flag.Int("crash.cycles", 600, "how many lives the crash test gives its stores")
)

// stored is a message that was put.
type stored struct {
	queue  QueueKey
	offset int64
	end    int64 // physical offset behind it
	body   string
	acked  bool
}

// machine is a store on a simulated disk, and what it must hold. It is stepped by one goroutine: no service runs on its own, so
// a seed replays exactly.
type machine struct {
	t      testing.TB
	random *rand.Rand
	disk   *simdisk.Disk
	cfg    Config
	store  *DefaultMessageStore
	log    []stored
	next   int
	trail  []string // what happened, for failures
}

func newMachine(t testing.TB, seed uint64) *machine {
	m := &machine{t: t, random: rand.New(rand.NewPCG(seed, 1)), disk: simdisk.New(seed)}
	m.cfg = DefaultConfig("/store")
	m.cfg.MappedFileSizeCommitLog = 4096
	m.cfg.MappedFileSizeConsumeQueue = 10 * 20
	m.cfg.MaxHashSlotNum, m.cfg.MaxIndexNum = 1500, 64
	m.cfg.DeleteCommitLogFilesInterval = 0
	if m.random.IntN(2) == 0 {
		m.cfg.FlushDiskType = SyncFlush
	}
	return m
}

func (m *machine) note(format string, args ...any) {
	m.trail = append(m.trail, fmt.Sprintf(format, args...))
	if len(m.trail) > 60 {
		m.trail = m.trail[1:]
	}
}

func (m *machine) fatalf(format string, args ...any) {
	m.t.Helper()
	for _, line := range m.trail {
		m.t.Log(line)
	}
	m.t.Fatalf(format, args...)
}

func (m *machine) open() {
	s, err := Open(m.cfg, Deps{Disk: m.disk})
	if err != nil {
		m.fatalf("open: %v", err)
	}
	m.store = s
	m.note("open: log ends at %d", s.MaxPhyOffset())
}

// put stores one message, or a batch.
func (m *machine) put() {
	queue := QueueKey{Topic: fmt.Sprint("T", m.random.IntN(2)), QueueID: int32(m.random.IntN(2))}
	inner := MessageExtBrokerInner{}
	inner.Topic, inner.QueueID = queue.Topic, queue.QueueID
	inner.StoreHost = netip.MustParseAddrPort("127.0.0.1:10911")
	inner.BornHost = inner.StoreHost
	var bodies []string
	var future PutFuture
	if m.random.IntN(8) == 0 {
		var batch []*message.Message
		for range 1 + m.random.IntN(4) {
			bodies = append(bodies, m.body())
			batch = append(batch, &message.Message{Topic: queue.Topic, Body: []byte(bodies[len(bodies)-1])})
		}
		var err error
		inner.Body, err = message.EncodeBatch(batch)
		m.must(err)
		future = m.store.AsyncPutMessages(context.Background(), &MessageExtBatch{MessageExtBrokerInner: inner})
	} else {
		bodies = []string{m.body()}
		inner.Body = []byte(bodies[0])
		inner.PropertiesString = fmt.Sprintf("UNIQ_KEY\x01u%d\x02KEYS\x01k%d\x02", m.next, m.next%7)
		future = m.store.AsyncPutMessage(context.Background(), &inner)
	}
	m.record(queue, bodies, future)
}

func (m *machine) body() string {
	m.next++
	return fmt.Sprintf("%d:%0*d", m.next, m.random.IntN(700), m.next)
}

// record adds a put to the model; its messages count as acknowledged once the future says so.
func (m *machine) record(queue QueueKey, bodies []string, future PutFuture) {
	offset := m.count(queue, len(m.log))
	first := len(m.log)
	for i, body := range bodies {
		m.log = append(m.log, stored{queue: queue, offset: offset + int64(i), body: body})
	}
	m.note("put %v at %d: %d messages", queue, offset, len(bodies))
	future.OnComplete(func(r PutMessageResult) {
		if !r.OK() {
			return
		}
		if r.AppendResult.LogicsOffset != offset {
			m.fatalf("%v got queue offset %d, want %d", queue, r.AppendResult.LogicsOffset, offset)
		}
		for i := first; i < first+len(bodies) && i < len(m.log); i++ {
			m.log[i].acked = true
		}
	})
	m.log[len(m.log)-1].end = m.store.MaxPhyOffset()
}

// count is how many of the first n messages of the model belong to a queue.
func (m *machine) count(queue QueueKey, n int) (count int64) {
	for _, s := range m.log[:n] {
		if s.queue == queue {
			count++
		}
	}
	return count
}

// step does one thing that a broker's services or clients would.
func (m *machine) step() {
	switch m.random.IntN(10) {
	case 0:
		m.note("commit")
		m.store.commitLog.Commit()
	case 1:
		m.note("dispatch")
		m.must(m.store.reput.drain())
		m.checkNoPhantoms()
	case 2:
		m.note("flush derived")
		m.must(m.store.flushDerived(0))
	case 3:
		m.note("flush queues")
		m.must(m.store.flushTick(1))
	default:
		m.put()
	}
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.fatalf("%v", err)
	}
}

// checkNoPhantoms: with sync flush nothing is shown to consumers that a loss of power could take back.
func (m *machine) checkNoPhantoms() {
	if m.cfg.FlushDiskType != SyncFlush {
		return
	}
	for _, key := range m.store.Queues() {
		shown := m.store.MaxOffsetInQueue(key.Topic, key.QueueID)
		var durable int64
		for _, s := range m.log {
			if s.queue == key && s.acked {
				durable++
			}
		}
		if shown > durable {
			m.fatalf("%v shows %d messages, %d are acknowledged", key, shown, durable)
		}
	}
}

// check compares the store with the model after a life ended. must(i) says whether the i-th message may not be missing.
func (m *machine) check(mustHave func(stored) bool) {
	end := m.store.MaxPhyOffset()
	there := map[QueueKey][]string{}
	for _, key := range m.store.Queues() {
		there[key] = m.readQueue(key)
	}
	kept := 0
	for kept < len(m.log) && int64(len(there[m.log[kept].queue])) > m.log[kept].offset {
		kept++
	}
	for _, s := range m.log[kept:] {
		if mustHave(s) {
			m.fatalf("lost %v offset %d (%.20q); the log ends at %d", s.queue, s.offset, s.body, end)
		}
	}
	m.log = m.log[:kept]
	for i := range m.log {
		m.log[i].acked = true // recovery made it durable
	}
	for key, bodies := range there {
		if want := m.count(key, len(m.log)); int64(len(bodies)) != want {
			m.fatalf("%v has %d messages, want %d: what is lost must be the newest of the whole log", key, len(bodies), want)
		}
	}
	for _, s := range m.log {
		if got := there[s.queue][s.offset]; got != s.body {
			m.fatalf("%v offset %d: %.20q, want %.20q", s.queue, s.offset, got, s.body)
		}
	}
}

// readQueue is all bodies of a queue through GetMessage.
func (m *machine) readQueue(key QueueKey) (bodies []string) {
	for offset := int64(0); offset < m.store.MaxOffsetInQueue(key.Topic, key.QueueID); {
		res, err := m.store.GetMessage(context.Background(), "g", key.Topic, key.QueueID, offset, 100, 1<<20, nil)
		m.must(err)
		msgs, err := message.DecodeRecords(res.Buffer, message.CheckCRC)
		m.must(err)
		for _, msg := range msgs {
			if msg.QueueOffset != int64(len(bodies)) {
				m.fatalf("%v: queue offset %d after %d messages", key, msg.QueueOffset, len(bodies))
			}
			bodies = append(bodies, string(msg.Body))
		}
		if res.NextBeginOffset <= offset {
			m.fatalf("%v: %v at %d", key, res.Status, offset)
		}
		offset = res.NextBeginOffset
	}
	return bodies
}

// checkIndex looks up what the model holds.
func (m *machine) checkIndex() {
	for _, s := range m.log {
		var n int
		if _, err := fmt.Sscanf(s.body, "%d:", &n); err != nil {
			m.must(err)
		}
		if m.random.IntN(4) > 0 || !s.acked {
			continue
		}
		res, err := m.store.QueryMessage(context.Background(), s.queue.Topic, fmt.Sprint("u", n), 8, 0, time.Now().UnixMilli()+5000)
		m.must(err)
		e, ok := m.store.ConsumeQueueEntry(s.queue.Topic, s.queue.QueueID, s.offset)
		if !ok {
			m.fatalf("no entry for %v %d", s.queue, s.offset)
		}
		raw, err := m.store.SelectOneMessageByOffset(e.PhyOffset, e.Size)
		m.must(err)
		if r, _ := message.ParseRecord(raw); message.RecordProperty(r.Properties, "UNIQ_KEY") == "" {
			continue // of a batch, without keys
		}
		if len(res.Sizes) != 1 {
			m.fatalf("u%d found %d times", n, len(res.Sizes))
		}
	}
}

// end ends a life in one of the ways, and checks the next.
func (m *machine) end() {
	acked := func(s stored) bool { return s.acked }
	cut := false
	switch way := m.random.IntN(4); way {
	case 0:
		m.note("close")
		m.must(m.store.Close())
	case 1:
		m.note("kill")
		m.disk.Kill()
	default:
		keep := []float64{0, 0.5, 0.9, 1}[m.random.IntN(4)]
		flushed := m.store.FlushedOffset()
		m.note("power cut, keeping %v; flushed %d of %d", keep, flushed, m.store.MaxPhyOffset())
		if m.cfg.FlushDiskType == AsyncFlush {
			acked = func(s stored) bool { return s.end > 0 && s.end <= flushed }
		}
		m.disk.Crash(keep)
		cut = true
	}
	m.loseDerived(cut)
	m.open()
	m.check(acked)
	m.checkIndex()
}

// loseDerived deletes what can be rebuilt, now and then. After a power cut the checkpoint stays: without it nobody knows which
// of the commit log's files may be incomplete, and Open refuses to guess.
func (m *machine) loseDerived(cut bool) {
	for _, name := range []string{"consumequeue", "index", "checkpoint", "consumequeue/T1/0"} {
		if m.random.IntN(25) == 0 && !(cut && name == "checkpoint") {
			m.note("delete %s", name)
			m.removeAll("/store/" + name)
		}
	}
}

func (m *machine) removeAll(name string) {
	entries, err := m.disk.ReadDir(name)
	if err == nil {
		for _, e := range entries {
			m.removeAll(name + "/" + e.Name())
		}
	}
	_ = m.disk.Remove(name)
	_ = m.disk.SyncDir(path.Dir(name))
}

// Random lives: puts, flushes and dispatches in any order, ended by a clean stop, a kill or a power cut. Every acknowledged
// message survives as its flush type promises, what is lost is the end of the log and nothing else, and what can be rebuilt is.
func TestRandomCrashes(t *testing.T) {
	seed := *crashSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("replay with -crash.seed=%d", seed)
	seeds := rand.New(rand.NewPCG(seed, 2))
	for life := 0; life < *crashCycles; {
		m := newMachine(t, seeds.Uint64())
		m.open()
		for range 1 + seeds.IntN(12) {
			for range m.random.IntN(40) {
				m.step()
			}
			m.end()
			life++
		}
		m.disk.Kill()
	}
}

// A short trace of puts, flushes and dispatches, cut at every single operation of the disk, with nothing and with everything
// unsynced surviving.
func TestCrashAtEveryOperation(t *testing.T) {
	for _, keep := range []float64{0, 0.5, 1} {
		for cut := 1; ; cut++ {
			if !crashAt(t, cut, keep) {
				break
			}
		}
	}
}

// crashAt cuts the power at the cut-th operation; false means that the trace ended before.
func crashAt(t *testing.T, cut int, keep float64) (happened bool) {
	m := newMachine(t, 7)
	m.cfg.FlushDiskType = SyncFlush
	m.open()
	base := m.disk.Ops()
	m.disk.Inject(simdisk.Faults{Fail: func(op simdisk.Op) error {
		if op.Seq-base < cut {
			return nil
		}
		happened = true
		return simdisk.ErrCrashed // from here on nothing reaches the disk
	}})
	for i := range 24 {
		m.put()
		if i%3 == 0 {
			m.store.commitLog.Commit()
		}
		if i%8 == 0 {
			_ = m.store.reput.drain()
			_ = m.store.flushDerived(0)
		}
	}
	_ = m.store.Close()
	m.disk.Crash(keep)
	m.open()
	m.checkSurvivors()
	_ = m.store.Close()
	return happened
}

// checkSurvivors: every acknowledged message is there, and every message that is there was put. Unlike check it does not expect
// queue offsets to follow the order of the puts: some of them failed.
func (m *machine) checkSurvivors() {
	put := map[string]stored{}
	for _, s := range m.log {
		put[s.body] = s
	}
	there := map[string]bool{}
	for _, key := range m.store.Queues() {
		for _, body := range m.readQueue(key) {
			if s, ok := put[body]; !ok || s.queue != key {
				m.fatalf("%v holds %.20q, which was not put there", key, body)
			}
			there[body] = true
		}
	}
	for _, s := range m.log {
		if s.acked && !there[s.body] {
			m.fatalf("lost %v %.20q", s.queue, s.body)
		}
	}
}

// A failed sync is final: nothing is acknowledged at it or after it, reads go on, and a new start finds what was acknowledged.
func TestFailedSyncFencesTheStore(t *testing.T) {
	m := newMachine(t, 1)
	m.cfg.FlushDiskType = SyncFlush
	fatal := make(chan error, 1)
	m.cfg.OnFatal = func(err error) { fatal <- err }
	m.open()
	m.put()
	m.store.commitLog.Commit()
	safe := len(m.log)
	failed := false
	m.disk.Inject(simdisk.Faults{Fail: func(op simdisk.Op) error {
		if op.Kind == simdisk.Sync && !failed {
			failed = true
			return simdisk.ErrIO
		}
		return nil
	}})
	m.put()
	m.store.commitLog.Commit() // fails
	m.put()
	m.store.commitLog.Commit() // the disk would say yes again
	for _, s := range m.log[:safe] {
		if !s.acked {
			t.Errorf("%.20q was synced and not acknowledged", s.body)
		}
	}
	for _, s := range m.log[safe:] {
		if s.acked {
			t.Errorf("%.20q was acknowledged at or after a failed sync", s.body)
		}
	}
	if err := <-fatal; !errors.Is(err, simdisk.ErrIO) {
		t.Errorf("OnFatal got %v", err)
	}
	if err := m.store.Writable(); !errors.Is(err, simdisk.ErrIO) {
		t.Errorf("Writable: %v", err)
	}
	m.must(m.store.reput.drain())
	if _, err := m.store.GetMessage(context.Background(), "g", m.log[0].queue.Topic, m.log[0].queue.QueueID, 0, 1, 1000, nil); err != nil {
		t.Errorf("read after the fence: %v", err)
	}
	if err := m.store.Close(); !errors.Is(err, simdisk.ErrIO) {
		t.Errorf("Close: %v", err)
	}
	m.disk.Crash(0)
	m.open()
	m.checkSurvivors()
	m.must(m.store.Close())
}
