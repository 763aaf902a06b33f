package site

import (
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/site/story"
	"github.com/plumemq/plume/internal/tracestore"
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
	Claims      []catalog.Claim
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
	Service     string
	Back        bool // the link starts there
}

// codeView is a file with one function lit.
type codeView struct {
	catalog.Function
	Lines []codeLine
	Prose string // the doc comment
}

// codeLine is one line of source, with the child spans that it started.
type codeLine struct {
	N     int
	HTML  template.HTML
	Lit   bool
	First bool // the function's own first line
	Calls []callView
}

// callView says how long a call on a line took in this very trace.
type callView struct {
	Trace, Span string
	Name        string
	Took        string
	Failed      bool
}

// newPanel gathers what is known of a span.
func (s *Site) newPanel(t *tracestore.Trace, span *tracestore.Span) *panelView {
	p := &panelView{
		Trace: t.ID.String(), Span: span.SpanID.String(), Name: span.Name, Step: span.Step(), Kind: string(span.Kind),
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
	p.Links = s.links(t, span)
	symbol := span.Attr("code.function.name")
	if op := s.cfg.Catalog.Step(p.Step); op != nil {
		p.Java, p.Claims = op.Java, s.cfg.Catalog.ClaimsOf(op)
		if symbol == "" {
			symbol = op.Func
		}
	}
	p.Code = s.codeOf(symbol, childCalls(t, span))
	return p
}

// links are both those of the span and those to it.
func (s *Site) links(t *tracestore.Trace, span *tracestore.Span) []linkView {
	var out []linkView
	for _, l := range span.Links {
		view := linkView{Trace: l.TraceID.String(), Span: l.SpanID.String()}
		if target, ok := s.cfg.Store.Trace(l.TraceID); ok {
			if to := target.Span(l.SpanID); to != nil {
				view.Name, view.Service = to.Name, to.Resource.Service
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
					})
				}
			}
		}
	}
	return out
}

// childCalls maps the name of each function that span called, as far as it made spans of its own, to those spans. A span whose
// function the caller reaches under another name (a remote call) is not among them.
func childCalls(t *tracestore.Trace, span *tracestore.Span) map[string][]callView {
	calls := map[string][]callView{}
	for _, c := range t.Spans {
		if c.Parent != span.SpanID || c.Resource.Service != span.Resource.Service {
			continue
		}
		symbol := c.Attr("code.function.name")
		name := symbol[strings.LastIndexByte(symbol, '.')+1:]
		if name != "" {
			calls[name] = append(calls[name], callView{
				Trace: t.ID.String(), Span: c.SpanID.String(), Name: c.Name, Took: story.Took(c.Duration()), Failed: c.Failed,
			})
		}
	}
	return calls
}

// codeOf is the file of a function with the function lit; nil when the source is not ours.
func (s *Site) codeOf(symbol string, calls map[string][]callView) *codeView {
	if symbol == "" {
		return nil
	}
	fn, err := s.cfg.Catalog.Function(symbol)
	if err != nil {
		return nil // another program's span
	}
	lines, err := s.code.lines(fn.File)
	if err != nil {
		return nil // likewise: found nowhere, nothing to show
	}
	text, err := s.cfg.Catalog.File(fn.File)
	if err != nil {
		return nil // likewise
	}
	code := &codeView{Function: fn, Prose: fn.Doc}
	plain := strings.Split(text, "\n")
	for i, html := range lines {
		n := i + 1
		line := codeLine{N: n, HTML: html, Lit: n >= fn.Start && n <= fn.End, First: n == fn.Start}
		if n > fn.Start && n <= fn.End && i < len(plain) {
			line.Calls = callsOn(plain[i], calls)
		}
		code.Lines = append(code.Lines, line)
	}
	return code
}

var called = regexp.MustCompile(`\b([A-Za-z_]\w*)\(`)

// callsOn finds the child spans that a line of source started, by the names that it calls. Each is shown once.
func callsOn(line string, calls map[string][]callView) []callView {
	if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "//") || len(calls) == 0 {
		return nil
	}
	var out []callView
	for _, m := range called.FindAllStringSubmatch(line, -1) {
		out = append(out, calls[m[1]]...)
		delete(calls, m[1])
	}
	return out
}

// panel answers with the panes of one span alone, for the page's script.
func (s *Site) panel(w http.ResponseWriter, r *http.Request) {
	t, span, ok := s.find(r.PathValue("id"), r.PathValue("span"))
	if !ok {
		http.Error(w, "no such span in the store", http.StatusNotFound)
		return
	}
	s.part(w, "panel", s.newPanel(t, span))
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
	Error  string
}

// recentView is a span of a step in a trace that the store holds.
type recentView struct {
	Trace, Span string
	Title       string
	Took        string
	Service     string
}
