package metrics

import (
	"sync"
	"sync/atomic"
)

// maxCached bounds a Cache: its keys are made of what peers send.
const maxCached = 4096

// Cache keeps handles by what they are labelled with, so that the hot path neither hashes label values nor allocates. The zero
// value is ready. Safe for concurrent use.
type Cache[K comparable, V any] struct {
	known sync.Map // K -> *V
	count atomic.Int32
}

// Load finds the handles for a key; nil if there are none yet.
func (c *Cache[K, V]) Load(key K) *V {
	if v, ok := c.known.Load(key); ok {
		return v.(*V)
	}
	return nil
}

// Keep keeps the handles for a key and returns them, or those that somebody else has put there. The key is kept too: it must not
// be part of a request. A full cache only returns them.
func (c *Cache[K, V]) Keep(key K, v V) *V {
	if c.count.Load() >= maxCached {
		return &v
	}
	there, known := c.known.LoadOrStore(key, &v)
	if !known {
		c.count.Add(1)
	}
	return there.(*V)
}
