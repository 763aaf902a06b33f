package spantest

import (
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// stableAttributes are those whose values are the same in every run, in the order in which they are shown.
var stableAttributes = []attribute.Key{
	"error.type", "messaging.operation.name", "messaging.destination.name", "messaging.consumer.group.name",
	"rpc.response.status_code", "rocketmq.communication_mode", "rocketmq.attempt", "rocketmq.route.cache",
	"rocketmq.route.default_topic", "rocketmq.send.status", "rocketmq.channel.reused",
}

// nonConforming begins a line about a span that breaks the conventions. No golden file may have one.
const nonConforming = "!! "

// RenderTree draws spans as indented lines: name, kind unless internal, service where it changes, links, and the attributes
// that are the same in every run. Below a span that does not conform to the registry stands why, after "!!". Siblings stand in the order of their starts, then of their names. There are no ids and no
// times in it, so that it can be compared with a file.
func RenderTree(spans []sdktrace.ReadOnlySpan) string {
	t := newTree(spans)
	var b strings.Builder
	for _, root := range t.roots {
		t.draw(&b, root, "", "")
	}
	return b.String()
}

// tree is the recorded spans of some traces by parent.
type tree struct {
	byID     map[trace.SpanID]sdktrace.ReadOnlySpan
	children map[trace.SpanID][]sdktrace.ReadOnlySpan
	roots    []sdktrace.ReadOnlySpan // whose parent is not among the spans
}

func newTree(spans []sdktrace.ReadOnlySpan) *tree {
	t := &tree{byID: make(map[trace.SpanID]sdktrace.ReadOnlySpan), children: make(map[trace.SpanID][]sdktrace.ReadOnlySpan)}
	for _, s := range spans {
		t.byID[s.SpanContext().SpanID()] = s
	}
	for _, s := range spans {
		parent := s.Parent().SpanID()
		if _, ok := t.byID[parent]; ok {
			t.children[parent] = append(t.children[parent], s)
		} else {
			t.roots = append(t.roots, s)
		}
	}
	slices.SortFunc(t.roots, byStart)
	for _, siblings := range t.children {
		slices.SortFunc(siblings, byStart)
	}
	return t
}

func byStart(a, b sdktrace.ReadOnlySpan) int {
	return cmp.Or(a.StartTime().Compare(b.StartTime()), strings.Compare(a.Name(), b.Name()))
}

func (t *tree) draw(b *strings.Builder, s sdktrace.ReadOnlySpan, indent, service string) {
	b.WriteString(indent)
	b.WriteString(s.Name())
	if kind := s.SpanKind(); kind != trace.SpanKindInternal {
		b.WriteString(" [" + strings.ToUpper(kind.String()) + "]")
	}
	own := serviceOf(s)
	if own != service {
		b.WriteString(" @" + own)
	}
	t.drawLinks(b, s)
	drawAttributes(b, s)
	b.WriteByte('\n')
	for _, wrong := range lint(s) {
		b.WriteString(indent + "  " + nonConforming + wrong + "\n")
	}
	for _, child := range t.children[s.SpanContext().SpanID()] {
		t.draw(b, child, indent+"  ", own)
	}
}

// drawLinks names the spans linked to; those outside the tree are only counted in.
func (t *tree) drawLinks(b *strings.Builder, s sdktrace.ReadOnlySpan) {
	var names []string
	for _, l := range s.Links() {
		if target, ok := t.byID[l.SpanContext.SpanID()]; ok {
			names = append(names, target.Name())
		} else {
			names = append(names, "another trace")
		}
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) > 0 {
		b.WriteString(" -> " + strings.Join(names, ", "))
	}
}

func drawAttributes(b *strings.Builder, s sdktrace.ReadOnlySpan) {
	values := make(map[attribute.Key]string)
	for _, kv := range s.Attributes() {
		values[kv.Key] = kv.Value.String()
	}
	for _, key := range stableAttributes {
		if v, ok := values[key]; ok && v != "" {
			b.WriteString(" " + string(key) + "=" + v)
		}
	}
}

func serviceOf(s sdktrace.ReadOnlySpan) string {
	for _, kv := range s.Resource().Attributes() {
		if kv.Key == "service.name" {
			return kv.Value.AsString()
		}
	}
	return ""
}
