package main

import (
	"testing"
	"time"

	"github.com/plumemq/plume/test/interop/turns"
)

// What they used of the processors is that of the turns that lie wholly in the measurement.
func TestWhatWasUsedWithinTheMeasurement(t *testing.T) {
	c, began := &cluster{}, time.Unix(1_700_000_000, 0)
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	for ms := 0; ms < 2000; ms += 400 { // 0 to 200, 400 to 600, ...
		c.ran = append(c.ran, turns.Interval{From: at(ms), To: at(ms + 200)})
		c.used = append(c.used, usage{at(ms + 200), time.Duration(ms) * 3 * time.Millisecond / 4}) // one and a half processors
	}
	if got := c.usedWithin(turns.Interval{From: at(0), To: at(2000)}); got != 1.5 {
		t.Errorf("%v processors", got)
	}
	if got := c.usedWithin(turns.Interval{From: at(0), To: at(300)}); got != 0 {
		t.Errorf("one reading says nothing, not %v processors", got)
	}
}
