package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// comparison is one figure of both, of the round whose ratio is the middle one.
type comparison struct {
	what         string
	theirs, ours float64
	unit         string
	less         bool // is better
}

// ratio is ours to theirs.
func (c comparison) ratio() float64 { return c.ours / c.theirs }

// comparisons are the figures to tell.
func comparisons(rounds []round) []comparison {
	var list []comparison
	for _, n := range inFlight {
		list = append(list,
			middle(rounds, comparison{what: fmt.Sprintf("own client, %d in flight", n), unit: "sends/s"}, func(r round) (float64, float64) {
				return r.theirs.rate[n], r.ours.rate[n]
			}),
			middle(rounds, comparison{what: fmt.Sprintf("Apache's client, %d in flight", n), unit: "sends/s"}, func(r round) (float64, float64) {
				return r.theirs.rate[n], r.mixed.rate[n]
			}))
	}
	return append(list,
		middle(rounds, comparison{what: "broker's memory under load", unit: "MiB", less: true}, func(r round) (float64, float64) {
			return float64(r.theirs.rss >> 20), float64(r.ours.rss >> 20)
		}),
		middle(rounds, comparison{what: "broker started and registered", unit: "ms", less: true}, func(r round) (float64, float64) {
			return milliseconds(r.theirs.started), milliseconds(r.ours.started)
		}))
}

func milliseconds(d time.Duration) float64 { return float64(d.Milliseconds()) }

// middle fills in the figures of the round whose ratio is the middle one; of two, the lower.
func middle(rounds []round, c comparison, figures func(round) (theirs, ours float64)) comparison {
	all := make([]comparison, len(rounds))
	for i, r := range rounds {
		all[i] = c
		all[i].theirs, all[i].ours = figures(r)
	}
	slices.SortFunc(all, func(a, b comparison) int {
		if a.ratio() < b.ratio() {
			return -1
		}
		return 1
	})
	return all[(len(all)-1)/2]
}

// tell prints the comparisons, and draws them if asked.
func (s settings) tell(list []comparison) error {
	row, ruler := "%-32s %12s %12s %8s %s\n", ""
	if s.markdown {
		row, ruler = "| %s | %s | %s | %s | %s |\n", "|---|--:|--:|--:|---|\n"
	}
	fmt.Printf("\n"+row+ruler, "", "Apache 5.5.0", "Plume", "ratio", "")
	for _, c := range list {
		fmt.Printf(row, c.what, grouped(c.theirs), grouped(c.ours), fmt.Sprintf("%.2f", c.ratio()), c.unit)
	}
	if s.picture == "" {
		return nil
	}
	return os.WriteFile(s.picture, []byte(draw(list)), 0o644)
}

// grouped is a number with commas: 122,760.
func grouped(f float64) string {
	digits := strconv.FormatInt(int64(f+0.5), 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}
