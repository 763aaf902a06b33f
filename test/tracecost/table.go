package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// table prints the results as they come.
type table struct {
	out      io.Writer
	markdown bool
}

var columns = []string{"level", "traces", "sends/s", "of untraced", "CPU per send", "untraced", "spans taken", "dropped"}

func (t table) head() {
	t.line(columns)
	if t.markdown {
		t.line(strings.Split(strings.Repeat("---:,", len(columns)-1)+"---:", ","))
	}
}

// row is one way of tracing between two runs without.
func (t table) row(w way, r, before, after *result) {
	untraced := (before.rate + after.rate) / 2
	share := map[string]string{"0.01": "1 %", "0.1": "10 %", "1": "all"}[w.share]
	if w.level == "off" {
		share = "-"
	}
	t.line([]string{
		w.level, share, fmt.Sprintf("%.0f", r.rate), fmt.Sprintf("%.2f", r.rate/untraced), micros(r.cpu), micros((before.cpu + after.cpu) / 2),
		fmt.Sprint(r.spans), fmt.Sprint(r.dropped),
	})
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
