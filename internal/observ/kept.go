package observ

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Kept are things made once for each key, such as what the spans of a topic have in common. The zero value is empty and ready. Safe for
// concurrent use.
type Kept[K comparable, V any] struct {
	mu    sync.Mutex               // held by whoever adds
	known atomic.Pointer[map[K]*V] // never changes: each addition makes a new one
}

// mostKept is how many are kept: keys may be made of what others send.
const mostKept = 4096

// Load finds what is kept for a key; nil if there is nothing yet.
func (k *Kept[K, V]) Load(key K) *V {
	if known := k.known.Load(); known != nil {
		return (*known)[key]
	}
	return nil
}

// Keep keeps v for a key and returns it, or what somebody else has put there. The key is kept too: it must not be part of a request.
// If there are many already it only returns v.
func (k *Kept[K, V]) Keep(key K, v *V) *V {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := map[K]*V{}
	if known := k.known.Load(); known != nil {
		if there := (*known)[key]; there != nil {
			return there
		}
		if len(*known) >= mostKept {
			return v
		}
		next = maps.Clone(*known)
	}
	next[key] = v
	k.known.Store(&next)
	return v
}

// Recent are [Kept] things of which the same one is mostly asked for again and again, by few: finding that takes no looking up.
type Recent[K comparable, V any] struct {
	Kept[K, V]
	last atomic.Pointer[recent[K, V]]
}

type recent[K comparable, V any] struct {
	key K
	v   *V
}

// Load finds what is kept for a key; nil if there is nothing yet.
func (r *Recent[K, V]) Load(key K) *V {
	if last := r.last.Load(); last != nil && last.key == key {
		return last.v
	}
	v := r.Kept.Load(key)
	if v != nil {
		r.last.Store(&recent[K, V]{key, v})
	}
	return v
}
