package site

import (
	"slices"
	"time"

	"github.com/plumemq/plume/internal/site/story"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/walkthrough"
)

// mostSearched is how many traces are held against a golden tree before it counts as not seen here lately.
const mostSearched = 60

// walkLive is a trace in the store that has the very spans of a golden tree.
type walkLive struct {
	Trace string
	When  time.Time
	spans map[int]*tracestore.Span // line of the tree -> span
}

func (l *walkLive) took(line int) string {
	if span := l.spans[line]; span != nil {
		return story.Took(span.Duration())
	}
	return ""
}

func (l *walkLive) href(line int) string {
	if span := l.spans[line]; span != nil {
		return "/trace/" + span.TraceID.String() + "?span=" + span.SpanID.String()
	}
	return ""
}

// live finds the newest trace that matches a tree's first root; nil when the store has none.
func (s *Site) live(t *walkthrough.Tree) *walkLive {
	root := t.Lines[0].Op
	if root == nil {
		return nil
	}
	want := goldenPlaces(t)
	filter := tracestore.Filter{Attrs: map[string]string{"rocketmq.step": root.ID}, Complete: true, Limit: mostSearched}
	for _, sum := range s.cfg.Store.List(filter) {
		trace, ok := s.cfg.Store.Trace(sum.ID)
		if !ok {
			continue
		}
		for _, span := range trace.Spans {
			if span.Step() != root.ID {
				continue
			}
			if spans := matches(t, want, places(trace, span, hasConsumer(t))); spans != nil {
				return &walkLive{Trace: trace.ID.String(), When: sum.Start, spans: spans}
			}
		}
	}
	return nil
}

// goldenPlaces are the lines of a tree's first root by their path of steps.
func goldenPlaces(t *walkthrough.Tree) map[string][]int {
	out := map[string][]int{}
	for i := range t.Lines {
		if i > 0 && t.Lines[i].Depth == 0 {
			break
		}
		out[t.Path(i)] = append(out[t.Path(i)], i)
	}
	return out
}

func hasConsumer(t *walkthrough.Tree) bool {
	return slices.ContainsFunc(t.Lines, func(l walkthrough.Line) bool { return l.Kind == "consumer" })
}

// places are the spans of a trace from root downwards by their path of steps. A consumer that took the message is part of
// the trace, but of a golden tree only if the test had one.
func places(t *tracestore.Trace, root *tracestore.Span, consumer bool) map[string][]*tracestore.Span {
	children := map[tracestore.SpanID][]*tracestore.Span{}
	for _, c := range t.Spans {
		children[c.Parent] = append(children[c.Parent], c)
	}
	out := map[string][]*tracestore.Span{}
	var visit func(span *tracestore.Span, above string)
	visit = func(span *tracestore.Span, above string) {
		path := above + span.Step()
		out[path] = append(out[path], span)
		for _, c := range children[span.SpanID] {
			if c != span && (consumer || c.Kind != tracestore.KindConsumer) {
				visit(c, path+"/")
			}
		}
	}
	visit(root, "")
	return out
}

// telling are the attributes in which a match must not differ.
func telling() []string {
	return []string{
		"error.type", "rocketmq.route.cache", "rocketmq.route.default_topic", "rocketmq.communication_mode", "rocketmq.attempt", "rpc.response.status_code",
	}
}

// matches pairs lines with spans; nil when the trace is another story.
func matches(t *walkthrough.Tree, want map[string][]int, have map[string][]*tracestore.Span) map[int]*tracestore.Span {
	if len(want) != len(have) {
		return nil
	}
	out := map[int]*tracestore.Span{}
	for path, lines := range want {
		spans := slices.SortedFunc(slices.Values(have[path]), func(a, b *tracestore.Span) int { return int(a.Start - b.Start) })
		if len(spans) != len(lines) {
			return nil
		}
		for i, line := range lines {
			if !alike(&t.Lines[line], spans[i]) {
				return nil
			}
			out[line] = spans[i]
		}
	}
	return out
}

func alike(l *walkthrough.Line, span *tracestore.Span) bool {
	for _, key := range telling() {
		want := ""
		for _, a := range l.Attrs {
			if a.Key == key {
				want = a.Value
			}
		}
		if span.Attr(key) != want {
			return false
		}
	}
	return true
}
