package spantest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// update makes tests rewrite their golden span trees with what they see.
var update = flag.Bool("update", false, "rewrite testdata/*.spantree.golden")

// Golden compares a rendered tree with testdata/name.spantree.golden beside the test; with -update it rewrites the file.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	if strings.Contains(got, nonConforming) {
		t.Errorf("spans do not conform to docs/semconv/registry:\n%s", got)
	}
	file := filepath.Join("testdata", name+".spantree.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test -update makes it)\ngot:\n%s", err, got)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (go test -update accepts it): -want +got:\n%s", file, diff)
	}
}

// Golden compares the tree of spans with testdata/name.spantree.golden, as [Golden] does; `make tape` also records the lines of
// source that ran for it.
func (r *Recorder) Golden(t testing.TB, name string, spans []sdktrace.ReadOnlySpan) {
	t.Helper()
	Golden(t, name, RenderTree(spans))
	r.tape.keep(t, name, spans)
}
