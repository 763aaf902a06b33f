package observ

import (
	"context"
	"sync/atomic"

	"golang.org/x/sys/cpu"
)

// recording is how many entry steps of this process record now, and at which level of detail. As long as none does that would show it, no
// step within one needs to look for it: contexts are several deep, and a send has two dozen steps. So it is always with tracing off or few
// details, and most of the time where few traces are recorded.
var recording struct {
	_       cpu.CacheLinePad // the counts change with each recorded trace, and all steps read them
	steps   atomic.Int64     // a count of entry steps for each level, those of finer ones in higher bits
	refused atomic.Bool      // a sampler refused a trace, ever
	_       cpu.CacheLinePad
}

// countBits are those of one level's count: two million entry steps at a time.
const countBits = 21

// shift is at which bit the level's count begins.
func (d Detail) shift() uint8 { return uint8(d-Semconv) * countBits }

// hidden says whether no entry step of this process would show one of the Op within it.
func (o *Op) hidden() bool { return recording.steps.Load()>>(o.shift&63) == 0 }

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

// begins notes that the entry step has begun. What shows within it is settled now.
func (e *entry) begins() {
	e.detail = max(e.component.Detail(), Semconv)
	recording.steps.Add(1 << e.detail.shift())
}

// ends notes that it has ended, and nothing within it records any more.
func (e *entry) ends() {
	if !e.over.Swap(true) {
		recording.steps.Add(-1 << e.detail.shift())
	}
}

// shows says whether the level at the entry step's beginning has what is of level d, and tracing was not turned off since.
func (e *entry) shows(d Detail) bool { return d <= e.detail && e.component.Detail() != Off }

// recordingIn is the entry step that records in ctx, or nil.
func recordingIn(ctx context.Context) *entry {
	if Refused(ctx) || nothingRecords() {
		return nil
	}
	if e := entryOf(ctx); e != nil && e.component != nil && !e.over.Load() {
		return e
	}
	return nil
}

// showing is the entry step that records in ctx and shows the Op within it, or nil.
func (o *Op) showing(ctx context.Context) *entry {
	if Refused(ctx) || o.hidden() {
		return nil
	}
	if e := recordingIn(ctx); e != nil && e.shows(o.Detail) {
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
