package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// table prints the results as they come.
type table struct {
	out      io.Writer
	markdown bool
}

var columns = []string{"level", "traces", "sends/s", "of untraced", "from", "to", "CPU per send", "untraced", "spans taken", "dropped"}

func (t table) head() {
	t.line(columns)
	if t.markdown {
		t.line(strings.Split(strings.Repeat("---:,", len(columns)-1)+"---:", ","))
	}
}

// row is one way of tracing.
func (t table) row(w way, pairs []pair) {
	share := map[string]string{"0.01": "1 %", "0.1": "10 %", "1": "all"}[w.share]
	if w.level == "off" {
		share = "-"
	}
	if w.apart {
		share += " apart"
	}
	ratios := sorted(pairs, func(p pair) float64 { return p.with.rate / p.without.rate })
	var spans, dropped int64
	for _, p := range pairs {
		spans, dropped = spans+p.with.spans, dropped+p.with.dropped
	}
	ratio := func(x float64) string { return fmt.Sprintf("%.2f", x) }
	t.line([]string{
		w.level, share, fmt.Sprintf("%.0f", median(sorted(pairs, func(p pair) float64 { return p.with.rate }))),
		ratio(median(ratios)), ratio(ratios[0]), ratio(ratios[len(ratios)-1]),
		micros(median(sorted(pairs, func(p pair) time.Duration { return p.with.cpu }))),
		micros(median(sorted(pairs, func(p pair) time.Duration { return p.without.cpu }))),
		fmt.Sprint(spans), fmt.Sprint(dropped),
	})
}

func sorted[T cmp.Ordered](pairs []pair, value func(pair) T) []T {
	out := make([]T, len(pairs))
	for i, p := range pairs {
		out[i] = value(p)
	}
	slices.Sort(out)
	return out
}

// median is the middle value, the mean of the two middle ones if their number is even.
func median[T ~int64 | ~float64](sorted []T) T {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func micros(d time.Duration) string {
	return fmt.Sprintf("%.1f us", float64(d)/float64(time.Microsecond))
}

func (t table) line(cells []string) {
	if t.markdown {
		fmt.Fprintf(t.out, "| %s |\n", strings.Join(cells, " | "))
		return
	}
	for _, c := range cells {
		fmt.Fprintf(t.out, "%14s", c)
	}
	fmt.Fprintln(t.out)
}
