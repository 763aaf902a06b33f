package telemetry

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// DefaultRun is how many traces a run has, unless told otherwise.
const DefaultRun = 64

// singles is how many traces a second are drawn each for itself before others come in runs.
const singles = 25

// draws decides which of the traces that begin here are recorded: a share of them. The first ones of each second are drawn each for itself.
// Where more are to be recorded, the others come in runs, of neighbours in time: those are what a send shares its writes and waits with, and
// what it takes to record one is at hand from the one before, where it costs twice as much alone. The share stays the same. Safe for concurrent use.
type draws struct {
	below  uint64        // of all 64-bit numbers, those that draw a trace
	begins uint64        // likewise those with which one that is drawn, but no single one, begins a run
	run    int64         // traces in a run; 1: there are none
	single *rate.Limiter // of those for themselves

	left atomic.Int64 // traces of the run under way
}

// newDraws draws a share from 0 to 1, in runs of that length where there are many.
func newDraws(share float64, run int) *draws {
	if share >= 1 {
		run = 1 // all are recorded
	}
	// A run of n has n-1 that were not drawn, nor could be: the share is the same if one in n-share*(n-1) begins one.
	n := float64(run)
	return &draws{below: threshold(share), begins: threshold(1 / (n - share*(n-1))), run: int64(run), single: rate.NewLimiter(singles, singles)}
}

// draw says whether a trace that begins now is recorded.
func (d *draws) draw() bool {
	if d.left.Load() > 0 && d.next() {
		return true
	}
	return rand.Uint64() < d.below && (d.run == 1 || d.drawn(time.Now()))
}

// next takes a trace into the run under way, if there still is one.
func (d *draws) next() bool {
	for n := d.left.Load(); n > 0; n = d.left.Load() {
		if d.left.CompareAndSwap(n, n-1) {
			return true
		}
	}
	return false
}

// drawn says whether a trace that is drawn is recorded: for itself, or as the first of a run.
func (d *draws) drawn(now time.Time) bool {
	if d.single.AllowN(now, 1) {
		return true
	}
	if rand.Uint64() >= d.begins {
		return false
	}
	d.left.Add(d.run - 1)
	return true
}

// threshold is the number that a share of all 64-bit numbers is below; at 1 all but one are.
func threshold(share float64) uint64 {
	if share >= 1 {
		return math.MaxUint64
	}
	return uint64(max(share, 0) * (1 << 64))
}
