package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
)

// at is so many milliseconds after some time.
func at(ms int) time.Time {
	return time.Unix(1_700_000_000, 0).Add(time.Duration(ms) * time.Millisecond)
}

// A run counts for as long as it was its turn within what the producer measured.
func TestWhatRanWithinTheMeasurement(t *testing.T) {
	c := &cluster{}
	for ms := 0; ms < 2000; ms += 400 { // 0 to 200, 400 to 600, ...
		c.ran = append(c.ran, interval{at(ms), at(ms + 200)})
		c.used = append(c.used, usage{at(ms + 200), time.Duration(ms) * 3 * time.Millisecond / 4}) // one and a half processors
	}
	for _, m := range []struct {
		from, to int
		want     time.Duration
	}{
		{0, 2000, time.Second}, {100, 500, 200 * time.Millisecond}, {200, 400, 0}, {450, 550, 100 * time.Millisecond}, {3000, 4000, 0},
	} {
		if got := c.ranWithin(interval{at(m.from), at(m.to)}); got != m.want {
			t.Errorf("%d to %d: ran for %v, want %v", m.from, m.to, got, m.want)
		}
	}
	if got := c.usedWithin(interval{at(0), at(2000)}); got != 1.5 {
		t.Errorf("%v processors", got)
	}
	if got := c.usedWithin(interval{at(0), at(300)}); got != 0 {
		t.Errorf("one reading says nothing, not %v processors", got)
	}
}

// The summary of plume bench says what was measured, and when.
func TestSummary(t *testing.T) {
	lines := []referee.Line{
		{"event": "something else"},
		{"began": "2026-11-27T10:00:00.25Z", "seconds": json.Number("2.5"), "sent": json.Number("1000"), "droppedSpans": json.Number("7")},
	}
	sent, measured, dropped, err := summary(lines)
	if err != nil || sent != 1000 || dropped != 7 || measured.to.Sub(measured.from) != 2500*time.Millisecond || measured.from.Nanosecond() != 250_000_000 {
		t.Errorf("%d messages, %v, %d dropped, %v", sent, measured, dropped, err)
	}
	if _, _, _, err := summary(lines[:1]); err == nil {
		t.Error("a summary is nowhere")
	}
}
