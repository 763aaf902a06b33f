package latency

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plumemq/plume/internal/clock"
)

// FaultTolerance remembers which brokers to avoid, and until when. Reads take no lock.
//
// Java: client.latency.LatencyFaultToleranceImpl (5.5.0).
type FaultTolerance struct {
	clock clock.Clock
	mu    sync.Mutex // serialises writers
	items atomic.Pointer[map[string]faultItem]
}

// faultItem is what is known of one broker; immutable.
type faultItem struct {
	latency   time.Duration
	start     time.Time // available again from here on
	reachable bool
}

func newFaultTolerance(c clock.Clock) *FaultTolerance {
	t := &FaultTolerance{clock: c}
	t.items.Store(&map[string]faultItem{})
	return t
}

// UpdateFaultItem sets what is known of a broker. A positive notAvailable isolates it for so long from now; an isolation is never
// shortened.
//
// Java: LatencyFaultToleranceImpl#updateFaultItem (5.5.0).
func (t *FaultTolerance) UpdateFaultItem(name string, latency, notAvailable time.Duration, reachable bool) {
	old, known := (*t.items.Load())[name]
	if known && notAvailable == 0 && old.reachable == reachable {
		return // nothing that a reader could see
	}
	if !known && notAvailable == 0 && reachable {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	next := maps.Clone(*t.items.Load())
	item := next[name]
	item.latency, item.reachable = latency, reachable
	if until := t.clock.Now().Add(notAvailable); notAvailable > 0 && until.After(item.start) {
		item.start = until
	}
	next[name] = item
	t.items.Store(&next)
}

// IsAvailable says that the broker is not isolated. An unknown broker is available.
func (t *FaultTolerance) IsAvailable(name string) bool {
	item, known := (*t.items.Load())[name]
	return !known || !t.clock.Now().Before(item.start)
}

// IsReachable says that the last attempt reached the broker. An unknown broker is reachable.
func (t *FaultTolerance) IsReachable(name string) bool {
	item, known := (*t.items.Load())[name]
	return !known || item.reachable
}

// Remove forgets a broker.
func (t *FaultTolerance) Remove(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := maps.Clone(*t.items.Load())
	delete(next, name)
	t.items.Store(&next)
}
