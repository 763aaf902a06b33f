package metrics

import (
	"math"
	"sync/atomic"
	"time"
)

// exemplarEvery is how long an exemplar stays before another one of its magnitude takes its place: whoever scrapes comes less often, and an
// exemplar costs ten times what counting its value does.
const exemplarEvery = 100 * time.Millisecond

// exemplarTimes are when a series last had an exemplar, by the magnitude of its value to a power of two: so a rare long duration is not kept
// out by the many short ones. The zero value has had none. Safe for concurrent use.
type exemplarTimes [64]atomic.Int32 // milliseconds since processBegan, from 1 on

var processBegan = time.Now()

// due says whether an exemplar for value is to be taken now, so long after processBegan, and notes that it is.
func (t *exemplarTimes) due(value float64, now time.Duration) bool {
	_, exponent := math.Frexp(value)
	last, ms := &t[uint(exponent)%uint(len(t))], int32(now.Milliseconds())+1
	before := last.Load()
	return (before == 0 || uint32(ms-before) >= uint32(exemplarEvery.Milliseconds())) && last.CompareAndSwap(before, ms)
}
