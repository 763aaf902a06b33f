package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// lazyScreen takes a while for its first line.
type lazyScreen struct{ strings.Builder }

func (s *lazyScreen) Write(p []byte) (int, error) {
	if s.Len() == 0 {
		time.Sleep(1200 * time.Millisecond)
	}
	return s.Builder.Write(p)
}

// Every second of a bench has its line of progress, also when the machine comes to it after the end.
func TestProgressOfABench(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b lazyScreen
		watch(t.Context(), &b, newMeter(), 2100*time.Millisecond)
		if got := b.String(); strings.Count(got, "\n") != 2 || !strings.HasPrefix(got, "   1s ") || !strings.Contains(got, "\n   2s ") {
			t.Errorf("progress:\n%s", got)
		}
	})
}
