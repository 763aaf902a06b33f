package site

import (
	"net/http"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/site/story"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/walkthrough"
)

// panelView is all that the panes beside the waterfall show of one span.
type panelView struct {
	Trace, Span string
	Name        string
	Step        string
	Kind        string
	Service     string
	Took        string
	Offset      string
	Failed      bool
	Status      string
	Java        string
	Attrs       []tracestore.Attr
	Resource    []tracestore.Attr
	Events      []eventView
	Links       []linkView
	Code        *codeView
	Claims      []claimView
	Static      bool
	Told        *walkLink // the walkthrough that tells of the step
}

type eventView struct {
	Offset string
	Name   string
	Attrs  []tracestore.Attr
}

// linkView leads to a span that this one is linked to, or that is linked to this one.
type linkView struct {
	Trace, Span string
	Name        string // "" when the store does not have it
	Title       string // of its trace, when that is another one
	Service     string
	Back        bool // the link starts there
}

// newPanel gathers what is known of a span.
func (s *Site) newPanel(lang walkthrough.Lang, t *tracestore.Trace, span *tracestore.Span) *panelView {
	p := &panelView{
		Static: s.cfg.Static,
		Trace:  t.ID.String(), Span: span.SpanID.String(), Name: span.Name, Step: span.Step(), Kind: string(span.Kind),
		Service: span.Resource.Service, Took: story.Took(span.Duration()), Failed: span.Failed, Status: span.Status,
		Offset: story.Took(time.Duration(span.Start - t.Start.UnixNano())), Resource: span.Resource.Attrs,
	}
	for _, a := range span.Attrs {
		if !strings.HasPrefix(a.Key, "code.") && a.Key != "rocketmq.step" {
			p.Attrs = append(p.Attrs, a)
		}
	}
	for _, e := range span.Events {
		p.Events = append(p.Events, eventView{Offset: story.Took(time.Duration(e.Time - span.Start)), Name: e.Name, Attrs: e.Attrs})
	}
	p.Links, p.Told = s.links(t, span), s.told(p.Step, lang)
	symbol := span.Attr("code.function.name")
	if op := s.cfg.Catalog.Step(p.Step); op != nil {
		p.Java = op.Java
		for _, c := range s.cfg.Catalog.ClaimsOf(op) {
			p.Claims = append(p.Claims, claimView{Claim: c, Steps: s.cfg.Catalog.ShownBy(c.ID)})
		}
		if symbol == "" {
			symbol = op.Func
		}
	}
	p.Code = s.codeOf(symbol, childCalls(t, span))
	s.play(p.Code, t)
	return p
}

// links are both those of the span and those to it.
func (s *Site) links(t *tracestore.Trace, span *tracestore.Span) []linkView {
	var out []linkView
	for _, l := range span.Links {
		view := linkView{Trace: l.TraceID.String(), Span: l.SpanID.String()}
		if target, ok := s.cfg.Store.Trace(l.TraceID); ok {
			if to := target.Span(l.SpanID); to != nil {
				view.Name, view.Service, view.Title = to.Name, to.Resource.Service, traceTitle(target, t)
			}
		}
		out = append(out, view)
	}
	for _, from := range append(s.cfg.Store.LinkedFrom(t.ID), t) {
		for _, other := range from.Spans {
			for _, l := range other.Links {
				if l.TraceID == t.ID && l.SpanID == span.SpanID {
					out = append(out, linkView{
						Trace: from.ID.String(), Span: other.SpanID.String(), Name: other.Name, Service: other.Resource.Service, Back: true,
						Title: traceTitle(from, t),
					})
				}
			}
		}
	}
	return out
}

// traceTitle names a trace other than the one at hand.
func traceTitle(t, here *tracestore.Trace) string {
	if t.ID == here.ID {
		return ""
	}
	return newItem(t.Summary, "").Title
}

// panel answers with the panes of one span alone, for the page's script.
func (s *Site) panel(w http.ResponseWriter, r *http.Request) {
	t, span, ok := s.find(r.PathValue("id"), r.PathValue("span"))
	if !ok {
		http.Error(w, "no such span in the store", http.StatusNotFound)
		return
	}
	s.part(w, r, "panel", s.newPanel(langOf(r), t, span))
}

// find looks up a trace and a span of it by their ids in hex.
func (s *Site) find(trace, span string) (*tracestore.Trace, *tracestore.Span, bool) {
	traceID, ok1 := tracestore.ParseTraceID(trace)
	spanID, ok2 := tracestore.ParseSpanID(span)
	if !ok1 || !ok2 {
		return nil, nil, false
	}
	t, ok := s.cfg.Store.Trace(traceID)
	if !ok {
		return nil, nil, false
	}
	found := t.Span(spanID)
	return t, found, found != nil
}

// stepView is a step's own page.
type stepView struct {
	shell
	Op     *observ.Op
	Code   *codeView
	Claims []catalog.Claim
	Recent []recentView
	Told   *walkLink
	Error  string
}

// stepRow is a step, or a family of them, in the list of all.
type stepRow struct {
	ID   string
	One  bool // a step rather than a family
	Op   *observ.Op
	File string
	Line int
	Told *walkLink
}

// recentView is a span of a step in a trace that the store holds.
type recentView struct {
	Trace, Span string
	Title       string
	Took        string
	Service     string
}
