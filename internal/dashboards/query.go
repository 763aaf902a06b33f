package dashboards

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumemq/plume/internal/metrics"
)

// window is Grafana's own choice of a range: four scrapes at least, a pixel at most.
const window = "$__rate_interval"

// targetLabels are those that Prometheus adds to every series (see deploy/prometheus/targets), and to buckets.
func targetLabels() []string { return []string{"job", "instance", "service", "le"} }

// query is a selection of one family's series. Its methods make PromQL.
type query struct {
	f     *metrics.Family
	match string // "{...}" or ""
}

// of selects the series of a family whose labels are as given: name, value, name, value. A value that begins with an operator of
// PromQL (!=, =~, !~) is compared with that.
func of(f *metrics.Family, match ...string) query {
	if !f.Served() {
		panic("dashboards: " + f.Name + " is not served") // a slip in this module, seen by its tests
	}
	var terms []string
	for i := 0; i+1 < len(match); i += 2 {
		check(f, match[i])
		op, value := "=", match[i+1]
		for _, o := range []string{"!=", "=~", "!~"} {
			if rest, ok := strings.CutPrefix(value, o); ok {
				op, value = o, rest
			}
		}
		terms = append(terms, fmt.Sprintf("%s%s%q", match[i], op, value))
	}
	q := query{f: f}
	if len(terms) > 0 {
		q.match = "{" + strings.Join(terms, ",") + "}"
	}
	return q
}

// check panics over a label that the family does not have.
func check(f *metrics.Family, label string) {
	if !slices.Contains(f.AllLabels(), label) && !slices.Contains(targetLabels(), label) {
		panic("dashboards: " + f.Name + " has no label " + label)
	}
}

func (q query) by(labels []string) string {
	for _, l := range labels {
		check(q.f, l)
	}
	if len(labels) == 0 {
		return ""
	}
	return " by (" + strings.Join(labels, ", ") + ")"
}

// sum adds up gauges.
func (q query) sum(by ...string) string {
	return fmt.Sprintf("sum%s (%s%s)", q.by(by), q.f.Name, q.match)
}

// max is the largest of gauges.
func (q query) max(by ...string) string {
	return fmt.Sprintf("max%s (%s%s)", q.by(by), q.f.Name, q.match)
}

// rate is a counter's increase per second; of a histogram, how many observations there were.
func (q query) rate(over string, by ...string) string {
	return fmt.Sprintf("sum%s (rate(%s%s[%s]))", q.by(by), q.f.Name+q.counted(), q.match, over)
}

func (q query) counted() string {
	if q.f.Kind == metrics.HistogramKind {
		return "_count"
	}
	return ""
}

// buckets are a histogram's, for a heatmap.
func (q query) buckets() string {
	return fmt.Sprintf("sum by (le) (rate(%s_bucket%s[%s]))", q.f.Name, q.match, window)
}

// quantile is a histogram's, over a range.
func (q query) quantile(p float64, over string, by ...string) string {
	return fmt.Sprintf("histogram_quantile(%g, sum%s (rate(%s_bucket%s[%s])))", p, q.by(append([]string{"le"}, by...)), q.f.Name, q.match, over)
}

// mean is a histogram's, over a range. Without observations it is NaN.
func (q query) mean(over string, by ...string) string {
	grouped := q.by(by)
	return fmt.Sprintf("sum%s (rate(%s_sum%s[%s])) / sum%s (rate(%s_count%s[%s]))",
		grouped, q.f.Name, q.match, over, grouped, q.f.Name, q.match, over)
}

// orZero is for what has no series until it happens: failures, retries, dead letters.
func orZero(expr string) string { return expr + " or vector(0)" }
