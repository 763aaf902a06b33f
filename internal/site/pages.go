package site

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/site/story"
	"github.com/plumemq/plume/internal/site/words"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/walkthrough"
)

// shell is what every page has.
type shell struct {
	Title string
	Page  string // which entry of the navigation is lit
	Token string
	Modes []Mode
	// Control breaks things; nil where there is nothing to break.
	Control *controlView
	// Static is for a copy in files: nothing on the page may need a server.
	Static bool
	Level  []detailLevel // the selector; empty: none
	Other  string        // the same page in the other language, "/zh/steps"
}

// shell is for a page whose title is given, or of one of the words.
func (s *Site) shell(r *http.Request, title, page string) shell {
	lang := langOf(r)
	sh := shell{
		Title: words.Say(lang, title) + " · Plume", Page: page, Token: s.guard.token, Static: s.cfg.Static, Control: s.control(),
		Other: s.other(lang.Other(), r.URL),
	}
	if s.cfg.Static {
		sh.Token, sh.Control = "", nil
		return sh
	}
	sh.Level = s.detailLevels(lang)
	if s.cfg.Sender != nil {
		sh.Modes = s.cfg.Sender.Modes()
	}
	return sh
}

// other is the address of a page in another language. Without a server nothing has to remember what was chosen.
func (s *Site) other(lang walkthrough.Lang, u *url.URL) string {
	q := u.Query()
	if !s.cfg.Static {
		q.Set("lang", string(lang))
	}
	return withQuery("/"+string(lang)+u.Path, q.Encode())
}

// traceView is the page with the panes.
type traceView struct {
	shell
	Intro    bool
	Trace    string
	Headline string
	Complete bool
	Failed   bool
	Summary  tracestore.Summary
	Under    []catalog.Text // the faults that were on meanwhile
	Story    []sentenceView
	Fall     waterfall
	Panel    *panelView
	List     []item
	Query    string
	Kind     string // messages, background or all
	Asks     []ask
}

// ask is a question, by its word, and where it is answered.
type ask struct{ Word, Href string }

// asks are the questions that a newcomer shall be able to answer soon. A walkthrough answers each beside the lines that do it.
func (s *Site) asks(lang walkthrough.Lang) []ask {
	if s.cfg.Walkthroughs == nil {
		return nil
	}
	page := s.cfg.Walkthroughs.Page("01-sync-send", lang)
	if page == nil {
		return nil
	}
	var out []ask
	for _, a := range []struct{ word, anchor string }{
		{"trace.ask.nameserver", "updateTopicRouteInfoFromNameServer"}, {"trace.ask.warm", "warm"}, {"trace.ask.dies", "dies"},
	} {
		if page.Section(a.anchor) != nil {
			out = append(out, ask{Word: a.word, Href: page.Path() + "#" + a.anchor})
		}
	}
	return out
}

type sentenceView struct {
	story.Sentence
	Trace, ID string
	Selected  bool
}

// front shows the newest complete message's trace, so that something explained is there at once.
func (s *Site) front(w http.ResponseWriter, r *http.Request) {
	view := s.traceShell(r, "")
	view.Intro, view.Title, view.Asks = true, "Plume", s.asks(langOf(r))
	if t := s.featured(); t != nil {
		view = s.fill(r, view, t, nil)
	}
	s.page(w, r, http.StatusOK, "trace", view)
}

// featured is the newest of the traces that tell most: rather a whole one, rather one that reached a consumer, rather one in
// which the name server was asked.
func (s *Site) featured() *tracestore.Trace {
	var best *tracestore.Trace
	most := -1
	for _, sum := range s.cfg.Store.List(tracestore.Filter{Kind: s.usual(), Limit: 60}) {
		t, ok := s.cfg.Store.Trace(sum.ID)
		if !ok {
			continue
		}
		if worth := worth(t); worth > most {
			best, most = t, worth
		}
	}
	return best
}

// usual is what is shown of all traces unless something else is asked for: messages, if there are any or are going to be.
func (s *Site) usual() tracestore.Class {
	if s.cfg.Sender == nil && len(s.cfg.Store.List(tracestore.Filter{Kind: tracestore.Messages, Limit: 1})) == 0 {
		return tracestore.Any
	}
	return tracestore.Messages
}

func worth(t *tracestore.Trace) int {
	n := 0
	for weight, good := range map[int]bool{
		8: t.Complete, 4: t.ByStep("producer.send") != nil && !t.Root.Failed,
		2: t.ByStep("consumer.process") != nil, 1: t.ByStep("namesrv.pickupTopicRouteData") != nil,
	} {
		if good {
			n += weight
		}
	}
	return n
}

func (s *Site) trace(w http.ResponseWriter, r *http.Request) {
	id, ok := tracestore.ParseTraceID(r.PathValue("id"))
	t, found := s.cfg.Store.Trace(id)
	if !ok || !found {
		s.missing(w, r, "missing.trace")
		return
	}
	var selected *tracestore.Span
	if want := r.URL.Query().Get("span"); want != "" {
		if spanID, ok := tracestore.ParseSpanID(want); ok {
			selected = t.Span(spanID)
		}
	}
	s.page(w, r, http.StatusOK, "trace", s.fill(r, s.traceShell(r, id.String()), t, selected))
}

func (s *Site) traceShell(r *http.Request, current string) traceView {
	q := r.URL.Query()
	view := traceView{shell: s.shell(r, "trace.title", "traces"), Query: q.Get("q"), Kind: q.Get("kind")}
	f := tracestore.Filter{Text: view.Query, Limit: 60, Failed: view.Kind == "failed"}
	switch view.Kind {
	case "background":
		f.Kind = tracestore.Background
	case "all", "failed":
	case "":
		view.Kind, f.Kind = "messages", s.usual()
		if f.Kind == tracestore.Any {
			view.Kind = "all"
		}
	default:
		view.Kind, f.Kind = "messages", tracestore.Messages
	}
	for _, sum := range s.cfg.Store.List(f) {
		view.List = append(view.List, s.item(&sum, current))
	}
	return view
}

func (s *Site) fill(r *http.Request, view traceView, t *tracestore.Trace, selected *tracestore.Span) traceView {
	linked := related(t, s.cfg.Store.LinkedFrom(t.ID))
	if selected == nil {
		selected = t.Root
	}
	view.Trace, view.Complete, view.Summary, view.Failed = t.ID.String(), t.Complete, t.Summary, t.Root.Failed
	view.Headline, view.Under = story.Headline(t, langOf(r)), s.under(&t.Summary)
	if !view.Intro {
		view.Title = t.Root.Name + " · Plume"
	}
	for _, sentence := range story.Tell(t, linked, langOf(r)) {
		view.Story = append(view.Story, sentenceView{
			Sentence: sentence, Trace: sentence.Span.TraceID.String(), ID: sentence.Span.SpanID.String(),
			Selected: sentence.Span == selected,
		})
	}
	view.Fall = newWaterfall(t, linked, selected)
	view.Panel = s.newPanel(langOf(r), t, selected)
	for i := range view.List {
		view.List[i].Current = view.List[i].ID == view.Trace
	}
	return view
}

// missing says by a word why there is no page.
func (s *Site) missing(w http.ResponseWriter, r *http.Request, why string, args ...any) {
	s.page(w, r, http.StatusNotFound, "missing", struct {
		shell
		Why string
	}{s.shell(r, "missing.title", ""), words.Say(langOf(r), why, args...)})
}

// step shows a step; with ?trace= it leads straight to the step's span in that trace, as Jaeger's link patterns want.
func (s *Site) step(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if traceID, ok := tracestore.ParseTraceID(r.URL.Query().Get("trace")); ok {
		if t, ok := s.cfg.Store.Trace(traceID); ok {
			if span := t.ByStep(id); span != nil {
				redirect(w, r, spanHref(t.ID.String(), span.SpanID.String()))
				return
			}
		}
	}
	op := s.cfg.Catalog.Step(id)
	if op == nil {
		s.missing(w, r, "missing.step", id)
		return
	}
	view := stepView{shell: s.shell(r, id, "steps"), Op: op, Claims: s.cfg.Catalog.ClaimsOf(op), Code: s.codeOf(op.Func, nil)}
	view.Recent, view.Told = s.recent(id), s.told(id, langOf(r))
	s.page(w, r, http.StatusOK, "step", view)
}

// recent are up to ten spans of a step, newest first.
func (s *Site) recent(step string) []recentView {
	var out []recentView
	for _, sum := range s.cfg.Store.List(tracestore.Filter{Attrs: map[string]string{"rocketmq.step": step}, Limit: 10}) {
		t, ok := s.cfg.Store.Trace(sum.ID)
		if !ok {
			continue
		}
		if span := t.ByStep(step); span != nil {
			out = append(out, recentView{
				Trace: t.ID.String(), Span: span.SpanID.String(), Title: t.Root.Name, Took: story.Took(span.Duration()),
				Service: span.Resource.Service,
			})
		}
	}
	return out
}

func (s *Site) steps(w http.ResponseWriter, r *http.Request) {
	view := struct {
		shell
		Steps []stepRow
	}{shell: s.shell(r, "nav.steps", "steps")}
	for _, op := range s.cfg.Catalog.Families() {
		row := stepRow{ID: catalog.Family(op.ID), Op: op, Told: s.told(op.ID, langOf(r))}
		row.One = row.ID == op.ID
		if fn, err := s.cfg.Catalog.Function(op.Func); err == nil {
			row.File, row.Line = fn.File, fn.Start
		}
		view.Steps = append(view.Steps, row)
	}
	s.page(w, r, http.StatusOK, "steps", view)
}

// source shows a whole Go file of the repository.
func (s *Site) source(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("path")
	lines, err := s.code.lines(file)
	if err != nil {
		s.missing(w, r, "missing.file", file)
		return
	}
	view := struct {
		shell
		File  string
		Lines []codeLine
	}{shell: s.shell(r, file, ""), File: file}
	for i, html := range lines {
		view.Lines = append(view.Lines, codeLine{N: i + 1, HTML: html})
	}
	s.page(w, r, http.StatusOK, "source", view)
}

// send performs what the control bar asks for. A script gets the trace's id as JSON, a plain form is led to the trace.
func (s *Site) send(w http.ResponseWriter, r *http.Request) {
	mode := r.PostFormValue("mode")
	if s.cfg.Sender == nil || !slices.ContainsFunc(s.cfg.Sender.Modes(), func(m Mode) bool { return m.ID == mode }) {
		http.Error(w, "there is no such way to send here", http.StatusBadRequest)
		return
	}
	id, err := s.cfg.Sender.Send(r.Context(), mode)
	if id == "" {
		http.Error(w, fmt.Sprintf("the send left no trace: %v", err), http.StatusBadGateway)
		return
	}
	if r.Header.Get("Accept") == "application/json" {
		writeJSON(w, map[string]string{"trace": id, "error": errorText(err)})
		return
	}
	s.arrival(r, id)
	redirect(w, r, "/trace/"+url.PathEscape(id))
}

// arrival waits a moment for a trace's first spans, so that who is led to its page does not come before they do.
func (s *Site) arrival(r *http.Request, trace string) {
	id, ok := tracestore.ParseTraceID(trace)
	for range 20 {
		if _, there := s.cfg.Store.Trace(id); there || !ok || !pause(r, 100*time.Millisecond) {
			return
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
