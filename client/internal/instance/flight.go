package instance

import (
	"context"
	"errors"
	"sync"
)

// flightTable makes concurrent requests for the same thing one. The zero value is ready.
type flightTable struct {
	mu    sync.Mutex
	calls map[string]*flight
}

// flight is one request under way.
type flight struct {
	done    chan struct{} // closed when changed and err are final
	changed bool
	err     error
}

// do runs fetch, unless one for key is under way: then it waits for that one and shares its outcome (shared is true). have, which
// may be nil, is asked when nothing is under way; if it says true there is nothing to do. A waiter whose leader was merely
// cancelled takes its place.
func (t *flightTable) do(ctx context.Context, key string, have func() bool, fetch func() (bool, error)) (changed, shared bool, err error) {
	for {
		f, leader := t.join(key, have)
		if f == nil {
			return false, true, nil
		}
		if leader {
			f.changed, f.err = fetch()
			t.land(key, f)
			return f.changed, false, f.err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return false, true, ctx.Err()
		}
		if !errors.Is(f.err, context.Canceled) {
			return f.changed, true, f.err
		}
	}
}

// join is the flight for key, and whether the caller leads it; nil when have says that it is not needed.
func (t *flightTable) join(key string, have func() bool) (f *flight, leader bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.calls[key]; f != nil {
		return f, false
	}
	if have != nil && have() {
		return nil, false
	}
	f = &flight{done: make(chan struct{})}
	if t.calls == nil {
		t.calls = map[string]*flight{}
	}
	t.calls[key] = f
	return f, true
}

func (t *flightTable) land(key string, f *flight) {
	t.mu.Lock()
	delete(t.calls, key)
	t.mu.Unlock()
	close(f.done)
}
