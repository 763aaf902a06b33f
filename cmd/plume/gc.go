package main

import (
	"os"
	"runtime/debug"
)

// GOGC for commands that make much garbage on a small live heap. A broker's live heap is some twenty megabytes under load: collecting it
// each time that it has doubled takes a tenth of the CPU, and letting it grow fivefold as for a benchmark, whose memory nobody minds,
// twice the memory.
const (
	brokerGC = 200
	benchGC  = 400
)

// relaxGC lets the heap grow further between collections, and returns what undoes that. GOGC in the environment wins.
func relaxGC(percent int) (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(before) }
}
