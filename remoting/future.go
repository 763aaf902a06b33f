package remoting

import (
	"slices"
	"sync"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
)

// responseFuture is one call that waits for its response.
//
// Whoever removes it from the response table owns it, and delivers exactly once. A synchronous caller that gives up removes it
// itself; if it comes too late, the deliverer is at work and the caller takes what is delivered. So a future is never written to
// after it went back to the pool.
//
// Java: remoting.netty.ResponseFuture (5.5.0).
type responseFuture struct {
	opaque   int32
	deadline time.Time
	reads    uint64        // the channel's count of reads when the call began: unchanged at the deadline means a silent peer
	done     chan struct{} // capacity 1; one token per delivery
	step     observ.Step   // the CLIENT span
	sent     written       // of a traced call: told of the request's write at the latest when the response comes
	resp     *protocol.RemotingCommand
	err      error
	complete func(resp *protocol.RemotingCommand, err error) // nil for a synchronous call
	owner    *endpoint                                       // of an asynchronous call
}

func (e *endpoint) acquireFuture() *responseFuture {
	if f, ok := e.futures.Get().(*responseFuture); ok {
		return f
	}
	return &responseFuture{done: make(chan struct{}, 1)}
}

// recycle gives f back to the pool. The caller owns f, and its token is taken or was never put.
func (e *endpoint) recycle(f *responseFuture) {
	*f = responseFuture{done: f.done}
	e.futures.Put(f)
}

// deliver hands over the outcome. The caller has removed f from its table and must not touch it again.
func (f *responseFuture) deliver(resp *protocol.RemotingCommand, err error) {
	f.resp, f.err = resp, err
	if f.complete == nil {
		f.done <- struct{}{}
		return
	}
	if !f.owner.callbacks.submit(f) {
		f.run(false) // only if the queue were shorter than there are permits
	}
}

// run completes an asynchronous call, on the callback executor. The permit is given back first, so that a callback may call again.
func (f *responseFuture) run(bool) {
	complete, resp, err, e := f.complete, f.resp, f.err, f.owner
	e.asyncPermits.release()
	e.recycle(f)
	complete(resp, err)
}

// responseTable holds a channel's calls in flight.
type responseTable struct {
	clock clock.Clock
	scan  func() // called when the earliest deadline has come

	mu     sync.Mutex // owns all below; a leaf: nothing is delivered under it
	calls  callTable
	closed error       // why no call can wait here any more
	timer  clock.Timer // calls scan; nil until the first call
	due    time.Time   // what timer is set to; zero: not set
}

// put registers f under its opaque, which must not be in flight, and sees to its deadline. It says whether other calls are in flight. It
// fails once the table is closed.
func (t *responseTable) put(f *responseFuture) (others bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed != nil {
		return false, t.closed
	}
	if !t.calls.put(f) {
		return false, errOpaqueTaken
	}
	if t.due.IsZero() || f.deadline.Before(t.due) {
		t.armLocked(f.deadline)
	}
	return t.calls.count > 1, nil
}

// armLocked sets the timer to a deadline. Most calls find it set to an earlier one, so it moves about once per timeout.
func (t *responseTable) armLocked(due time.Time) {
	t.due = due
	wait := due.Sub(t.clock.Now())
	if t.timer == nil {
		t.timer = t.clock.AfterFunc(wait, t.scan)
		return
	}
	t.timer.Reset(wait)
}

// take removes and returns the call waiting for opaque, or nil.
func (t *responseTable) take(opaque int32) *responseFuture {
	t.mu.Lock()
	f := t.calls.take(opaque)
	t.mu.Unlock()
	return f
}

// busy says whether calls are in flight.
func (t *responseTable) busy() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.calls.count > 0
}

// expired removes and returns the calls whose deadline has come.
func (t *responseTable) expired() (due []*responseFuture) {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	var next time.Time
	for f := range t.calls.all() {
		if !f.deadline.After(now) {
			due = append(due, f)
			t.calls.take(f.opaque)
		} else if next.IsZero() || f.deadline.Before(next) {
			next = f.deadline
		}
	}
	t.due = time.Time{}
	if !next.IsZero() {
		t.armLocked(next)
	}
	return due
}

// close refuses further calls and returns those in flight, for the caller to fail.
func (t *responseTable) close(err error) []*responseFuture {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed == nil {
		t.closed = err
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	left := slices.Collect(t.calls.all())
	t.calls = callTable{}
	return left
}
