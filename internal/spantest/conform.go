package spantest

import (
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume"
	"github.com/plumemq/plume/internal/conventions"
)

// registry is read once: it is the same for all tests of a program.
var registry = sync.OnceValues(func() (*conventions.Registry, error) { return conventions.Read(plume.Files) })

// Conform holds every span against the registry of attributes, events and spans in docs/semconv/registry, and fails the test for
// each that does not conform. [RenderTree] does the same for what it draws.
func Conform(t testing.TB, spans []sdktrace.ReadOnlySpan) {
	t.Helper()
	seen := map[string]bool{}
	for _, s := range spans {
		for _, wrong := range lint(s) {
			said := s.Name() + ": " + wrong
			if !seen[said] {
				seen[said] = true
				t.Error("span " + said)
			}
		}
	}
}

// Conform is [Conform] for all spans recorded, and for what samplers could see of them: the required attributes that the registry calls
// relevant to sampling.
func (r *Recorder) Conform(t testing.TB) {
	t.Helper()
	spans := r.Spans()
	Conform(t, spans)
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := map[spanKind]bool{}
	for _, s := range spans {
		key, o := spanKind{s.Name(), s.SpanKind()}, observed(s)
		group := reg.Span(o.Step, o.Kind)
		if group == nil || seen[key] {
			continue
		}
		seen[key] = true
		for _, ref := range group.Refs {
			if ref.Sampling && ref.Level == conventions.Required && !r.asked[key][attribute.Key(ref.Key)] {
				t.Errorf("span %s: samplers do not see %s", s.Name(), ref.Key)
			}
		}
	}
}

// lint says what is wrong with a span. Steps that a test defined for itself, "test.something", are not in the registry.
func lint(s sdktrace.ReadOnlySpan) []string {
	r, err := registry()
	if err != nil {
		return []string{err.Error()}
	}
	o := observed(s)
	if strings.HasPrefix(o.Step, "test.") {
		return nil
	}
	return r.Lint(o)
}

func observed(s sdktrace.ReadOnlySpan) *conventions.Observed {
	o := &conventions.Observed{Name: s.Name(), Kind: strings.ToLower(s.SpanKind().String()), Attributes: values(s.Attributes())}
	for _, v := range o.Attributes {
		if v.Key == "rocketmq.step" {
			o.Step = v.Text
		}
	}
	for _, e := range s.Events() {
		o.Events = append(o.Events, conventions.ObservedEvent{Name: e.Name, Attributes: values(e.Attributes)})
	}
	return o
}

func values(kvs []attribute.KeyValue) []conventions.Value {
	out := make([]conventions.Value, 0, len(kvs))
	for _, kv := range kvs {
		out = append(out, conventions.Value{Key: string(kv.Key), Type: typeName(kv.Value.Type()), Text: kv.Value.String()})
	}
	return out
}

// typeName is a type as the registry spells it.
func typeName(t attribute.Type) string {
	switch t {
	case attribute.BOOL:
		return "boolean"
	case attribute.INT64:
		return "int"
	case attribute.FLOAT64:
		return "double"
	case attribute.STRING:
		return "string"
	case attribute.STRINGSLICE:
		return "string[]"
	}
	return t.String()
}
