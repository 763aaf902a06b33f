package dashboards_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/dashboards"
)

//go:generate go test . -run TestFilesAreCurrent -update

var update = flag.Bool("update", false, "write dashboards and alert rules anew")

const deploy = "../../deploy"

func TestFilesAreCurrent(t *testing.T) {
	want := map[string]bool{}
	for _, d := range dashboards.All() {
		var b bytes.Buffer
		if err := d.Write(&b); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(deploy, "grafana/dashboards", d.UID+".json")
		want[path] = true
		current(t, path, b.Bytes())
	}
	have, err := filepath.Glob(filepath.Join(deploy, "grafana/dashboards/*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range have {
		if !want[path] {
			t.Errorf("%s: nobody makes it any more", path)
		}
	}
	var rules bytes.Buffer
	if err := dashboards.WriteRules(&rules); err != nil {
		t.Fatal(err)
	}
	current(t, filepath.Join(deploy, "prometheus/rules.yml"), rules.Bytes())
}

func current(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, want) {
		t.Errorf("%s is out of date (go generate ./internal/dashboards) %v", path, err)
	}
}

// Every panel lies within the grid, says what it shows in a unit, and has an id of its own.
func TestPanelsLieSideBySide(t *testing.T) {
	type place struct{ X, Y, W, H int }
	for _, d := range dashboards.All() {
		var b bytes.Buffer
		if err := d.Write(&b); err != nil {
			t.Fatal(err)
		}
		var page struct {
			Panels []struct {
				ID          int
				Type, Title string
				GridPos     place
				Targets     []struct{ Expr string }
			}
		}
		if err := json.Unmarshal(b.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for i, p := range page.Panels {
			if p.GridPos.X < 0 || p.GridPos.X+p.GridPos.W > 24 || p.Title == "" || p.Type != "row" && len(p.Targets) == 0 {
				t.Errorf("%s: panel %+v", d.UID, p)
			}
			for _, q := range page.Panels[:i] {
				a, b := p.GridPos, q.GridPos
				if p.ID == q.ID || a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
					t.Errorf("%s: %q lies on %q", d.UID, p.Title, q.Title)
				}
			}
		}
	}
}

// A step that a query names must exist: a heatmap of a step that was renamed stays empty for ever.
func TestStepsExist(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\bstep="([^"]+)"`)
	seen := 0
	for _, d := range dashboards.All() {
		for _, row := range d.Rows {
			for _, p := range row.Panels {
				for _, q := range p.Queries {
					for _, m := range named.FindAllStringSubmatch(q.Expr, -1) {
						seen++
						if c.Step(m[1]) == nil {
							t.Errorf("%s, %s: there is no step %s", d.UID, p.Title, m[1])
						}
					}
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d queries name a step", seen)
	}
}

func TestAlertsSayWhatToDo(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range dashboards.Alerts() {
		if seen[a.Name] || a.Summary == "" || a.Doc == "" || a.For == "" || a.When == "" || a.Severity != "warning" && a.Severity != "critical" {
			t.Errorf("%+v", a)
		}
		seen[a.Name] = true
	}
}
