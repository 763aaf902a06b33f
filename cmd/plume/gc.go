package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// GOGC for commands that make much garbage on a small live heap. A broker's live heap is some twenty megabytes under load: collecting it
// each time that it has doubled takes a tenth of the CPU, and letting it grow fivefold as for a benchmark, whose memory nobody minds,
// twice the memory. A service with little to do collects as early as costs nothing that anybody would notice.
const (
	quietGC   = 25
	serviceGC = 100
	brokerGC  = 200
	benchGC   = 400
)

// relaxGC lets the heap grow further between collections, and returns what undoes that. GOGC in the environment wins.
func relaxGC(percent int) (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(before) }
}

// paceGC keeps the heap of a service small while it has little to do, and lets it grow by that many percent between collections while it
// is busy. It returns what ends that. GOGC in the environment wins.
func paceGC(busy int) (end func()) {
	restore := relaxGC(busy)
	if os.Getenv("GOGC") != "" {
		return restore
	}
	stop := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		p, tick := gcPace{busy: true}, time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			switch changed := p.next(collections()); {
			case changed && p.busy:
				debug.SetGCPercent(busy)
			case changed:
				debug.SetGCPercent(quietGC)
				debug.FreeOSMemory()
			}
		}
	})
	return func() {
		close(stop)
		watch.Wait()
		restore()
	}
}

// collections is how often the heap has outgrown its goal so far.
func collections() uint64 {
	sample := []metrics.Sample{{Name: "/gc/cycles/automatic:gc-cycles"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

const (
	busyCycles = 3 // collections within a tick that make a quiet program busy
	quietTicks = 3 // ticks without one that make a busy program quiet
)

// gcPace tells from the number of collections whether the program is busy.
type gcPace struct {
	busy   bool
	cycles uint64
	still  int // ticks without a collection
}

// next is called at each tick, and says whether busy changed.
func (p *gcPace) next(cycles uint64) (changed bool) {
	ran := cycles - p.cycles
	p.cycles = cycles
	if p.still++; ran > 0 {
		p.still = 0
	}
	if changed = !p.busy && ran >= busyCycles || p.busy && p.still >= quietTicks; changed {
		p.busy = !p.busy
	}
	return changed
}
