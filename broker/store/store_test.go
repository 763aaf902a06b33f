package store_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var host = netip.MustParseAddrPort("127.0.0.1:10911")

// smallConfig has files small enough to roll in a test.
func smallConfig(root string) store.Config {
	cfg := store.DefaultConfig(root)
	cfg.MappedFileSizeCommitLog = 16 << 10
	cfg.MappedFileSizeConsumeQueue = 50 * 20
	cfg.MaxHashSlotNum, cfg.MaxIndexNum = 1000, 400
	cfg.DiskSpaceWarningLevelRatio = 101 // whatever the machine's disk looks like
	cfg.DiskMaxUsedSpaceRatio, cfg.DiskSpaceCleanForciblyRatio = 101, 101
	return cfg
}

func open(t testing.TB, cfg store.Config, deps store.Deps) *store.DefaultMessageStore {
	t.Helper()
	s, err := store.Open(cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newMessage(topic string, queue int32, body, properties string) *store.MessageExtBrokerInner {
	m := &store.MessageExtBrokerInner{PropertiesString: properties}
	m.Topic, m.QueueID, m.Body = topic, queue, []byte(body)
	m.BornHost, m.StoreHost, m.BornTimestamp = host, host, 1700000000000
	return m
}

func put(t testing.TB, s *store.DefaultMessageStore, m *store.MessageExtBrokerInner) store.AppendMessageResult {
	t.Helper()
	r := s.AsyncPutMessage(context.Background(), m).Wait(context.Background())
	if !r.OK() {
		t.Fatalf("put: %v, %v", r.Status, r.Err)
	}
	return r.AppendResult
}

// settled waits until everything put so far can be read.
func settled(t testing.TB, s *store.DefaultMessageStore) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); s.DispatchBehindBytes() > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("dispatch is %d bytes behind", s.DispatchBehindBytes())
		}
		time.Sleep(time.Millisecond)
	}
}

// readAll reads a queue from its beginning and returns the bodies by queue offset.
func readAll(t testing.TB, s *store.DefaultMessageStore, topic string, queue int32) map[int64]string {
	t.Helper()
	bodies := map[int64]string{}
	for offset := s.MinOffsetInQueue(topic, queue); offset < s.MaxOffsetInQueue(topic, queue); {
		res, err := s.GetMessage(context.Background(), "g", topic, queue, offset, 32, 1<<20, nil)
		if err != nil {
			t.Fatal(err)
		}
		msgs, err := message.DecodeRecords(res.Buffer, message.CheckCRC)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range msgs {
			bodies[m.QueueOffset] = string(m.Body)
		}
		if res.NextBeginOffset <= offset {
			t.Fatalf("status %v goes from %d to %d", res.Status, offset, res.NextBeginOffset)
		}
		offset = res.NextBeginOffset
	}
	return bodies
}

func TestPutCloseReopenRead(t *testing.T) {
	cfg := smallConfig(t.TempDir())
	const n = 500 // many files of every kind
	s := open(t, cfg, store.Deps{})
	for i := range n {
		r := put(t, s, newMessage("TopicTest", int32(i%3), fmt.Sprint("body ", i), fmt.Sprintf("UNIQ_KEY\x01id%d\x02KEYS\x01k%d all\x02TAGS\x01TagA\x02", i, i)))
		if r.LogicsOffset != int64(i/3) {
			t.Fatalf("message %d got queue offset %d", i, r.LogicsOffset)
		}
	}
	settled(t, s)
	check := func(s *store.DefaultMessageStore) {
		t.Helper()
		for q := range int32(3) {
			bodies := readAll(t, s, "TopicTest", q)
			for i := int(q); i < n; i += 3 {
				if got, want := bodies[int64(i/3)], fmt.Sprint("body ", i); got != want {
					t.Fatalf("queue %d offset %d: %q, want %q", q, i/3, got, want)
				}
			}
		}
		for _, i := range []int{0, 77, n - 1} {
			res, err := s.QueryMessage(context.Background(), "TopicTest", fmt.Sprint("k", i), 32, 0, time.Now().UnixMilli()+1000)
			if err != nil || len(res.Sizes) != 1 {
				t.Fatalf("query k%d: %d found, %v", i, len(res.Sizes), err)
			}
			m, _, err := message.DecodeRecord(res.Buffer)
			if err != nil || string(m.Body) != fmt.Sprint("body ", i) {
				t.Fatalf("query k%d: %v, %v", i, m, err)
			}
			if m2, err := s.LookMessageByOffset(m.CommitLogOffset); err != nil || m2.MsgID != fmt.Sprint("id", i) {
				t.Fatalf("look up: %v, %v", m2, err)
			}
		}
	}
	check(s)
	none, err := s.QueryMessage(context.Background(), "TopicTest", "nokey", 32, 0, time.Now().UnixMilli()+1000)
	if err != nil || len(none.Sizes) != 0 || none.IndexLastUpdateTimestamp != 0 || none.IndexLastUpdatePhyOffset != 0 {
		t.Errorf("a key that is not there: %+v, %v", none, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(cfg.StorePathRootDir + "/abort"); !os.IsNotExist(err) {
		t.Error("the abort file is still there after a clean stop")
	}
	s = open(t, cfg, store.Deps{})
	check(s)
	if r := put(t, s, newMessage("TopicTest", 0, "next", "")); r.LogicsOffset != (n+2)/3 {
		t.Errorf("the next message got queue offset %d", r.LogicsOffset)
	}
}

func TestSecondOpenIsRefused(t *testing.T) {
	cfg := smallConfig(t.TempDir())
	open(t, cfg, store.Deps{})
	if _, err := store.Open(cfg, store.Deps{}); !errors.Is(err, store.ErrInUse) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkPutAndDispatch(b *testing.B) {
	cfg := store.DefaultConfig(b.TempDir())
	cfg.DiskSpaceWarningLevelRatio = 101
	s := open(b, cfg, store.Deps{})
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		m := newMessage("TopicTest", 1, string(make([]byte, 128)), "UNIQ_KEY\x017F0000010B5C18B4AAC2\x02WAIT\x01true\x02TAGS\x01TagA\x02")
		for pb.Next() {
			put(b, s, m)
		}
	})
	settled(b, s)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
}
