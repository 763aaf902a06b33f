//go:build stack

package stack

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"github.com/plumemq/plume/internal/dashboards"
)

func deploy(path string) string { return filepath.Join(root, "deploy", path) }

func readYAML(t *testing.T, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(deploy(path))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func TestPromtoolAcceptsConfigAndRules(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		missing(t, "no promtool: apt-get install prometheus")
	}
	output(t, promtool, "check", "config", deploy("prometheus/prometheus.yml"))
	output(t, promtool, "check", "rules", deploy("prometheus/rules.yml"))
}

func TestEveryQueryParses(t *testing.T) {
	p := parser.NewParser(parser.Options{})
	n := 0
	for _, q := range queries() {
		n++
		if _, err := p.ParseExpr(q.expr); err != nil {
			t.Errorf("%s: %s: %v", q.where, q.expr, err)
		}
	}
	for _, a := range dashboards.Alerts() {
		expr, err := p.ParseExpr(a.Expr + " " + a.When)
		if err != nil {
			t.Errorf("%s: %v", a.Name, err)
			continue
		}
		// The comparison must bind last, or the alert means something else than it says.
		if b, ok := expr.(*parser.BinaryExpr); !ok || !b.Op.IsComparisonOperator() {
			t.Errorf("%s: %s is not a comparison of the whole", a.Name, expr)
		}
	}
	if n < 60 {
		t.Errorf("only %d queries", n)
	}
}

type query struct{ where, expr string }

// queries are all queries of all dashboards, with Grafana's variable filled in as it would be.
func queries() []query {
	var out []query
	for _, d := range dashboards.All() {
		for _, row := range d.Rows {
			for _, p := range row.Panels {
				for _, q := range p.Queries {
					out = append(out, query{d.UID + ": " + p.Title, strings.ReplaceAll(q.Expr, "$__rate_interval", "30s")})
				}
			}
		}
	}
	return out
}

func TestJaegerLinksToTheWalkthrough(t *testing.T) {
	b, err := os.ReadFile(deploy("jaeger/ui.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ui struct {
		Monitor      struct{ MenuEnabled bool }
		LinkPatterns []struct{ Type, Key, URL, Text string }
	}
	if err := json.Unmarshal(b, &ui); err != nil {
		t.Fatal(err)
	}
	if !ui.Monitor.MenuEnabled {
		t.Error("the Monitor tab is off")
	}
	want := "http://localhost:8088/step/#{rocketmq.step}?trace=#{trace.traceID}"
	for _, l := range ui.LinkPatterns {
		if l.Type == "tags" && l.Key == "rocketmq.step" && l.URL == want {
			return
		}
	}
	t.Errorf("no link from rocketmq.step to %s", want)
}

func TestGrafanaProvisioning(t *testing.T) {
	var ds struct {
		Datasources []struct {
			UID, Type, URL string
			JSONData       struct {
				Exemplars []struct{ Name, DatasourceUID, URL string } `yaml:"exemplarTraceIdDestinations"`
			} `yaml:"jsonData"`
		}
	}
	readYAML(t, "grafana/provisioning/datasources/datasources.yml", &ds)
	services := compose(t).Services
	uids := map[string]bool{}
	for _, d := range ds.Datasources {
		uids[d.UID] = true
		host, _, _ := strings.Cut(strings.TrimPrefix(d.URL, "http://"), ":")
		if _, ok := services[host]; !ok {
			t.Errorf("datasource %s is at %s, which is no service", d.UID, d.URL)
		}
	}
	linked := false
	for _, d := range ds.Datasources {
		for _, x := range d.JSONData.Exemplars {
			linked = linked || x.Name == "trace_id"
		}
	}
	if !linked || !uids["prometheus"] || !uids["jaeger"] {
		t.Errorf("exemplars lead nowhere, or a datasource is missing: %v", uids)
	}
	files, _ := filepath.Glob(deploy("grafana/dashboards/*.json"))
	if len(files) != len(dashboards.All()) {
		t.Errorf("%d dashboards, want %d", len(files), len(dashboards.All()))
	}
	var provider struct {
		Providers []struct {
			Type    string
			Options struct{ Path string }
		}
	}
	readYAML(t, "grafana/provisioning/dashboards/dashboards.yml", &provider)
	mounted := false
	for _, v := range services["grafana"].Volumes {
		mounted = mounted || v.Target == provider.Providers[0].Options.Path
	}
	if !mounted {
		t.Error("dashboards are looked for where nothing is mounted")
	}
}
