package commitlog

import (
	"context"
	"sync"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
)

// flusher is what the flush services and the puts share.
type flusher struct {
	wake chan struct{} // something was written that somebody waits for
	stop chan struct{}
	done sync.WaitGroup

	mu      sync.Mutex // guards the rest
	waiting []*put     // in order of their ends
	expiry  clock.Timer
	recent  []observ.SpanContext // traced puts not flushed yet, bounded
	stopped bool
}

// maxRecent bounds how many traced puts one flush span links to.
const maxRecent = 128

func (f *flusher) init() {
	f.wake = make(chan struct{}, 1)
	f.stop = make(chan struct{})
}

// Start begins flushing in the background: by group commit with [SyncFlush], else in intervals.
func (c *CommitLog) Start() {
	c.flush.done.Go(func() {
		if c.cfg.FlushDiskType == SyncFlush {
			c.runGroupCommit()
		} else {
			c.runFlushRealTime()
		}
	})
}

// stopFlushing ends the service; puts that still wait are answered by a last flush.
func (c *CommitLog) stopFlushing() {
	c.flush.mu.Lock()
	stopped := c.flush.stopped
	c.flush.stopped = true
	c.flush.mu.Unlock()
	if !stopped {
		close(c.flush.stop)
	}
	c.flush.done.Wait()
	c.Commit()
}

// handleDiskFlush completes a written put, or has it wait for the next group commit.
//
// Java: store.CommitLog.DefaultFlushManager#handleDiskFlush (5.5.0).
func (c *CommitLog) handleDiskFlush(p *put) {
	_, p.flushing = traceHandleDiskFlush(p, c.cfg.FlushDiskType)
	if !p.wait {
		c.rememberTraced(p)
		c.handleHA(p, PutMessageResult{AppendResult: p.result.AppendResult})
		return
	}
	f := &c.flush
	p.deadline = c.cfg.Clock.Now().Add(c.cfg.SyncFlushTimeout)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = append(f.waiting, p)
	if f.expiry == nil {
		f.expiry = c.cfg.Clock.AfterFunc(c.cfg.SyncFlushTimeout, c.expire)
	}
}

// handleHA completes a put that is as durable as it asked for, once it is replicated too.
func (c *CommitLog) handleHA(p *put, r PutMessageResult) {
	p.flushing.End(&r.Err)
	p.flushing = observ.Step{}
	if r.Err == nil && c.cfg.HA != nil {
		ctx := p.ctx
		if ctx == nil {
			ctx = context.Background()
		}
		if err := c.cfg.HA.HandleHA(ctx, p.end); err != nil {
			r.Status, r.Err = SlaveNotAvailable, err
		}
	}
	p.finish(r)
}

// wakeFlusher tells the group commit that puts wait.
func (c *CommitLog) wakeFlusher(n int) {
	if n == 0 || c.cfg.FlushDiskType != SyncFlush {
		return
	}
	select {
	case c.flush.wake <- struct{}{}:
	default:
	}
}

// runGroupCommit syncs whenever something was written: one sync for all that gathered during the last.
//
// Java: store.CommitLog.GroupCommitService#run (5.5.0).
func (c *CommitLog) runGroupCommit() {
	for {
		select {
		case <-c.flush.wake:
			c.Commit()
		case <-c.flush.stop:
			return
		}
	}
}

// Commit syncs once and completes every put that the sync covers.
//
// Java: store.CommitLog.GroupCommitService#doCommit (5.5.0).
func (c *CommitLog) Commit() {
	waiting := c.waitingSpans()
	_, step := traceDoCommit(c.cfg.Component, waiting)
	began := c.metrics.now()
	err := c.Flush()
	c.metrics.flush(began, step, waiting)
	step.End(&err)
	for _, p := range c.takeWaiting(func(p *put) bool { return err != nil || p.end <= c.flushed.Load() }) {
		r := PutMessageResult{AppendResult: p.result.AppendResult}
		if err != nil {
			r.Status, r.Err = FlushDiskTimeout, err
		}
		c.handleHA(p, r)
	}
}

// waitingSpans are the spans of the traced puts that wait for a sync now, at most maxRecent.
func (c *CommitLog) waitingSpans() (spans []observ.SpanContext) {
	c.flush.mu.Lock()
	defer c.flush.mu.Unlock()
	for _, p := range c.flush.waiting {
		if p.flushing.On() && len(spans) < maxRecent {
			spans = append(spans, p.flushing.SpanContext())
		}
	}
	return spans
}

// takeWaiting removes the leading puts for which ready holds. A put belongs to whoever removed it.
func (c *CommitLog) takeWaiting(ready func(*put) bool) []*put {
	f := &c.flush
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for n < len(f.waiting) && ready(f.waiting[n]) {
		n++
	}
	taken := append([]*put(nil), f.waiting[:n]...)
	rest := copy(f.waiting, f.waiting[n:])
	clear(f.waiting[rest:])
	f.waiting = f.waiting[:rest]
	if rest == 0 && f.expiry != nil {
		f.expiry.Stop()
		f.expiry = nil
	}
	return taken
}

// expire answers the puts that have waited for too long, and sets the timer for the next.
//
// Java: store.FlushDiskWatcher (5.5.0).
func (c *CommitLog) expire() {
	now := c.cfg.Clock.Now()
	late := c.takeWaiting(func(p *put) bool { return !p.deadline.After(now) })
	c.flush.mu.Lock()
	if len(c.flush.waiting) > 0 && c.flush.expiry != nil {
		c.flush.expiry.Reset(c.flush.waiting[0].deadline.Sub(now))
	}
	c.flush.mu.Unlock()
	for _, p := range late {
		c.handleHA(p, PutMessageResult{Status: FlushDiskTimeout, Err: ErrFlushTimeout, AppendResult: p.result.AppendResult})
	}
}

// runFlushRealTime syncs in intervals: when enough pages are dirty, and whatever is dirty once in a while.
//
// Java: store.CommitLog.FlushRealTimeService#run (5.5.0).
func (c *CommitLog) runFlushRealTime() {
	ticker := c.cfg.Clock.NewTicker(c.cfg.FlushInterval)
	defer ticker.Stop()
	last := c.cfg.Clock.Now()
	for {
		select {
		case <-ticker.C():
			last = c.flushRealTime(last, c.cfg.Clock.Now())
		case <-c.flush.stop:
			return
		}
	}
}

// flushRealTime flushes if it is time to, and returns when the last thorough flush was. An error has fenced the log already.
func (c *CommitLog) flushRealTime(last, now time.Time) time.Time {
	thorough := now.Sub(last) >= c.cfg.FlushThoroughInterval
	dirty := c.wrote.Load()/pageSize - c.flushed.Load()/pageSize
	switch {
	case c.wrote.Load() == c.flushed.Load() || c.Fenced() != nil:
		return last
	case !thorough && dirty < int64(c.cfg.FlushLeastPages):
		return last
	}
	served := c.takeTraced()
	_, step := traceFlushRealTime(c.cfg.Component, served)
	began := c.metrics.now()
	err := c.Flush()
	c.metrics.flush(began, step, served)
	step.End(&err)
	if thorough {
		return now
	}
	return last
}

// rememberTraced keeps a traced put's span for the flush that will cover it.
func (c *CommitLog) rememberTraced(p *put) {
	if !p.step.On() {
		return
	}
	c.flush.mu.Lock()
	defer c.flush.mu.Unlock()
	if len(c.flush.recent) < maxRecent {
		c.flush.recent = append(c.flush.recent, p.step.SpanContext())
	}
}

func (c *CommitLog) takeTraced() []observ.SpanContext {
	c.flush.mu.Lock()
	defer c.flush.mu.Unlock()
	recent := c.flush.recent
	c.flush.recent = nil
	return recent
}
