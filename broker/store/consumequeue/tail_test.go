package consumequeue

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/plumemq/plume/internal/disk/simdisk"
)

// publish adds entries for queue offsets from to to-1, of 100 bytes each, and shows them.
func publish(t *testing.T, q *ConsumeQueue, from, to int64) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := q.Put(i, i*100, 100, i); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Publish(); err != nil {
		t.Fatal(err)
	}
}

// checkUnits reads a whole queue, in pieces of several lengths.
func checkUnits(t *testing.T, q *ConsumeQueue, want int64) {
	t.Helper()
	if q.MaxOffset() != want {
		t.Fatalf("%d entries, want %d", q.MaxOffset(), want)
	}
	for piece := 1; piece < 12; piece++ {
		for at := int64(0); at < want; {
			units, err := q.Read(nil, at, piece)
			if err != nil || len(units) == 0 {
				t.Fatalf("%d units at %d of %d: %v", len(units), at, want, err)
			}
			for _, u := range units {
				if u != (Unit{at, at * 100, 100, at}) {
					t.Fatalf("%+v at %d", u, at)
				}
				at++
			}
		}
	}
}

// writes counts what goes to the queue's files.
func writes(d *simdisk.Disk) *int {
	n := new(int)
	d.Inject(simdisk.Faults{Fail: func(op simdisk.Op) error {
		if op.Kind == simdisk.Write {
			*n++
		}
		return nil
	}})
	return n
}

func TestPublishedEntriesAreReadFromMemory(t *testing.T) {
	d := simdisk.New(1)
	_, q := filled(t, d, 0, 7) // in a file of ten
	n := writes(d)
	publish(t, q, 7, 8)
	publish(t, q, 8, 35) // over the ends of three files
	checkUnits(t, q, 35)
	if u, ok, err := q.Get(34); !ok || err != nil || u.PhyOffset != 3400 {
		t.Errorf("the last one: %+v, %v", u, err)
	}
	if *n != 0 {
		t.Errorf("%d writes", *n)
	}
}

func TestTailIsWrittenWhenItIsLong(t *testing.T) {
	d := simdisk.New(1)
	s := NewStore(d, "/cq", 1000*UnitSize)
	q, _ := s.FindOrCreate("T", 0)
	n := writes(d)
	for i := range int64(1000) {
		publish(t, q, i, i+1)
	}
	checkUnits(t, q, 1000)
	if *n != 1000*UnitSize/maxTail {
		t.Errorf("%d writes for 1000 entries", *n)
	}
	if held := s.held.Load(); held != 1000*UnitSize%maxTail {
		t.Errorf("%d bytes held", held)
	}
}

// With too much in memory altogether, entries are written as they come.
func TestTailsAreBounded(t *testing.T) {
	d := simdisk.New(1)
	s, q := filled(t, d, 0, 1)
	s.held.Add(maxHeld)
	n := writes(d)
	publish(t, q, 1, 2)
	if *n != 1 || s.held.Load() != maxHeld {
		t.Errorf("%d writes, %d bytes held", *n, s.held.Load())
	}
}

func TestFlushWritesTails(t *testing.T) {
	for _, leastPages := range []int{0, 4} {
		d := simdisk.New(1)
		s, q := filled(t, d, 0, 7)
		publish(t, q, 7, 25)
		if err := s.Flush(leastPages); err != nil {
			t.Fatal(err)
		}
		if s.held.Load() != 0 || q.tail.data != nil {
			t.Errorf("%d bytes held", s.held.Load())
		}
		if leastPages == 0 {
			d.Crash(0)
		} else {
			d.Kill()
		}
		s = NewStore(d, "/cq", 10*UnitSize)
		if err := s.Load(false); err != nil {
			t.Fatal(err)
		}
		checkUnits(t, s.Find("T", 0), 25)
	}
}

// A kill takes what was in memory; what is left ends at an entry, and goes on there.
func TestKillTakesTheTail(t *testing.T) {
	d := simdisk.New(1)
	_, q := filled(t, d, 0, 7)
	publish(t, q, 7, 25)
	d.Kill()
	s := NewStore(d, "/cq", 10*UnitSize)
	if err := s.Load(false); err != nil {
		t.Fatal(err)
	}
	q = s.Find("T", 0)
	checkUnits(t, q, 7)
	publish(t, q, 7, 30)
	checkUnits(t, q, 30)
}

// What readers have seen stays when it cannot be written; what they have not is forgotten.
func TestTailSurvivesAFailedWrite(t *testing.T) {
	d := simdisk.New(1)
	s, q := filled(t, d, 0, 7)
	publish(t, q, 7, 15)
	d.Inject(simdisk.Faults{Fail: func(op simdisk.Op) error {
		if op.Kind == simdisk.Write && strings.HasSuffix(op.Name, "200") { // the second file
			return simdisk.ErrIO
		}
		return nil
	}})
	if err := s.Flush(0); !errors.Is(err, simdisk.ErrIO) {
		t.Errorf("flush: %v", err)
	}
	if err := q.Put(15, 1500, 100, 15); err != nil {
		t.Fatal(err)
	}
	if err := q.Commit(); !errors.Is(err, simdisk.ErrIO) {
		t.Errorf("commit: %v", err)
	}
	checkUnits(t, q, 15)
	d.Inject(simdisk.Faults{})
	publish(t, q, 15, 20)
	if err := s.Flush(0); err != nil {
		t.Fatal(err)
	}
	checkUnits(t, q, 20)
}

// Discard takes back what nobody has seen, in memory or not.
func TestDiscardKeepsWhatIsPublished(t *testing.T) {
	_, q := filled(t, simdisk.New(1), 0, 7)
	publish(t, q, 7, 12)
	if err := q.Put(12, 9999, 1, 0); err != nil {
		t.Fatal(err)
	}
	q.Discard()
	publish(t, q, 12, 14)
	checkUnits(t, q, 14)
}

func TestTailIsCut(t *testing.T) {
	s, q := filled(t, simdisk.New(1), 0, 7)
	publish(t, q, 7, 25)
	if err := s.Truncate(1300); err != nil {
		t.Fatal(err)
	}
	checkUnits(t, q, 13)
	publish(t, q, 13, 18)
	checkUnits(t, q, 18)
	if err := s.DropTopic("T"); err != nil || s.held.Load() != 0 {
		t.Errorf("%v; %d bytes held", err, s.held.Load())
	}
}

// Readers find every entry while the tail moves to the files.
func TestReadersDuringWrites(t *testing.T) {
	const entries = 5000
	s := NewStore(simdisk.New(1), "/cq", 300*UnitSize)
	q, _ := s.FindOrCreate("T", 0)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range int64(entries) {
			publish(t, q, i, i+1)
			if i%97 == 0 {
				if err := q.writeTail(); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for range 2 {
		wg.Go(func() {
			for at := int64(0); at < entries; {
				units, err := q.Read(nil, at, 40)
				if err != nil {
					t.Error(err)
					return
				}
				for _, u := range units {
					if u.PhyOffset != u.QueueOffset*100 || u.QueueOffset != at {
						t.Errorf("%+v at %d", u, at)
						return
					}
					at++
				}
			}
		})
	}
	wg.Wait()
}
