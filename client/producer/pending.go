package producer

import (
	"context"
	"sync"
)

// pendingSends counts asynchronous sends under way, so that a shutdown can wait for them. The zero value is closed.
type pendingSends struct {
	mu   sync.Mutex
	on   bool
	n    int
	idle chan struct{} // closed when n falls to 0 after close
}

func (s *pendingSends) open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on, s.idle = true, make(chan struct{})
}

// add counts one more, unless closed.
func (s *pendingSends) add() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on {
		s.n++
	}
	return s.on
}

func (s *pendingSends) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n--; s.n == 0 && !s.on {
		close(s.idle)
	}
}

// close takes no more, and waits for the last one to finish or ctx to be done.
func (s *pendingSends) close(ctx context.Context) error {
	s.mu.Lock()
	s.on = false
	n, idle := s.n, s.idle
	s.mu.Unlock()
	if n == 0 {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
