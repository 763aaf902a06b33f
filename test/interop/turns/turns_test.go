package turns

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
)

// at is so many milliseconds after some time.
func at(ms int) time.Time {
	return time.Unix(1_700_000_000, 0).Add(time.Duration(ms) * time.Millisecond)
}

// What ran counts for as long as it lies in what is measured.
func TestWithin(t *testing.T) {
	var ran Intervals
	for ms := 0; ms < 2000; ms += 400 { // 0 to 200, 400 to 600, ...
		ran = append(ran, Interval{at(ms), at(ms + 200)})
	}
	for _, m := range []struct {
		from, to int
		want     time.Duration
	}{
		{0, 2000, time.Second}, {100, 500, 200 * time.Millisecond}, {200, 400, 0}, {450, 550, 100 * time.Millisecond}, {3000, 4000, 0},
	} {
		if got := ran.Within(Interval{at(m.from), at(m.to)}); got != m.want {
			t.Errorf("%d to %d: ran for %v, want %v", m.from, m.to, got, m.want)
		}
	}
}

// player knows whether it runs, and who else does.
type player struct {
	all     []*player
	running bool
	ran     Intervals
	fails   error
}

func (p *player) Pause() error  { p.running = false; return p.fails }
func (p *player) Resume() error { p.running = true; return p.fails }
func (p *player) Ran(i Interval) {
	p.ran = append(p.ran, i)
	if slices.ContainsFunc(p.all, func(o *player) bool { return o.running }) {
		panic("two in a turn")
	}
}

func players(n int) (all []*player, sides []Side) {
	for range n {
		all = append(all, &player{running: true})
	}
	for _, p := range all {
		p.all = all
		sides = append(sides, p)
	}
	return all, sides
}

func TestEachHasItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, sides := players(3)
		began := time.Now()
		if err := Take(sides, began.Add(12*turn)); err != nil {
			t.Fatal(err)
		}
		for i, p := range all {
			if len(p.ran) != 4 || !p.running || p.ran[1].From.Sub(began) != time.Duration(3+i)*turn {
				t.Errorf("player %d: %d turns, running %v, %v", i, len(p.ran), p.running, p.ran)
			}
		}
	})
}

func TestWhoCannotBeStoppedEndsIt(t *testing.T) {
	want := errors.New("deaf")
	all, sides := players(2)
	all[1].fails = want
	if err := Take(sides, time.Now().Add(time.Hour)); !errors.Is(err, want) {
		t.Fatal(err)
	}
}

// The summary of plume bench says what was measured, and when.
func TestSummary(t *testing.T) {
	lines := []referee.Line{
		{"event": "something else"},
		{"began": "2026-11-27T10:00:00.25Z", "seconds": json.Number("2.5"), "sent": json.Number("1000"), "droppedSpans": json.Number("7")},
	}
	s, err := ReadSummary(lines)
	if err != nil || s.Sent != 1000 || s.DroppedSpans != 7 || s.Measured.To.Sub(s.Measured.From) != 2500*time.Millisecond ||
		s.Measured.From.Nanosecond() != 250_000_000 {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := ReadSummary(lines[:1]); err == nil {
		t.Error("a summary is nowhere")
	}
}
