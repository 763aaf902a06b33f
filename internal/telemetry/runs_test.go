package telemetry

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// lengths are how many of n traces in a row were recorded each time.
func lengths(d *draws, n int) (runs []int) {
	run := 0
	for range n {
		if d.draw() {
			run++
		} else if run > 0 {
			runs, run = append(runs, run), 0
		}
	}
	return runs
}

// TestRunsKeepTheShare: in runs as many traces are recorded as one by one.
func TestRunsKeepTheShare(t *testing.T) {
	for _, share := range []float64{0.01, 0.1, 0.5} {
		const n = 4_000_000
		recorded := 0
		for _, run := range lengths(newDraws(share, DefaultRun), n) {
			recorded += run
		}
		if got := float64(recorded) / n; got < 0.75*share || got > 1.25*share {
			t.Errorf("a share of %g became %g", share, got)
		}
	}
}

// TestManyComeInRuns: what is recorded beyond the single ones follows each other.
func TestManyComeInRuns(t *testing.T) {
	const run = 10
	d := newDraws(0.001, run)
	now := time.Now()
	for range singles { // the second's are used up
		if !d.drawn(now) || d.left.Load() > 0 {
			t.Fatal("the first ones are not recorded each for itself")
		}
	}
	d.single = rate.NewLimiter(0, 0)
	got := lengths(d, 1_000_000)
	for _, n := range got {
		if n%run != 0 { // one may begin where another ends
			t.Errorf("%d in a row", n)
		}
	}
	if len(got) < 50 || len(got) > 150 {
		t.Errorf("%d runs, want some 100", len(got))
	}
}

// TestFewAreDrawnOneByOne: as long as they are few, each trace that is drawn is recorded, for itself.
func TestFewAreDrawnOneByOne(t *testing.T) {
	d := newDraws(0.01, DefaultRun)
	now := time.Now()
	for range 10 * singles {
		now = now.Add(time.Second / singles)
		if !d.drawn(now) || d.left.Load() > 0 {
			t.Fatal("not recorded for itself")
		}
	}
}

// TestOneByOne: runs of one are none, however many are recorded; and there are none where all are.
func TestOneByOne(t *testing.T) {
	for _, n := range lengths(newDraws(0.001, 1), 1_000_000) {
		if n > 5 {
			t.Errorf("%d in a row", n)
		}
	}
	all := newDraws(1, DefaultRun)
	for range 1000 {
		if !all.draw() {
			t.Fatal("not all are recorded")
		}
	}
	if all.left.Load() != 0 || all.single.Tokens() < singles {
		t.Error("where all are recorded some were drawn")
	}
}

// TestARunHasItsLength: however many begin at the same time, a run has as many traces as it is to have.
func TestARunHasItsLength(t *testing.T) {
	d := newDraws(0, DefaultRun)
	d.left.Store(1000)
	var recorded atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				if d.draw() {
					recorded.Add(1)
				}
			}
		})
	}
	all.Wait()
	if recorded.Load() != 1000 || d.left.Load() != 0 {
		t.Errorf("%d recorded, %d left", recorded.Load(), d.left.Load())
	}
}
