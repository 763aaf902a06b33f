package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// Emit reports one sample of a gauge, with the values of the family's labels in their order.
type Emit func(f *Family, value float64, labels ...string)

// Scrape has collect called at every scrape, to report the families named. Unlike what is counted, they cannot be shared: a second
// role that reports the same ones for the same node is an error.
func (r *Registry) Scrape(collect func(Emit), families ...*Family) {
	if r == nil {
		return
	}
	s := &scrape{collect: collect, limit: r.opts.Limit, descs: make(map[*Family]*prometheus.Desc, len(families))}
	for _, f := range families {
		s.descs[f] = prometheus.NewDesc(f.Name, f.Help, f.Labels, r.constants(f))
	}
	if r.register(s, families[0].Name, true) != s {
		r.fail(families[0].Name + ": this node is there already")
	}
}

// scrape is gauges that are read when somebody looks.
type scrape struct {
	collect func(Emit)
	limit   int
	descs   map[*Family]*prometheus.Desc
}

// Describe implements prometheus.Collector.
func (s *scrape) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range s.descs {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s *scrape) Collect(ch chan<- prometheus.Metric) {
	emitted, beyond := map[*Family]int{}, map[*Family]float64{}
	s.collect(func(f *Family, value float64, labels ...string) {
		if emitted[f]++; emitted[f] > s.limit {
			beyond[f] = f.fold(beyond[f], value)
			return
		}
		for i, l := range labels {
			labels[i] = strings.ToValidUTF8(l, "\ufffd")
		}
		ch <- prometheus.MustNewConstMetric(s.descs[f], prometheus.GaugeValue, value, labels...)
	})
	for f, value := range beyond {
		ch <- prometheus.MustNewConstMetric(s.descs[f], prometheus.GaugeValue, value, overflowOf(f)...)
	}
}

// fold puts two gauges into one: counts add up, of times the longer one counts.
func (f *Family) fold(a, b float64) float64 {
	if f.Unit == milliseconds || f.Unit == seconds {
		return max(a, b)
	}
	return a + b
}
