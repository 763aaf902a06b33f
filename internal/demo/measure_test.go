package demo

import "testing"

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
	if one, many := lines[0], lines[2]; many.Callers != 64 || many.Connections != 1 || many.PerSecond <= one.PerSecond {
		t.Errorf("64 callers on one connection manage %d calls/s, one manages %d", many.PerSecond, one.PerSecond)
	}
}
