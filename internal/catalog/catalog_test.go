package catalog_test

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume"
	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/walkthrough"
)

//go:generate go test . -run TestSpansDocIsCurrent -update

var update = flag.Bool("update", false, "write docs/spans.md anew")

const spansDoc = "../../docs/spans.md"

func load(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryStepHasItsFunctionAndItsClaims(t *testing.T) {
	c := load(t)
	if len(c.Families()) < 20 {
		t.Fatalf("only %d steps gathered", len(c.Families()))
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

func TestEveryMetricIsRecordedBySomebody(t *testing.T) {
	c := load(t)
	for _, f := range metrics.Families() {
		if !f.Served() {
			continue
		}
		for _, symbol := range strings.Split(f.By, ", ") {
			if _, err := c.Function(symbol); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
	}
}

// Every package with a Steps function must be gathered: a span without an entry has no source on the site.
func TestNoPackageIsForgotten(t *testing.T) {
	have := map[string]bool{}
	for _, op := range load(t).Steps() {
		if dir, _, ok := strings.Cut(op.Func[strings.LastIndexByte(op.Func, '/')+1:], "."); ok {
			have[op.Func[:strings.LastIndexByte(op.Func, '/')+1]+dir] = true
		}
	}
	for _, pattern := range []string{"*/trace.go", "*/*/trace.go", "*/*/*/trace.go"} {
		names, err := plumeGlob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if pkg := strings.TrimSuffix(name, "/trace.go"); !have[pkg] {
				t.Errorf("%s defines steps, but the catalogue has none of package %s", name, pkg)
			}
		}
	}
}

func plumeGlob(pattern string) ([]string, error) {
	names, err := fs.Glob(plume.Files, pattern)
	return slices.DeleteFunc(names, func(n string) bool {
		b, err := plume.Files.ReadFile(n)
		return err != nil || !bytes.Contains(b, []byte("func Steps()"))
	}), err
}

func TestSpansDocIsCurrent(t *testing.T) {
	var want bytes.Buffer
	c := load(t)
	book, err := walkthrough.Load(plume.Files, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.WriteSpans(&want, book.Anchor); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(spansDoc, want.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(spansDoc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("docs/spans.md is not what the steps say; run go generate ./internal/catalog (-want +got):\n%s", diff)
	}
}

func TestAllClaimsAreThere(t *testing.T) {
	counts := map[byte]int{}
	for _, cl := range load(t).Claims() {
		counts[cl.ID[0]]++
	}
	want := map[byte]int{'P': 12, 'R': 6, 'S': 8, 'T': 22, 'N': 13}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("claims per section (-want +got):\n%s", diff)
	}
}

var method = regexp.MustCompile(`^[A-Z]\w*(\.[A-Z]\w*)?#[a-z]\w*$`)

// No claim is left open, none in one language, none without the step, the symbol, Apache's method and the experiment that settle it.
func TestEveryClaimIsSettled(t *testing.T) {
	c := load(t)
	for _, cl := range c.Claims() {
		if cl.Verdict == catalog.Open {
			t.Errorf("%s is open", cl.ID)
		}
		for what, text := range map[string]catalog.Text{"statement": cl.Text, "explanation": cl.Because} {
			if text.EN == "" || han(text.EN) || !han(text.ZH) {
				t.Errorf("%s: its %s is not in English and in Chinese", cl.ID, what)
			}
		}
		for what, names := range map[string][]string{"step": cl.Spans, "Go symbol": cl.Go, "method of Apache's": cl.Apache, "experiment": cl.Tests} {
			if len(names) == 0 {
				t.Errorf("%s has no %s", cl.ID, what)
			}
		}
		for _, name := range cl.Apache {
			if !method.MatchString(name) {
				t.Errorf("%s: %s is not Class#method", cl.ID, name)
			}
		}
	}
}

// han says whether a text has Chinese characters.
func han(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// withClaims adds the files of claims, all but one of them empty.
func withClaims(text string, more fstest.MapFS) fstest.MapFS {
	files := fstest.MapFS{"docs/analysis/producer.md": {Data: []byte(text)}}
	for _, name := range []string{"route", "send", "client", "server"} {
		files["docs/analysis/"+name+".md"] = &fstest.MapFile{}
	}
	maps.Copy(files, more)
	return files
}

const claims = `# Prose

## P. Producing

### P1
- lines: 1
- kind: claim
- en: It sends.
- zh: 它发送。
`

const source = `package p

// T is generic.
type T[K any] struct{}

// Do does it.
//
// It really does.
func (t *T[K]) Do() {
	println()
}

func (T[K]) Value() {}

func plain() {}
`

func small(t *testing.T, ops ...*observ.Op) (*catalog.Catalog, error) {
	t.Helper()
	return catalog.New(withClaims(claims, fstest.MapFS{"a/p/p.go": {Data: []byte(source)}}), ops)
}

func TestFunctionBySymbol(t *testing.T) {
	c, err := small(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, symbol := range []string{"a/p.(*T).Do", "a/p.(*T[...]).Do", "github.com/plumemq/plume/a/p.(*T).Do"} {
		fn, err := c.Function(symbol)
		if err != nil {
			t.Fatalf("%s: %v", symbol, err)
		}
		if fn.Start != 9 || fn.End != 11 || fn.DocLine != 6 || fn.File != "a/p/p.go" || fn.Name != "Do" {
			t.Errorf("%s: %+v", symbol, fn)
		}
		if !strings.HasPrefix(fn.Text, "// Do does it.\n") || !strings.HasSuffix(fn.Text, "}\n") {
			t.Errorf("%s: text %q", symbol, fn.Text)
		}
	}
	for _, symbol := range []string{"a/p.T.Value", "a/p.plain"} {
		if _, err := c.Function(symbol); err != nil {
			t.Errorf("%s: %v", symbol, err)
		}
	}
	for _, symbol := range []string{"", "a/p", "a/p.gone", "a/q.f", "../p.f", "a/p.(*T).Value"} {
		if _, err := c.Function(symbol); !errors.Is(err, catalog.ErrNoFunction) {
			t.Errorf("%q: %v, want ErrNoFunction", symbol, err)
		}
	}
}

func TestReachesFollowsCallsWithinThePackage(t *testing.T) {
	c, err := catalog.New(withClaims(claims, fstest.MapFS{
		"p/p.go": {Data: []byte("package p\n\nfunc a() { b() }\n\nfunc b() { c() } // d()\n\nfunc c() { c(); other.e() }\n")},
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		from, to string
		depth    int
		want     bool
	}{{"a", "b", 0, true}, {"a", "c", 0, false}, {"a", "c", 1, true}, {"a", "e", 3, true}, {"c", "z", 3, false}, {"gone", "b", 3, false}} {
		if got := c.Reaches("p", x.from, x.to, x.depth); got != x.want {
			t.Errorf("Reaches(%s, %s, %d) = %v", x.from, x.to, x.depth, got)
		}
	}
	if c.Reaches("q", "a", "b", 1) {
		t.Error("a package that is not there")
	}
}

func TestCheckReportsWhatIsMissing(t *testing.T) {
	c, err := small(t,
		observ.Define(observ.Op{ID: "p.do", Func: "a/p.(*T).Do", Claims: []string{"P1"}}),
		observ.Define(observ.Op{ID: "p.gone", Func: "a/p.gone"}),
		observ.Define(observ.Op{ID: "p.claim", Func: "a/p.plain", Claims: []string{"Z9"}}),
	)
	if err != nil {
		t.Fatal(err)
	}
	err = c.Check()
	if !errors.Is(err, catalog.ErrNoFunction) || !errors.Is(err, catalog.ErrUnknownClaim) {
		t.Errorf("Check: %v", err)
	}
	if strings.Contains(err.Error(), "p.do:") {
		t.Errorf("Check complains of a good step: %v", err)
	}
	if got := c.ShownBy("P1"); !slices.Equal(got, []string{"p.do"}) {
		t.Errorf("ShownBy(P1) = %v", got)
	}
}

func TestAStepIsDefinedOnce(t *testing.T) {
	op := observ.Define(observ.Op{ID: "p.do", Func: "a/p.(*T).Do"})
	if _, err := small(t, op, op); !errors.Is(err, catalog.ErrDuplicateStep) {
		t.Errorf("New: %v, want ErrDuplicateStep", err)
	}
}

func TestMalformedClaimsAreRefused(t *testing.T) {
	const because, rest = "- because: x\n- because-zh: y\n", "- spans: `p.do`\n- go: `a/p.plain`\n- apache: `P#p`\n- tests: `TestClaim_P1_X`\n"
	for name, text := range map[string]string{
		"twice":                         claims + claims,
		"unknown key":                   claims + "- colour: red\n",
		"key twice":                     claims + "- en: y\n",
		"prose in a claim":              claims + "hello\n",
		"empty value":                   claims + "- spans: \n",
		"no translation":                "### P1\n- lines: 1\n- en: x\n",
		"verdict without reason":        claims + "- verdict: confirmed\n" + rest,
		"verdict without experiment":    claims + "- verdict: confirmed\n" + because,
		"reason in one language":        claims + "- because: x\n",
		"unknown verdict":               claims + "- verdict: maybe\n" + because + rest,
		"answer to no question":         claims + "- verdict: answered\n" + because + rest,
		"experiment without a verdict":  claims + because + rest,
		"list that is not in backticks": claims + "- spans: a\n",
	} {
		_, err := catalog.New(withClaims(text, nil), nil)
		if !errors.Is(err, catalog.ErrClaims) {
			t.Errorf("%s: %v, want ErrClaims", name, err)
		}
	}
}

// settled is P1 with a verdict.
const settled = claims + "- verdict: confirmed\n- because: x\n- because-zh: y\n- spans: `p.do`\n- go: `a/p.plain`\n- apache: `P#p`\n- tests: `TestClaim_P1_X`\n"

func TestClaimsAndExperimentsAreChecked(t *testing.T) {
	do := observ.Define(observ.Op{ID: "p.do", Func: "a/p.(*T).Do"})
	experiment := func(names ...string) string {
		text := "package analysis\n"
		for _, n := range names {
			text += "\nfunc " + n + "(t *testing.T) {}\n"
		}
		return text
	}
	for name, x := range map[string]struct {
		claims, tests string
		want          error
	}{
		"all there":                  {settled, experiment("TestClaim_P1_X"), nil},
		"no such test":               {settled, experiment("TestX"), catalog.ErrNoExperiment},
		"a test of another name":     {settled, experiment("TestClaim_P2_X"), catalog.ErrNoExperiment},
		"a test that no claim names": {settled, experiment("TestClaim_P1_X", "TestClaim_P1_Y"), catalog.ErrStray},
		"a test of no claim":         {settled, experiment("TestClaim_P1_X", "TestClaim_X"), catalog.ErrStray},
		"a test of an unknown claim": {settled, experiment("TestClaim_P1_X", "TestClaim_P9_X"), catalog.ErrUnknownClaim},
		"unknown step":               {strings.Replace(settled, "p.do", "p.gone", 1), experiment("TestClaim_P1_X"), catalog.ErrUnknownStep},
		"unknown symbol":             {strings.Replace(settled, "p.plain", "p.gone", 1), experiment("TestClaim_P1_X"), catalog.ErrNoFunction},
	} {
		c, err := catalog.New(withClaims(x.claims, fstest.MapFS{
			"a/p/p.go": {Data: []byte(source)}, "test/analysis/x_test.go": {Data: []byte(x.tests)},
		}), []*observ.Op{do})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := c.Check(); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", name, err, x.want)
		}
	}
}

// A claim may name experiments of both folders, and what only Apache's programs can show is checked by the tests that run without them.
func TestExperimentsOnApachesProgramsCount(t *testing.T) {
	const text = "//go:build interop\n\npackage interop\n\nfunc TestClaim_P1_X(t *testing.T) {}\n"
	c, err := catalog.New(withClaims(settled, fstest.MapFS{
		"a/p/p.go": {Data: []byte(source)}, "test/interop/claims_test.go": {Data: []byte(text)},
	}), []*observ.Op{observ.Define(observ.Op{ID: "p.do", Func: "a/p.(*T).Do"})})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	if e, ok := c.Experiment("TestClaim_P1_X"); !ok || e.File != "test/interop/claims_test.go" || e.Line != 5 {
		t.Errorf("%+v, %v", e, ok)
	}
}

func TestFamily(t *testing.T) {
	for id, want := range map[string]string{
		"remoting.client.SEND_MESSAGE_V2": "remoting.client.*", "producer.send": "producer.send", "ha.handleHA": "ha.handleHA",
	} {
		if got := catalog.Family(id); got != want {
			t.Errorf("Family(%s) = %s, want %s", id, got, want)
		}
	}
}
