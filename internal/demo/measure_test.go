package demo

import (
	"testing"

	"github.com/plumemq/plume/internal/race"
)

// Sharing pays: many callers on one connection manage more than one caller does.
func TestMeasure(t *testing.T) {
	lines, err := new(meter).Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if l.PerSecond <= 0 || l.Each <= 0 {
			t.Errorf("%d callers on %d connections: %+v", l.Callers, l.Connections, l)
		}
		t.Logf("%2d callers, %2d connections: %8d calls/s, %v each", l.Callers, l.Connections, l.PerSecond, l.Each)
	}
	one, many := lines[0], lines[2]
	if many.Callers != 64 || many.Connections != 1 {
		t.Fatalf("%+v", many)
	}
	if many.PerSecond <= one.PerSecond && !race.Enabled {
		t.Errorf("64 callers on one connection manage %d calls/s, one manages %d", many.PerSecond, one.PerSecond)
	}
}
