package conventions_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume"
	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/conventions"
)

//go:generate go test . -run TestAttributesDocIsCurrent -update

var update = flag.Bool("update", false, "write docs/attributes.md anew")

const attributesDoc = "../../docs/attributes.md"

func read(t *testing.T) *conventions.Registry {
	t.Helper()
	r, err := conventions.Read(plume.Files)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAttributesDocIsCurrent(t *testing.T) {
	var got bytes.Buffer
	if err := read(t).WriteMarkdown(&got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(attributesDoc, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(attributesDoc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("docs/attributes.md is not what the registry says; run go generate ./internal/conventions (-want +got):\n%s", diff)
	}
}

// Every step has a group for its kind of span, and every group has a step.
func TestGroupsAndStepsMatch(t *testing.T) {
	r, used := read(t), map[string]bool{}
	for _, op := range catalog.Steps() {
		s := r.Span(op.ID, op.Kind.String())
		if s == nil {
			t.Errorf("step %s: no group of %s has it with kind %s; add one:\n  - id: span.%s\n    type: span\n    span_kind: %s\n    stability: development\n"+
				"    brief: ...\n    extends: attributes.plume.step\n    annotations:\n      plume:\n        step: %q\n        name: \"^%s$\"",
				op.ID, conventions.Folder, op.Kind, op.ID, op.Kind, op.ID, op.Name)
			continue
		}
		used[s.Step] = true
	}
	for _, s := range r.Spans() {
		if !used[s.Step] {
			t.Errorf("group %s is about step %s, which is not there", s.ID, s.Step)
		}
	}
}

// Every attribute that the registry declares is of use to some span or event.
func TestNoAttributeIsIdle(t *testing.T) {
	r, used := read(t), map[string]bool{}
	for _, s := range r.Spans() {
		for _, ref := range s.Refs {
			used[ref.Key] = true
		}
		for _, e := range s.Events {
			for _, ref := range e.Refs {
				used[ref.Key] = true
			}
		}
	}
	for _, a := range r.Attributes() {
		if !used[a.Key] {
			t.Errorf("%s is declared and in no span and no event", a.Key)
		}
		if !strings.HasPrefix(a.Key, "rocketmq.") {
			t.Errorf("%s is not in our own name space", a.Key)
		}
	}
}

// What is referred to is declared here, or by OpenTelemetry's conventions of the version that the resource's schema names.
func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	r, known := read(t), semconvKeys(t)
	for _, s := range r.Spans() {
		refs := slices.Clone(s.Refs)
		for _, e := range s.Events {
			refs = append(refs, e.Refs...)
		}
		for _, ref := range refs {
			if r.Attribute(ref.Key) == nil && !known[ref.Key] {
				t.Errorf("%s: %s is declared neither here nor by OpenTelemetry", s.ID, ref.Key)
			}
			if r.Attribute(ref.Key) == nil && !conventions.Upstream(ref.Key) {
				t.Errorf("%s: the lint does not know the type of %s", s.ID, ref.Key)
			}
		}
	}
}

// semconvKeys are the attribute keys of OpenTelemetry's Go package.
func semconvKeys(t *testing.T) map[string]bool {
	t.Helper()
	pkg, err := build.Import("go.opentelemetry.io/otel/semconv/v1.43.0", ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, "attribute_group.go"), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			keys[strings.Trim(lit.Value, `"`)] = true
		}
		return true
	})
	if !keys["messaging.system"] {
		t.Fatal("OpenTelemetry's attributes were not found")
	}
	return keys
}

// heartbeat is a span that conforms.
func heartbeat() *conventions.Observed {
	return &conventions.Observed{
		Step: "remoting.client.HEART_BEAT", Kind: "client", Name: "HEART_BEAT",
		Attributes: []conventions.Value{
			{Key: "rocketmq.step", Type: "string", Text: "remoting.client.HEART_BEAT"}, {Key: "code.function.name", Type: "string"},
			{Key: "code.file.path", Type: "string"}, {Key: "code.line.number", Type: "int", Text: "1"},
			{Key: "rpc.system.name", Type: "string", Text: "rocketmq"}, {Key: "rpc.method", Type: "string", Text: "HEART_BEAT"},
			{Key: "network.peer.address", Type: "string"}, {Key: "network.peer.port", Type: "int"},
			{Key: "server.address", Type: "string"}, {Key: "server.port", Type: "int"}, {Key: "rocketmq.serialize", Type: "string", Text: "JSON"},
		},
		Events: []conventions.ObservedEvent{{Name: "flushed"}},
	}
}

func TestLintFindsWhatIsWrong(t *testing.T) {
	r := read(t)
	if wrong := r.Lint(heartbeat()); len(wrong) != 0 {
		t.Fatalf("a span that conforms: %v", wrong)
	}
	for want, spoil := range map[string]func(*conventions.Observed){
		"no group":                           func(o *conventions.Observed) { o.Kind = "internal" },
		"name does not match":                func(o *conventions.Observed) { o.Name = "heart beat" },
		"rpc.method is required and missing": func(o *conventions.Observed) { o.Attributes = slices.Delete(o.Attributes, 5, 6) },
		"user.name is not declared": func(o *conventions.Observed) {
			o.Attributes = append(o.Attributes, conventions.Value{Key: "user.name"})
		},
		"server.port is of type string":    func(o *conventions.Observed) { o.Attributes[9].Type = "string" },
		"none of its values":               func(o *conventions.Observed) { o.Attributes[10].Text = "XML" },
		"event lost is not among":          func(o *conventions.Observed) { o.Events[0].Name = "lost" },
		"event flushed: a is not declared": func(o *conventions.Observed) { o.Events[0].Attributes = []conventions.Value{{Key: "a"}} },
	} {
		o := heartbeat()
		spoil(o)
		if wrong := r.Lint(o); len(wrong) != 1 || !strings.Contains(wrong[0], want) {
			t.Errorf("want %q, got %q", want, wrong)
		}
	}
}

func TestReadRefusesContradictions(t *testing.T) {
	const head = "groups:\n  - id: a\n    type: attribute_group\n    attributes:\n"
	const attr = "      - id: rocketmq.x\n        type: string\n        brief: b\n        stability: development\n"
	const span = "  - id: s\n    type: span\n    span_kind: client\n    extends: a\n    annotations: {plume: {step: x, name: x}}\n"
	for name, text := range map[string]string{
		"nothing":       "groups: []\n",
		"no yaml":       "groups: [",
		"twice":         head + attr + attr,
		"group twice":   head + attr + head[len("groups:\n"):],
		"type":          head + strings.Replace(attr, "string", "text", 1),
		"no brief":      head + strings.Replace(attr, "brief: b", "", 1),
		"extends":       head + attr + strings.Replace(span, "extends: a", "extends: z", 1),
		"event":         head + attr + span + "    events: [e]\n",
		"level":         head + attr + span + "    attributes:\n      - ref: rocketmq.x\n        requirement_level: maybe\n",
		"pattern":       head + attr + strings.Replace(span, "name: x", `name: "("`, 1),
		"step and kind": head + attr + span + strings.Replace(span, "id: s", "id: t", 1),
	} {
		if r, err := conventions.Read(fstest.MapFS{conventions.Folder + "/a.yaml": {Data: []byte(text)}}); err == nil {
			t.Errorf("%s: read as %+v", name, r)
		}
	}
	if _, err := conventions.Read(fstest.MapFS{conventions.Folder + "/a.yaml": {Data: []byte(head + attr + span)}}); err != nil {
		t.Errorf("what they have in common: %v", err)
	}
}
