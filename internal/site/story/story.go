package story

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/site/words"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/walkthrough"
)

// Sentence tells of one span.
type Sentence struct {
	Text   string
	Span   *tracestore.Span
	Failed bool
	Aside  bool // background work, in a trace of its own
}

// Tell tells a trace, and then the traces that link to it, in a language.
func Tell(t *tracestore.Trace, linked []*tracestore.Trace, lang walkthrough.Lang) []Sentence {
	v := newView(t, lang)
	var out []Sentence
	for _, span := range v.walk() {
		if text := v.sentence(span); text != "" {
			out = append(out, Sentence{Text: text, Span: span, Failed: span.Failed})
		}
	}
	if len(out) == 0 || out[0].Span != t.Root {
		if step := t.Root.Step(); background[step] {
			out = append([]Sentence{{Text: v.say("story.background."+step, "`"+t.Root.Resource.Service+"`"), Span: t.Root, Failed: t.Root.Failed}}, out...)
		}
	}
	out = insertAsides(out, linked, lang)
	if len(out) == 0 && t.Root != nil {
		text := v.say("story.root", "`"+t.Root.Resource.Service+"`", "`"+t.Root.Name+"`", Took(t.Duration))
		out = append(out, Sentence{Text: text, Span: t.Root, Failed: t.Root.Failed})
	}
	return out
}

// insertAsides puts what happened in linked traces at the moment when it happened.
func insertAsides(out []Sentence, linked []*tracestore.Trace, lang walkthrough.Lang) []Sentence {
	for _, t := range linked {
		v := newView(t, lang)
		for _, span := range v.walk() {
			text := v.sentence(span)
			if text == "" || !asides[span.Step()] {
				continue
			}
			at := slices.IndexFunc(out, func(s Sentence) bool { return s.Span.Start > span.Start })
			if at < 0 {
				at = len(out)
			}
			out = slices.Insert(out, at, Sentence{Text: text, Span: span, Failed: span.Failed, Aside: true})
		}
	}
	return out
}

// Took writes a duration with two or three digits: "8.2 ms", "41 µs".
func Took(d time.Duration) string {
	switch {
	case d == 0:
		return "0"
	case d >= 10*time.Second:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 100*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	case d >= time.Microsecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	}
	return fmt.Sprintf("%d ns", d.Nanoseconds())
}

// view is a trace with its tree, to be told in a language.
type view struct {
	*tracestore.Trace
	lang     walkthrough.Lang
	byID     map[tracestore.SpanID]*tracestore.Span
	children map[tracestore.SpanID][]*tracestore.Span
	roots    []*tracestore.Span
}

func (v *view) say(key string, args ...any) string { return words.Say(v.lang, key, args...) }

func newView(t *tracestore.Trace, lang walkthrough.Lang) *view {
	v := &view{Trace: t, lang: lang, byID: map[tracestore.SpanID]*tracestore.Span{}, children: map[tracestore.SpanID][]*tracestore.Span{}}
	for _, s := range t.Spans {
		v.byID[s.SpanID] = s
	}
	for _, s := range t.Spans {
		if v.byID[s.Parent] != nil && s.Parent != s.SpanID {
			v.children[s.Parent] = append(v.children[s.Parent], s)
		} else {
			v.roots = append(v.roots, s)
		}
	}
	return v
}

// walk is depth first: the order in which a reader of the code meets the steps, but for those whose point is how they ended.
func (v *view) walk() []*tracestore.Span {
	out := make([]*tracestore.Span, 0, len(v.byID))
	var visit func([]*tracestore.Span)
	visit = func(spans []*tracestore.Span) {
		for _, s := range spans {
			if toldAtItsEnd(v, s) {
				visit(v.children[s.SpanID])
				out = append(out, s)
				continue
			}
			out = append(out, s)
			visit(v.children[s.SpanID])
		}
	}
	visit(v.roots)
	return out
}

// below is the first descendant of s with that step, or nil.
func (v *view) below(s *tracestore.Span, step string) *tracestore.Span {
	for _, c := range v.children[s.SpanID] {
		if c.Step() == step {
			return c
		}
		if found := v.below(c, step); found != nil {
			return found
		}
	}
	return nil
}

// above is the nearest ancestor with that step, or nil.
func (v *view) above(s *tracestore.Span, step string) *tracestore.Span {
	for range len(v.byID) {
		if s = v.byID[s.Parent]; s == nil || s.Step() == step {
			return s
		}
	}
	return nil
}

// first is the first of the attributes that the span has.
func first(s *tracestore.Span, keys ...string) string {
	for _, key := range keys {
		if v := s.Attr(key); v != "" {
			return v
		}
	}
	return ""
}

func topic(s *tracestore.Span) string {
	if t := s.Attr("messaging.destination.name"); t != "" {
		return t
	}
	_, t, _ := strings.Cut(s.Name, " ")
	return t
}
