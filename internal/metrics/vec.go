package metrics

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/plumemq/plume/internal/observ"
)

// vec holds the series of a family: as many as its limit allows, and one more for all others.
type vec struct {
	*prometheus.MetricVec
	overflow []string
	limit    int

	mu   sync.Mutex
	seen map[string]struct{} // label values, joined
}

func newVec(f *Family, constants prometheus.Labels, limit int) *vec {
	v := &vec{limit: limit, overflow: overflowOf(f), seen: map[string]struct{}{}}
	switch f.Kind {
	case CounterKind:
		v.MetricVec = prometheus.NewCounterVec(prometheus.CounterOpts{Name: f.Name, Help: f.Help, ConstLabels: constants}, f.Labels).MetricVec
	case GaugeKind:
		v.MetricVec = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: f.Name, Help: f.Help, ConstLabels: constants}, f.Labels).MetricVec
	case HistogramKind:
		v.MetricVec = prometheus.NewHistogramVec(
			prometheus.HistogramOpts{Name: f.Name, Help: f.Help, ConstLabels: constants, Buckets: f.Buckets}, f.Labels).MetricVec
	}
	return v
}

// overflowOf are the label values of a family's last series.
func overflowOf(f *Family) []string { return slices.Repeat([]string{Overflow}, len(f.Labels)) }

// with is the series of some label values, made if there is room for it. The values are kept: they must not be part of something
// larger. Text that is no UTF-8, which a peer may send, is mended.
func (v *vec) with(values []string) prometheus.Metric {
	for i, s := range values {
		values[i] = strings.ToValidUTF8(s, "\ufffd")
	}
	if !v.admit(strings.Join(values, "\xff")) {
		values = v.overflow
	}
	m, err := v.GetMetricWithLabelValues(values...)
	if err != nil {
		panic(err) // a wrong number of values: a slip in this module
	}
	return m
}

func (v *vec) admit(key string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, known := v.seen[key]; known {
		return true
	}
	if len(v.seen) >= v.limit {
		return false
	}
	v.seen[key] = struct{}{}
	return true
}

// CounterVec is a family of counters. The zero value hands out counters that count nothing.
type CounterVec struct{ v *vec }

// On says whether it records.
func (c CounterVec) On() bool { return c.v != nil }

// With is the counter for these values, in the order of the family's labels. Keep it.
func (c CounterVec) With(values ...string) Counter {
	if c.v == nil {
		return Counter{}
	}
	return Counter{c.v.with(values).(prometheus.Counter)}
}

// Counter only goes up. The zero Counter counts nothing.
type Counter struct{ c prometheus.Counter }

// Add counts n more, which must not be negative.
func (c Counter) Add(n int) {
	if c.c != nil {
		c.c.Add(float64(n))
	}
}

// GaugeVec is a family of gauges. The zero value hands out gauges that record nothing.
type GaugeVec struct{ v *vec }

// With is the gauge for these values, in the order of the family's labels. Keep it.
func (g GaugeVec) With(values ...string) Gauge {
	if g.v == nil {
		return Gauge{}
	}
	return Gauge{g.v.with(values).(prometheus.Gauge)}
}

// Gauge goes up and down. The zero Gauge records nothing.
type Gauge struct{ g prometheus.Gauge }

// Add changes the gauge by n.
func (g Gauge) Add(n int) {
	if g.g != nil {
		g.g.Add(float64(n))
	}
}

// HistogramVec is a family of histograms. The zero value hands out histograms that record nothing.
type HistogramVec struct{ v *vec }

// On says whether it records.
func (h HistogramVec) On() bool { return h.v != nil }

// With is the histogram for these values, in the order of the family's labels. Keep it.
func (h HistogramVec) With(values ...string) Histogram {
	if h.v == nil {
		return Histogram{}
	}
	return Histogram{h.v.with(values).(prometheus.Histogram), new(exemplarTimes)}
}

// Histogram counts observations by size. The zero Histogram records nothing.
type Histogram struct {
	h         prometheus.Histogram
	exemplars *exemplarTimes
}

// On says whether it records: measure only then.
func (h Histogram) On() bool { return h.h != nil }

// Observe records one value. A sampled span becomes the exemplar of its bucket, unless that has had one of this magnitude just now; pass the zero one for none.
func (h Histogram) Observe(value float64, span observ.SpanContext) {
	if h.h == nil {
		return
	}
	exemplars, ok := h.h.(prometheus.ExemplarObserver)
	if !ok || !span.IsSampled() || !h.exemplars.due(value, time.Since(processBegan)) {
		h.h.Observe(value)
		return
	}
	exemplars.ObserveWithExemplar(value, prometheus.Labels{"trace_id": span.TraceID().String(), "span_id": span.SpanID().String()})
}
