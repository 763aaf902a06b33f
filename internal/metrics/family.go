package metrics

import (
	"cmp"
	"slices"
	"strings"
)

// Kind is what a family's samples mean.
type Kind string

// The kinds, by their Prometheus names.
const (
	CounterKind   Kind = "counter"
	GaugeKind     Kind = "gauge"
	HistogramKind Kind = "histogram"
)

// Origin says whose vocabulary a family belongs to.
type Origin string

// The origins.
const (
	Apache        Origin = "Apache RocketMQ 5.5.0"
	OpenTelemetry Origin = "OpenTelemetry's semantic conventions"
	Plume         Origin = "Plume"
)

// Family is one metric: the single entry that names it, in code and in docs/metrics.md. Families are package-level values, made
// once and never changed.
type Family struct {
	// Name is the name as Prometheus has it, unit and _total included.
	Name string
	Kind Kind
	// Unit is what values count, in the plural: "seconds", "bytes". Empty where the name says it.
	Unit string
	// Labels are those that vary, in the order in which values are given. A family of a node has the node's labels too.
	Labels []string
	// Node says that each node has its own series: cluster, node_type and node_id tell them apart.
	Node bool
	// Buckets are a histogram's upper bounds, without infinity.
	Buckets []float64
	// Help is the text exposed with the metric. Apache's are exposed as Apache has them, which is seldom helpful.
	Help string
	// Doc is for people; empty means Help.
	Doc    string
	Origin Origin
	// By is the Go function that records it, as package catalog spells symbols; for gauges the one that reads it at a scrape.
	By string
	// Needs is the feature that this module does not have yet and without which the family is not served. Empty: it is served.
	Needs string
}

// Served says whether the family is exposed.
func (f *Family) Served() bool { return f.Needs == "" }

// The labels of a node.
const (
	LabelCluster  = "cluster"
	LabelNodeType = "node_type"
	LabelNodeID   = "node_id"
)

// labelScope is the label that OpenTelemetry's Java exporter adds to each of Apache's metrics.
const labelScope, scopeBroker = "otel_scope_name", "broker-meter"

// AllLabels are the names of all labels, sorted, but for le.
func (f *Family) AllLabels() []string {
	labels := slices.Clone(f.Labels)
	if f.Node {
		labels = append(labels, LabelCluster, LabelNodeType, LabelNodeID)
	}
	if f.Node && f.Origin == Apache {
		labels = append(labels, labelScope)
	}
	slices.Sort(labels)
	return labels
}

// Families are all families, Apache's first, then OpenTelemetry's, then Plume's, each by name.
func Families() []*Family {
	all := slices.Concat(apacheFamilies(), openTelemetryFamilies(), plumeFamilies())
	order := []Origin{Apache, OpenTelemetry, Plume}
	slices.SortFunc(all, func(a, b *Family) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Origin), slices.Index(order, b.Origin)), strings.Compare(a.Name, b.Name))
	})
	return all
}
