package metrics_test

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/internal/metrics"
)

//go:generate go test . -run TestMetricsDocIsCurrent -update

var update = flag.Bool("update", false, "write docs/metrics.md anew")

const metricsDoc = "../../docs/metrics.md"

func TestMetricsDocIsCurrent(t *testing.T) {
	var page bytes.Buffer
	if err := metrics.WriteDoc(&page); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(metricsDoc, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(metricsDoc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), page.String()); diff != "" {
		t.Errorf("docs/metrics.md is out of date (make golden):\n%s", diff)
	}
}

func TestEachFamilyIsWellFormed(t *testing.T) {
	name, label := regexp.MustCompile(`^[a-z][a-z0-9_]*$`), regexp.MustCompile(`^[a-z][a-z_]*$`)
	seen := map[string]bool{}
	for _, f := range metrics.Families() {
		if seen[f.Name] || !name.MatchString(f.Name) {
			t.Errorf("%s: defined twice, or not a name", f.Name)
		}
		seen[f.Name] = true
		if (f.Kind == metrics.CounterKind) != strings.HasSuffix(f.Name, "_total") {
			t.Errorf("%s is a %s: counters end in _total, and nothing else does", f.Name, f.Kind)
		}
		if (f.Kind == metrics.HistogramKind) != (len(f.Buckets) > 0) || !slices.IsSorted(f.Buckets) {
			t.Errorf("%s: a %s with buckets %v", f.Name, f.Kind, f.Buckets)
		}
		if f.Served() == (f.By == "") {
			t.Errorf("%s: either somebody records it or it is not served", f.Name)
		}
		if f.Help == "" && f.Doc == "" {
			t.Errorf("%s: nobody says what it is", f.Name)
		}
		for i, l := range f.AllLabels() {
			if !label.MatchString(l) || i > 0 && l == f.AllLabels()[i-1] {
				t.Errorf("%s: label %q", f.Name, l)
			}
		}
	}
}

// captured is one line of testdata/apache-5.5.0.txt.
type captured struct{ name, kind, labels, buckets, help string }

func readCaptured(t *testing.T) []captured {
	t.Helper()
	text, err := os.ReadFile("testdata/apache-5.5.0.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []captured
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		all = append(all, captured{f[0], f[1], f[2], f[3], f[4]})
	}
	return all
}

// The catalogue says of each of Apache's families what a real broker exposed. That the expositions equal the catalogue is tested where
// they are made.
func TestApachesFamiliesAreThoseCaptured(t *testing.T) {
	apache := readCaptured(t)
	if len(apache) != 36 {
		t.Fatalf("%d families captured, want 35 and target_info", len(apache))
	}
	families := map[string]*metrics.Family{}
	for _, f := range metrics.Families() {
		families[f.Name] = f
	}
	for _, want := range apache {
		f := families[want.name]
		if f == nil {
			t.Errorf("%s is not in the catalogue", want.name)
			continue
		}
		var buckets []string
		for _, b := range f.Buckets {
			buckets = append(buckets, strconv.FormatFloat(b, 'f', -1, 64))
		}
		have := captured{f.Name, string(f.Kind), strings.Join(f.AllLabels(), ","), strings.Join(buckets, ","), f.Help}
		if have != want || f.Origin != metrics.Apache {
			t.Errorf("\nhave %q\nwant %q", have, want)
		}
	}
}
