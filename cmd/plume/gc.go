package main

import (
	"os"
	"runtime/debug"
)

// relaxedGC is GOGC for commands that make much garbage on a small live heap.
const relaxedGC = 400

// relaxGC lets the heap grow further between collections, and returns what undoes that. A broker's live heap is some ten
// megabytes: collecting it each time that it has doubled takes a tenth of the CPU under load. GOGC in the environment wins.
func relaxGC() (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(relaxedGC)
	return func() { debug.SetGCPercent(before) }
}
