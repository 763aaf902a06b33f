package main

import (
	"runtime/debug"
	"testing"
)

func TestGCPace(t *testing.T) {
	p, cycles := gcPace{busy: true}, uint64(0)
	for i, tick := range []struct {
		ran  uint64
		busy bool
	}{
		{4, true}, {0, true}, {0, true}, {1, true}, {0, true}, {0, true}, {0, false}, // still for three ticks
		{1, false}, {2, false}, {3, true}, {40, true}, {0, true},
	} {
		was := p.busy
		cycles += tick.ran
		if changed := p.next(cycles); p.busy != tick.busy || changed != (was != p.busy) {
			t.Errorf("tick %d: busy %v, changed %v", i, p.busy, changed)
		}
	}
}

func TestPaceGCIsUndone(t *testing.T) {
	for env, want := range map[string]int{"": 150, "70": 90} {
		t.Setenv("GOGC", env)
		before := debug.SetGCPercent(90)
		end := paceGC(150)
		got := debug.SetGCPercent(150)
		end()
		if after := debug.SetGCPercent(before); got != want || env == "" && after != 90 {
			t.Errorf("GOGC=%s: %d%%, and %d%% afterwards", env, got, after)
		}
	}
}
