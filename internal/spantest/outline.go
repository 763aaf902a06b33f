package spantest

import (
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// Started are the spans of an SDK's recorder in the order of their start. All must have ended.
func Started(t testing.TB, r *tracetest.SpanRecorder) (spans []sdktrace.ReadOnlySpan) {
	t.Helper()
	for _, s := range r.Started() {
		if s.EndTime().IsZero() {
			t.Errorf("span %s has not ended", s.Name())
		}
		spans = append(spans, s)
	}
	return spans
}

// Attr is the text of a span's attribute; empty when it has none.
func Attr(s sdktrace.ReadOnlySpan, key string) string {
	for _, kv := range s.Attributes() {
		if kv.Key == attribute.Key(key) {
			return kv.Value.String()
		}
	}
	return ""
}

// Named are the spans of that name.
func Named(spans []sdktrace.ReadOnlySpan, name string) (found []sdktrace.ReadOnlySpan) {
	for _, s := range spans {
		if s.Name() == name {
			found = append(found, s)
		}
	}
	return found
}

// Find is the first span of that name.
func Find(t testing.TB, spans []sdktrace.ReadOnlySpan, name string) sdktrace.ReadOnlySpan {
	t.Helper()
	found := Named(spans, name)
	if len(found) == 0 {
		t.Fatalf("no span %s", name)
	}
	return found[0]
}

// ExpectOutline compares the outline of the first span of that name with want, whose first line may be empty.
func ExpectOutline(t testing.TB, spans []sdktrace.ReadOnlySpan, root, want string) {
	t.Helper()
	if got := Outline(spans, root); got != strings.TrimLeft(want, "\n") {
		t.Errorf("outline of %s:\n%s\nwant:\n%s", root, got, want)
	}
}

// Outline is the tree below the first span of that name: names, kinds and errors, one span a line, indented, in the order of their start.
// Of remoting it has the RPCs alone: the rest has tests of its own.
func Outline(spans []sdktrace.ReadOnlySpan, root string) string {
	var out strings.Builder
	var walk func(parent trace.SpanID, depth int)
	line := func(s sdktrace.ReadOnlySpan, depth int) {
		kind := ""
		if s.SpanKind() != trace.SpanKindInternal {
			kind = " [" + s.SpanKind().String() + "]"
		}
		if t := Attr(s, "error.type"); t != "" {
			kind += " !" + t
		}
		fmt.Fprintf(&out, "%s%s%s\n", strings.Repeat("  ", depth), s.Name(), kind)
		walk(s.SpanContext().SpanID(), depth+1)
	}
	walk = func(parent trace.SpanID, depth int) {
		for _, s := range spans {
			switch {
			case s.Parent().SpanID() != parent || !parent.IsValid():
			case strings.HasPrefix(Attr(s, "rocketmq.step"), "remoting.") && s.SpanKind() == trace.SpanKindInternal:
				walk(s.SpanContext().SpanID(), depth)
			default:
				line(s, depth)
			}
		}
	}
	if roots := Named(spans, root); len(roots) > 0 {
		line(roots[0], 0)
	}
	return out.String()
}
