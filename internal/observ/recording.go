package observ

import (
	"context"
	"sync/atomic"

	"golang.org/x/sys/cpu"
)

// recording is how many entry steps of this process record now. As long as none does, which is always so with tracing off and most of the
// time where few traces are recorded, no step within one needs to look for it: contexts are several deep, and a send has two dozen steps.
var recording struct {
	_       cpu.CacheLinePad // the count changes with each recorded trace, and all steps read it
	steps   atomic.Int64
	refused atomic.Bool // a sampler refused a trace, ever
	_       cpu.CacheLinePad
}

// nothingRecords says whether no entry step of this process does. Whoever has the context of one that does sees that.
func nothingRecords() bool { return recording.steps.Load() == 0 }

// AnythingRecords says whether any entry step of this process does.
func AnythingRecords() bool { return !nothingRecords() }

// nothingKnown says whether no context of this process has an entry step, recorded or refused, that has not ended.
func nothingKnown() bool { return nothingRecords() && !recording.refused.Load() }

// refuses notes that a sampler has refused a trace.
func refuses() {
	if !recording.refused.Load() {
		recording.refused.Store(true)
	}
}

// begins notes that the entry step has begun.
func (e *entry) begins() { recording.steps.Add(1) }

// ends notes that it has ended, and nothing within it records any more.
func (e *entry) ends() {
	if !e.over.Swap(true) {
		recording.steps.Add(-1)
	}
}

// recordingIn is the entry step that records in ctx, or nil.
func recordingIn(ctx context.Context) *entry {
	if nothingRecords() {
		return nil
	}
	if e := entryOf(ctx); e != nil && e.component != nil && !e.over.Load() {
		return e
	}
	return nil
}

// recorder is its component, or nil.
func recorder(ctx context.Context) *Component {
	if e := recordingIn(ctx); e != nil {
		return e.component
	}
	return nil
}
