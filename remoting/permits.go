package remoting

import "context"

// permits bound a kind of call in flight: a counting semaphore whose waiters give up with their context.
type permits chan struct{}

func newPermits(n int) permits { return make(permits, n) }

// tryAcquire takes a permit if one is free.
func (p permits) tryAcquire() bool {
	select {
	case p <- struct{}{}:
		return true
	default:
		return false
	}
}

// acquire waits for a permit until ctx is done.
func (p permits) acquire(ctx context.Context) error {
	select {
	case p <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p permits) release() { <-p }

// available is the number of permits free.
func (p permits) available() int { return cap(p) - len(p) }
