package commitlog

import (
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/observ"
)

// instruments are what a log records its metrics with. A nil *instruments records nothing.
type instruments struct {
	clock                     clock.Clock
	append, lockWait, flushed metrics.Histogram
}

func newInstruments(r *metrics.Registry, c clock.Clock, t FlushDiskType) *instruments {
	if r == nil {
		return nil
	}
	flush := "realtime"
	if t == SyncFlush {
		flush = "group_commit"
	}
	return &instruments{
		clock: c, append: r.Histogram(metrics.StoreAppendDuration).With(), lockWait: r.Histogram(metrics.StoreLockWait).With("put_message"),
		flushed: r.Histogram(metrics.StoreFlushDuration).With(flush),
	}
}

// now is the time, if anybody wants to know.
func (m *instruments) now() time.Time {
	if m == nil {
		return time.Time{}
	}
	return m.clock.Now()
}

// locked notes how long a put waited for its turn.
func (m *instruments) locked(began, locked time.Time, step observ.Step) {
	if m != nil {
		m.lockWait.Observe(locked.Sub(began).Seconds(), step.SpanContext())
	}
}

// appended notes how long the write of a batch took that began then.
func (m *instruments) appended(began time.Time, b *batch) {
	if m == nil {
		return
	}
	var span observ.SpanContext
	for _, p := range b.puts {
		if p.step.On() {
			span = p.step.SpanContext()
			break
		}
	}
	m.append.Observe(m.clock.Now().Sub(began).Seconds(), span)
}

// flush notes how long a flush took that began then: its own span, or one of those that it served, is the exemplar.
func (m *instruments) flush(began time.Time, step observ.Step, served []observ.SpanContext) {
	if m == nil {
		return
	}
	span := step.SpanContext()
	if !span.IsValid() && len(served) > 0 {
		span = served[0]
	}
	m.flushed.Observe(m.clock.Now().Sub(began).Seconds(), span)
}
