package stats_test

import (
	"testing"
	"time"

	"github.com/plumemq/plume/broker/stats"
)

func TestRatesAndDays(t *testing.T) {
	var b stats.Broker
	now := time.Date(2026, 1, 1, 23, 58, 0, 0, time.UTC)
	for range 200 { // over midnight
		b.TopicPut("T", 10)
		b.GroupGet("g", "T", 5)
		b.Sample(now)
		now = now.Add(time.Second)
	}
	for what, got := range map[string]float64{"put": b.PutTPS(10), "topic": b.TopicPutTPS("T"), "get": b.GetTPS(59) * 2, "group": b.GroupGetTPS("g", "T") * 2} {
		if got != 10 {
			t.Errorf("%s TPS is %v, want 10", what, got)
		}
	}
	if b.TopicPutTPS("U") != 0 || b.GroupGetTPS("h", "T") != 0 {
		t.Error("an unknown series has a rate")
	}
	_, today, _, getToday := b.DayTotals()
	if today != 121*10 || getToday != 121*5 {
		t.Errorf("totals at midnight: %d, %d", today, getToday)
	}
	b.Forget("T")
	if b.TopicPutTPS("T") != 0 {
		t.Error("a forgotten topic has a rate")
	}
}
