package schedule_test

import (
	"testing"

	"github.com/plumemq/plume/broker/schedule"
)

// FuzzParseLevels: whatever messageDelayLevel says, nothing panics, and no level lies in the past.
func FuzzParseLevels(f *testing.F) {
	f.Add("1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h")
	f.Add("2147483647d")
	f.Add(" 1d  -1s")
	f.Add("s")
	f.Fuzz(func(t *testing.T, text string) {
		levels, err := schedule.ParseLevels(text)
		if err != nil {
			return
		}
		if levels.Max() < 1 {
			t.Fatal("no level")
		}
		for i, level := range levels {
			if level < 0 {
				t.Fatalf("level %d is %s", i+1, level)
			}
		}
	})
}
