package archtest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/plumemq/plume/internal/archtest"
)

// rule forbids packages under from to import packages under any of to, except those under but.
type rule struct {
	from string
	to   []string
	but  []string
	why  string
}

// seams are what every layer may use.
var rules = []rule{
	{from: "message", to: []string{"remoting", "client", "broker", "namesrv", "cmd", "internal"}, but: []string{"internal/clock"}, why: "message is the bottom: everyone speaks it, it knows nobody"},
	{from: "remoting/protocol", to: []string{"client", "broker", "namesrv", "cmd", "internal"}, but: []string{}, why: "the wire format is pure data, without telemetry"},
	{from: "remoting", to: []string{"client", "broker", "namesrv", "cmd", "internal/telemetry", "internal/site", "internal/tracestore"}, why: "the transport serves roles, it knows none"},
	{from: "client", to: []string{"broker", "namesrv", "cmd", "internal/telemetry", "internal/site", "internal/tracestore", "internal/catalog"}, why: "client, broker and name server meet on the wire only"},
	{from: "broker", to: []string{"client", "namesrv", "cmd", "internal/telemetry", "internal/site", "internal/tracestore", "internal/catalog"}, why: "client, broker and name server meet on the wire only"},
	{from: "namesrv", to: []string{"client", "broker", "cmd", "internal/telemetry", "internal/site", "internal/tracestore", "internal/catalog"}, why: "client, broker and name server meet on the wire only"},
	{from: "broker/store", to: []string{"remoting"}, but: []string{"remoting/protocol"}, why: "the store knows no transport"},
	{from: "namesrv/routeinfo", to: []string{"remoting"}, but: []string{"remoting/protocol"}, why: "the tables know no transport"},
	{from: "client", to: []string{"github.com/plumemq/plume"}, why: "the library never drags in the embedded site"},
	{from: "client/producer", to: []string{"client/consumer"}, why: "consumer builds on producer, not the other way"},
	{from: "internal/observ", to: []string{"message", "remoting", "client", "broker", "namesrv", "cmd", "internal"}, but: []string{"internal/observ"}, why: "the vocabulary of telemetry knows no step"},
	{from: "internal/metrics", to: []string{"message", "remoting", "client", "broker", "namesrv", "cmd", "internal"}, but: []string{"internal/observ", "internal/metrics"}, why: "the vocabulary of metrics knows nobody who records them"},
	{from: "remoting/protocol", to: []string{"github.com/prometheus/client_golang"}, why: "the wire format is pure data, without telemetry"},
	{from: "internal/clock", to: []string{"message", "remoting", "client", "broker", "namesrv", "cmd", "internal"}, but: []string{"internal/clock"}, why: "a seam knows nobody"},
	{from: "internal/network", to: []string{"message", "remoting", "client", "broker", "namesrv", "cmd", "internal"}, but: []string{"internal/clock", "internal/network"}, why: "a seam knows nobody"},
	{from: "internal/disk", to: []string{"message", "remoting", "client", "broker", "namesrv", "cmd", "internal"}, but: []string{"internal/clock", "internal/disk"}, why: "a seam knows nobody"},
}

func under(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func underAny(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return under(path, f) })
}

func files(t *testing.T) []archtest.File {
	t.Helper()
	all, err := archtest.Files()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("only %d Go files found: the walk is broken", len(all))
	}
	return all
}

func TestArrowsPointOneWay(t *testing.T) {
	for _, f := range files(t) {
		if f.IsTest() {
			continue // tests may bring both ends of a wire together
		}
		for _, r := range rules {
			if !under(f.Dir(), r.from) {
				continue
			}
			for _, imp := range f.Imports() {
				if underAny(imp, r.to) && !underAny(imp, r.but) && !(under(imp, r.from) && r.from != "remoting") {
					t.Errorf("%s imports %s: %s", f.Path, imp, r.why)
				}
			}
		}
	}
}

// Only these may import OpenTelemetry; a public option may name trace.TracerProvider.
func TestOnlyTelemetryImportsOpenTelemetry(t *testing.T) {
	allowed := []string{"internal/observ", "internal/telemetry", "internal/tracestore", "internal/testcluster", "internal/spantest", "internal/demo", "cmd", "test"}
	for _, f := range files(t) {
		if f.IsTest() || underAny(f.Dir(), allowed) {
			continue
		}
		for _, imp := range f.Imports() {
			if strings.HasPrefix(imp, "go.opentelemetry.io/") && imp != "go.opentelemetry.io/otel/trace" {
				t.Errorf("%s imports %s: go through internal/observ", f.Path, imp)
			}
		}
	}
}

// Metrics go through internal/metrics; public options and Deps may name prometheus.Registerer.
func TestOnlyMetricsImportsClientGolang(t *testing.T) {
	const clientGolang = "github.com/prometheus/client_golang/"
	allowed := []string{"internal/metrics", "internal/telemetry", "internal/demo", "internal/testcluster", "cmd", "test"}
	registerer := []string{"client", "client/internal/config", "broker", "namesrv"}
	for _, f := range files(t) {
		if f.IsTest() || underAny(f.Dir(), allowed) {
			continue
		}
		for _, imp := range f.Imports() {
			if strings.HasPrefix(imp, clientGolang) && (imp != clientGolang+"prometheus" || !slices.Contains(registerer, f.Dir())) {
				t.Errorf("%s imports %s: go through internal/metrics", f.Path, imp)
			}
		}
	}
}
