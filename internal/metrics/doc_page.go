package metrics

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// WriteDoc writes docs/metrics.md: every family, once.
func WriteDoc(w io.Writer) error {
	var b strings.Builder
	b.WriteString(docHead)
	for _, section := range []struct {
		origin Origin
		text   string
	}{{Apache, apacheHead}, {OpenTelemetry, openTelemetryHead}, {Plume, plumeHead}} {
		b.WriteString(section.text)
		b.WriteString(tableHead)
		for _, f := range Families() {
			if f.Origin == section.origin && f.Served() {
				f.writeRow(&b)
			}
		}
	}
	b.WriteString(waitingHead)
	for _, f := range Families() {
		if !f.Served() {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", f.Name, f.Kind, codes(f.Labels), f.Doc, f.Needs)
		}
	}
	b.WriteString(docTail)
	_, err := io.WriteString(w, b.String())
	return err //nolint:wrapcheck // the writer is the caller's
}

func (f *Family) writeRow(b *strings.Builder) {
	doc := f.Doc
	if doc == "" {
		doc = f.Help
	}
	labels := codes(f.Labels)
	if f.Node {
		labels = strings.TrimPrefix(labels+" *node*", " ")
	}
	unit := f.Unit
	if len(f.Buckets) > 0 {
		unit += ": " + bounds(f.Buckets)
	}
	fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s | %s |\n", f.Name, f.Kind, unit, labels, doc, codes(symbols(f.By)))
}

// symbols are the functions of By without the folders of their packages.
func symbols(by string) []string {
	all := strings.Split(by, ", ")
	for i, s := range all {
		all[i] = s[strings.LastIndexByte(s, '/')+1:]
	}
	return all
}

func bounds(buckets []float64) string {
	words := make([]string, len(buckets))
	for i, bound := range buckets {
		words[i] = strconv.FormatFloat(bound, 'f', -1, 64)
	}
	return strings.Join(words, " ")
}

func codes(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "`" + strings.Join(words, "` `") + "`"
}

const docHead = `# Every metric that Plume exposes

Generated from the catalogue in internal/metrics (go generate ./internal/metrics); do not edit.

` + "`plume demo`" + ` serves them all at /metrics of its site; ` + "`--metrics-addr`" + ` makes the other commands serve theirs. A broker also obeys Apache's
metricsExporterType=PROM, metricsPromExporterHost and metricsPromExporterPort (5557). A Go program passes its registry:
` + "`client.WithRegisterer(r)`" + `, ` + "`broker.Deps.Registerer`" + `, ` + "`namesrv.Deps.Registerer`" + `. Without one nothing is recorded. Go's runtime and the
process have client_golang's own ` + "`go_*` and `process_*`" + `.

- **Node labels** (*node* below): ` + "`cluster` `node_type` `node_id`" + `, so that one registry holds many brokers. Apache's also have
  ` + "`otel_scope_name=\"broker-meter\"`" + `, as its exporter adds it.
- **Exemplars**: ask for OpenMetrics (Prometheus does when it runs with exemplar-storage) and a histogram's buckets carry ` + "`trace_id`" + ` and
  ` + "`span_id`" + ` of a sampled span. Long polls that brought nothing have none, because their spans are not exported. Of values of one magnitude (to a power of two)
  at most ten a second become exemplars, so that a busy series does not spend its time on them, and a rare long duration always does.
- **Too many series**: a family keeps a bounded number of them (client 2000, ` + "`client.WithMetricsLimit`" + `; broker 50000, Apache's
  metricsOtelCardinalityLimit). Label values that come later are counted in one more series, all of whose varying labels say
  ` + "`overflow`" + `. Of gauges, counts beyond the limit add up there and of times the longest counts.
- **Units** are the base units of Prometheus (seconds, bytes), except that Apache's latencies are in milliseconds. Bucket bounds follow
  the unit.
`

const apacheHead = `
## As Apache RocketMQ 5.5.0

Same names, types, labels, buckets and help texts as Apache's broker exposes, so that dashboards for it work unchanged. A broker records
them; clients and name servers do not, as with Apache.
`

const openTelemetryHead = `
## OpenTelemetry's conventions

Messaging metrics of producers and consumers and RPC metrics of every remoting call, under the names that OpenTelemetry's Prometheus
exporters give them. An empty label is one that does not apply.
`

const plumeHead = `
## Plume's own
`

const tableHead = `
| metric | type | unit and buckets | labels | what it says | recorded by |
|---|---|---|---|---|---|
`

const waitingHead = `
## Apache's, not served yet

Their features do not exist here yet, so neither do they.

| metric | type | labels | what it will say | waits for |
|---|---|---|---|---|
`

const docTail = `
## Where Apache's values and ours may differ

- ` + "`rocketmq_processor_watermark`" + ` has the processors that exist here: no ack, async_put, reply and transaction.
- ` + "`rocketmq_rpc_latency_milliseconds`" + ` keeps fractions of a millisecond, which Apache drops before it observes.
- ` + "`rocketmq_consumer_lag_*`, `_inflight_`, `_ready_`" + ` count only what a subscription by tags wants, as Apache's estimateAccumulation does; both
  guess from a sample where there is much.
- A command's ` + "`promhttp_metric_handler_errors_total`" + ` counts scrapes that failed.
`
