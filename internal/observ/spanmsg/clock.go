package spanmsg

import "time"

// Clock tells the time by one reading of the monotonic clock, where time.Now reads the wall clock, too. It never changes: who wants the two
// brought together again makes another.
type Clock struct {
	made  time.Time
	nanos int64 // of made, since 1970
}

// NewClock makes a clock that goes right now.
func NewClock() *Clock {
	now := time.Now()
	return &Clock{now, now.UnixNano()}
}

// Now is the time in nanoseconds since 1970.
func (c *Clock) Now() int64 { return c.nanos + int64(time.Since(c.made)) }
