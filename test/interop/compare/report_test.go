package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// rounds are three, of which the second is the middle one.
func rounds() []round {
	one := func(theirs, ours, mixed float64) round {
		of := func(rate float64, rss int64) *result {
			return &result{rate: map[int]float64{64: rate, 1: rate / 8}, rss: rss << 20, started: time.Second}
		}
		return round{theirs: of(theirs, 1000), ours: of(ours, 100), mixed: of(mixed, 100)}
	}
	return []round{one(40_000, 160_000, 50_000), one(30_000, 100_000, 45_000), one(25_000, 50_000, 50_000)}
}

func TestTheMiddleRoundIsTold(t *testing.T) {
	list := comparisons(rounds())
	if c := list[0]; c.theirs != 30_000 || c.ours != 100_000 {
		t.Errorf("of ratios 4, 3.3 and 2: %+v", c)
	}
	if c := list[1]; c.theirs != 30_000 || c.ours != 45_000 {
		t.Errorf("of ratios 1.25, 1.5 and 2: %+v", c)
	}
	if c := comparisons(rounds()[:2])[0]; c.ours != 100_000 {
		t.Errorf("of two rounds the lower ratio is told, not %+v", c)
	}
}

func TestThePictureIsWellFormed(t *testing.T) {
	picture := draw(comparisons(rounds()))
	d := xml.NewDecoder(strings.NewReader(picture))
	bars := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			bars++
		}
	}
	if want := 2 + 2*len(comparisons(rounds())); bars != want || !strings.Contains(picture, ">30,000<") || !strings.Contains(picture, "100,000   (3.3×)") {
		t.Errorf("%d bars and legends, want %d", bars, want)
	}
}

func TestGrouped(t *testing.T) {
	for f, want := range map[float64]string{0.4: "0", 999.5: "1,000", 122_760: "122,760", 1e6: "1,000,000"} {
		if got := grouped(f); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
}

func TestMeanOfTheLastReports(t *testing.T) {
	found := reportedTPS.FindAllStringSubmatch("TPS: 10 | a\nTPS: 20 | b\nTPS: 40 | c\n", -1)
	for n, want := range map[int]float64{1: 40, 2: 30, 9: 70.0 / 3} {
		if got, err := meanOfLast(n, found); err != nil || got != want {
			t.Errorf("last %d: %v, %v", n, got, err)
		}
	}
	if _, err := meanOfLast(1, nil); !errors.Is(err, errNoReport) {
		t.Error(err)
	}
}
