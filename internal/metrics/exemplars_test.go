package metrics

import (
	"testing"
	"time"
)

// Of values of one magnitude few are exemplars; a rare one of another magnitude always is.
func TestExemplarsAreFew(t *testing.T) {
	var times exemplarTimes
	taken := map[float64]int{}
	for ms := range 1000 {
		for _, value := range []float64{0, 0.001, 0.0011, 3} {
			if value == 3 && ms%300 != 0 {
				continue
			}
			if times.due(value, time.Duration(ms)*time.Millisecond) {
				taken[value]++
			}
		}
	}
	if taken[0.001] != 10 || taken[0.0011] != 0 || taken[3] != 4 || taken[0] != 10 {
		t.Errorf("%v", taken)
	}
}
