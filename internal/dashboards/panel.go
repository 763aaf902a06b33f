package dashboards

// Dashboard is one page of panels.
type Dashboard struct {
	UID   string // also the file's name
	Title string
	Doc   string
	Rows  []Row
}

// Row is a band of panels under a title.
type Row struct {
	Title  string
	Panels []Panel
}

// Panel is one picture.
type Panel struct {
	Title   string
	Doc     string // shown when the reader points at the i
	Kind    string // a panel type of Grafana's
	Unit    string // a unit of Grafana's
	Width   int    // of 24
	Queries []Query
}

// Query is one expression of a panel.
type Query struct {
	Expr      string
	Legend    string
	Exemplars bool // ask for exemplars, too
	Instant   bool
}

// The panel types that are used.
const (
	timeseries = "timeseries"
	heatmap    = "heatmap"
	stat       = "stat"
	bargauge   = "bargauge"
)

// The units that are used.
const (
	seconds = "s"
	millis  = "ms"
	bytes   = "bytes"
	perSec  = "ops"
	rateB   = "Bps"
	count   = "short"
)

func lines(title, doc, unit string, queries ...Query) Panel {
	return Panel{Title: title, Doc: doc, Kind: timeseries, Unit: unit, Width: 8, Queries: queries}
}

func number(title, doc, unit, expr string) Panel {
	return Panel{Title: title, Doc: doc, Kind: stat, Unit: unit, Width: 4, Queries: []Query{{Expr: expr}}}
}

// heat shows a histogram as a heatmap: each exemplar on it is a diamond that leads to its trace.
func heat(title, doc string, q query, unit string) Panel {
	return Panel{Title: title, Doc: doc, Kind: heatmap, Unit: unit, Width: 8, Queries: []Query{{Expr: q.buckets(), Legend: "{{le}}", Exemplars: true}}}
}

func each(expr, legend string) Query { return Query{Expr: expr, Legend: legend} }

// quantiles are the median and the slowest hundredth, with exemplars.
func quantiles(q query, by ...string) []Query {
	prefix := ""
	for _, l := range by {
		prefix += "{{" + l + "}} "
	}
	return []Query{
		{Expr: q.quantile(0.5, window, by...), Legend: prefix + "p50"},
		{Expr: q.quantile(0.99, window, by...), Legend: prefix + "p99", Exemplars: true},
	}
}
