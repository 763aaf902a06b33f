package consumequeue

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/internal/disk/simdisk"
)

// filled is a queue in files of ten entries that holds messages with queue offsets from to to-1, of 100 bytes each.
func filled(t *testing.T, d *simdisk.Disk, from, to int64) (*ConsumeQueueStore, *ConsumeQueue) {
	t.Helper()
	s := NewStore(d, "/cq", 10*UnitSize)
	q, err := s.FindOrCreate("T", 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := from; i < to; i++ {
		if err := q.Put(i, i*100, 100, i); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Commit(); err != nil {
		t.Fatal(err)
	}
	return s, q
}

func TestPutThenRead(t *testing.T) {
	_, q := filled(t, simdisk.New(1), 0, 25)
	units, err := q.Read(nil, 8, 10)
	if err != nil {
		t.Fatal(err)
	}
	want := []Unit{{8, 800, 100, 8}, {9, 900, 100, 9}} // as far as the file goes
	if diff := cmp.Diff(want, units); diff != "" {
		t.Error(diff)
	}
	if err := q.Put(24, 9999, 1, 1); err != nil {
		t.Fatal(err)
	}
	if u, ok, err := q.Get(24); !ok || err != nil || u.PhyOffset != 2400 {
		t.Errorf("an entry that was there was replaced: %+v, %v", u, err)
	}
	if _, ok, _ := q.Get(25); ok {
		t.Error("there is an entry behind the end")
	}
}

// A queue whose older messages are gone begins in the middle of a file; the front of the file is blank.
func TestQueueThatBeginsLate(t *testing.T) {
	_, q := filled(t, simdisk.New(1), 37, 45)
	if q.MinOffset() != 37 || q.MaxOffset() != 45 {
		t.Errorf("%d to %d", q.MinOffset(), q.MaxOffset())
	}
	if u, ok, err := q.Get(36); !ok || err != nil || !u.Blank() {
		t.Errorf("%+v, %v", u, err)
	}
}

// A loss of power may leave a queue with its second file alone, and nothing in it: it has no entries, and whoever counts them is told so.
func TestQueueWithoutItsFirstFile(t *testing.T) {
	d := simdisk.New(1)
	if _, q := filled(t, d, 0, 12); q.Flush() != nil {
		t.Fatal("cannot flush")
	}
	if err := d.Remove("/cq/T/0/00000000000000000000"); err != nil {
		t.Fatal(err)
	}
	f, err := d.OpenFile("/cq/T/0/00000000000000000200", false, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(0), f.Truncate(200)); err != nil {
		t.Fatal(err)
	}
	s := NewStore(d, "/cq", 10*UnitSize)
	if err := s.Load(false); err != nil {
		t.Fatal(err)
	}
	if queues, _, err := s.Totals(1100); err != nil || queues > 1 {
		t.Errorf("%d queues, %v", queues, err)
	}
	if _, ok, err := s.Find("T", 0).Get(9); ok || err != nil {
		t.Errorf("the entry before the file: %v, %v", ok, err)
	}
}

func TestGaps(t *testing.T) {
	_, q := filled(t, simdisk.New(1), 0, 5)
	if err := q.Put(8, 800, 100, 0); err != nil {
		t.Fatal(err)
	}
	if u, ok, err := q.Get(6); !ok || err != nil || !u.Blank() || q.MinOffset() != 0 {
		t.Errorf("%+v, %v, min %d", u, err, q.MinOffset())
	}
	if err := q.Put(1<<40, 900, 100, 0); !errors.Is(err, ErrQueueOffset) {
		t.Errorf("a gap that cannot be: %v", err)
	}
	if _, err := q.PutChecked(-1, 900, 100, 0, nil); !errors.Is(err, ErrQueueOffset) {
		t.Errorf("a negative queue offset: %v", err)
	}
}

func TestReload(t *testing.T) {
	for _, clean := range []bool{true, false} {
		d := simdisk.New(1)
		filled(t, d, 0, 25)
		d.Kill()
		s := NewStore(d, "/cq", 10*UnitSize)
		if err := s.Load(clean); err != nil {
			t.Fatal(err)
		}
		q := s.Find("T", 0)
		if q.MinOffset() != 0 || q.MaxOffset() != 25 {
			t.Errorf("clean %v: %d to %d", clean, q.MinOffset(), q.MaxOffset())
		}
		if end, err := s.MaxPhyOffset(); end != 2500 || err != nil {
			t.Errorf("max physical offset %d, %v", end, err)
		}
		if n, sum, err := s.Totals(1000); n != 1 || sum != 10 || err != nil {
			t.Errorf("totals before 1000: %d, %d, %v", n, sum, err)
		}
		if err := s.Truncate(1250); err != nil || q.MaxOffset() != 13 {
			t.Errorf("cut at 1250: max %d, %v", q.MaxOffset(), err)
		}
	}
}

func TestExpiry(t *testing.T) {
	s, q := filled(t, simdisk.New(1), 0, 35)
	if n, err := s.DropBefore(2250); n != 2 || err != nil {
		t.Errorf("%d files dropped, %v", n, err)
	}
	if q.MinOffset() != 23 {
		t.Errorf("min offset %d", q.MinOffset())
	}
	if n, err := s.DropBefore(1 << 40); n != 1 || err != nil || q.MinOffset() != 35 || q.MaxOffset() != 35 {
		t.Errorf("%d more dropped, %v; %d to %d", n, err, q.MinOffset(), q.MaxOffset())
	}
}

func TestTopicThatIsNoName(t *testing.T) {
	s := NewStore(simdisk.New(1), "/cq", 200)
	for _, topic := range []string{"", ".", "..", "a/b", "a\\b", "a\x00"} {
		if _, err := s.FindOrCreate(topic, 0); !errors.Is(err, ErrTopicName) {
			t.Errorf("%q: %v", topic, err)
		}
	}
}

// FuzzLoad: whatever a consume queue file holds, loading it ends, and every entry it admits to can be read.
func FuzzLoad(f *testing.F) {
	f.Add(appendUnit(appendBlanks(nil, 2), 100, 50, 0), true)
	f.Add([]byte{0xff}, false)
	f.Fuzz(func(t *testing.T, data []byte, clean bool) {
		d := simdisk.New(1)
		if err := d.MkdirAll("/cq/T/0"); err != nil {
			t.Fatal(err)
		}
		file, err := d.OpenFile("/cq/T/0/00000000000000000000", true, 10*UnitSize)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt(data[:min(len(data), 10*UnitSize)], 0); err != nil {
			t.Fatal(err)
		}
		s := NewStore(d, "/cq", 10*UnitSize)
		if err := s.Load(clean); err != nil {
			t.Fatal(err)
		}
		q := s.Find("T", 0)
		if err := q.CorrectMinOffset(5); err != nil && !errors.Is(err, ErrUnit) {
			t.Fatal(err)
		}
		if _, err := q.Read(nil, q.MinOffset(), 10); err != nil && (!clean || !errors.Is(err, ErrUnit)) {
			t.Fatal(err)
		}
	})
}
