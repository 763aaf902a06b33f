package commitlog

import (
	"context"
	"sync"
	"sync/atomic"
)

// PutFuture is the outcome of a put that may still be under way. It is a small value; copies share the outcome. The zero
// PutFuture must not be used.
type PutFuture struct{ s *putState }

// putState is the shared part: written once, by whoever completes the put.
type putState struct {
	of     *put // what it is a part of; nil for a put that never began
	done   atomic.Bool
	result PutMessageResult // readable once done

	mu        sync.Mutex // guards the two below until done
	callback  func(PutMessageResult)
	completed chan struct{} // made by the first waiter
}

// Completed is a future that already has its result.
func Completed(r PutMessageResult) PutFuture {
	s := &putState{result: r}
	s.done.Store(true)
	return PutFuture{s}
}

// puts are the spare ones.
var puts = sync.Pool{New: func() any { return new(put) }}

func newPut() *put {
	p := puts.Get().(*put)
	p.of = p
	return p
}

// Release has the memory of a put that is done serve another one. Nobody may use the future any more, nor a copy of it. Whoever cannot
// know that leaves it to the garbage collector.
func (f PutFuture) Release() {
	if f.s == nil || f.s.of == nil {
		return
	}
	p := f.s.of
	p.mu.Lock() // whoever completes it lets go of the lock only after it is done
	done := p.done.Load()
	p.mu.Unlock()
	if done {
		*p = put{}
		puts.Put(p)
	}
}

// Done says whether the result is there.
func (f PutFuture) Done() bool { return f.s.done.Load() }

// Result is the outcome. Before Done it is the zero PutMessageResult with status UnknownError.
func (f PutFuture) Result() PutMessageResult {
	if !f.s.done.Load() {
		return PutMessageResult{Status: UnknownError}
	}
	return f.s.result
}

// OnComplete calls fn with the result: at once when it is there, else on the goroutine that completes the put, where it must
// not block. At most one callback may be set; a second one replaces the first.
func (f PutFuture) OnComplete(fn func(PutMessageResult)) {
	if !f.s.done.Load() {
		f.s.mu.Lock()
		if !f.s.done.Load() {
			f.s.callback = fn
			f.s.mu.Unlock()
			return
		}
		f.s.mu.Unlock()
	}
	fn(f.s.result)
}

// Wait returns the result, or status UnknownError and ctx's error if ctx ends first; the put then goes on regardless.
func (f PutFuture) Wait(ctx context.Context) PutMessageResult {
	if f.s.done.Load() {
		return f.s.result
	}
	select {
	case <-f.s.wait():
		return f.s.result
	case <-ctx.Done():
		return PutMessageResult{Status: UnknownError, Err: ctx.Err()}
	}
}

// wait is a channel that is closed once the result is there.
func (s *putState) wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.completed == nil {
		s.completed = make(chan struct{})
		if s.done.Load() {
			close(s.completed)
		}
	}
	return s.completed
}

// complete publishes the result; later calls do nothing.
func (s *putState) complete(r PutMessageResult) {
	s.mu.Lock()
	if s.done.Load() {
		s.mu.Unlock()
		return
	}
	s.result = r
	s.done.Store(true)
	callback, completed := s.callback, s.completed
	s.mu.Unlock()
	if completed != nil {
		close(completed)
	}
	if callback != nil {
		callback(r)
	}
}
