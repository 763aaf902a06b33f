//go:build stack

package stack

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// node is a span's place in a tree as OpenTelemetry has it, where a parent is no reference among others, with Jaeger's complaints.
type node struct{ parent, name, service, kind, links, warnings string }

// nodes are the site's spans.
func (j *jaegerTrace) nodes() map[string]node {
	out := map[string]node{}
	for _, s := range j.Spans {
		n := node{name: s.OperationName, service: j.service(&s), kind: s.tag("span.kind")}
		for _, r := range s.References {
			if r.RefType == "CHILD_OF" {
				n.parent = r.SpanID
			} else {
				n.links += " " + r.TraceID + "/" + r.SpanID
			}
		}
		out[s.SpanID] = n
	}
	return out
}

// unlike says which nodes differ.
func unlike(ours, theirs map[string]node) string {
	var out strings.Builder
	for _, id := range slices.Sorted(maps.Keys(union(ours, theirs))) {
		if ours[id] != theirs[id] {
			fmt.Fprintf(&out, "  - %s %+v\n  + %s %+v\n", id, ours[id], id, theirs[id])
		}
	}
	return out.String()
}

// asSent keeps Jaeger's third API from looking for skewed clocks. This version of Jaeger writes what it finds into its memory: asked for
// a trace that is not complete, it would complain of it ever after.
const asSent = "?raw_traces=true"

// otlpNodes asks the third version of Jaeger's API, which answers in OTLP's own shape.
func otlpNodes(api, id, how string) (map[string]node, error) {
	var answer struct {
		Result struct {
			ResourceSpans []struct {
				Resource   struct{ Attributes otlpAttributes }
				ScopeSpans []struct {
					Spans []struct {
						SpanID, ParentSpanID, Name string
						Kind                       int
						Links                      []struct{ TraceID, SpanID string }
						Attributes                 otlpAttributes
					}
				}
			}
		}
	}
	if err := fetch(api+"/api/v3/traces/"+id+how, &answer); err != nil {
		return nil, err
	}
	out := map[string]node{}
	for _, rs := range answer.Result.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, s := range ss.Spans {
				n := node{
					parent: s.ParentSpanID, name: s.Name, service: rs.Resource.Attributes.text("service.name"), kind: kinds[s.Kind],
					warnings: s.Attributes.text("@jaeger@warnings"),
				}
				for _, l := range s.Links {
					n.links += " " + l.TraceID + "/" + l.SpanID
				}
				out[s.SpanID] = n
			}
		}
	}
	return out, nil
}

// otlpAttributes are attributes in OTLP's JSON.
type otlpAttributes []struct {
	Key   string
	Value json.RawMessage
}

// text is an attribute's value: a string, or the JSON of anything else; "" if there is none.
func (attrs otlpAttributes) text(key string) string {
	for _, a := range attrs {
		if a.Key != key {
			continue
		}
		var v struct{ StringValue *string }
		if err := json.Unmarshal(a.Value, &v); err != nil || v.StringValue == nil {
			return string(a.Value)
		}
		return *v.StringValue
	}
	return ""
}

// kinds are OTLP's kinds by their numbers.
var kinds = map[int]string{1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}

// goldenPaths are the paths of the golden tree of a cold send with its consumption.
func goldenPaths(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "test/e2e/testdata/consume_cold.spantree.golden"))
	if err != nil {
		t.Fatal(err)
	}
	var out, above []string
	detail := regexp.MustCompile(` (@\S+|->|\S+=).*`) // what stands behind name and kind
	for line := range strings.Lines(string(b)) {
		name := strings.TrimLeft(line, " ")
		depth := (len(line) - len(name)) / 2
		above = append(above[:depth], strings.TrimSpace(detail.ReplaceAllString(name, "")))
		out = append(out, strings.Join(above, " > "))
	}
	slices.Sort(out)
	return out
}

// paths are the ways from the root to each span, by names and kinds. A span whose parent is not there begins with a question mark.
func paths(nodes map[string]node) []string {
	var path func(n node) string
	path = func(n node) string {
		name := n.name
		if n.kind != "internal" {
			name += " [" + strings.ToUpper(n.kind) + "]"
		}
		parent, ok := nodes[n.parent]
		switch {
		case n.parent == "":
			return name
		case !ok:
			return "? > " + name
		}
		return path(parent) + " > " + name
	}
	out := make([]string, 0, len(nodes))
	for _, n := range nodes {
		out = append(out, path(n))
	}
	slices.Sort(out)
	return out
}
