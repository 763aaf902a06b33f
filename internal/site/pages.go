package site

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/site/story"
	"github.com/plumemq/plume/internal/tracestore"
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
}

// HTMLLang is the language of the page.
func (shell) HTMLLang() string { return "en" }

func (s *Site) shell(title, page string) shell {
	sh := shell{Title: title, Page: page, Token: s.guard.token, Static: s.cfg.Static, Control: s.control()}
	if s.cfg.Static {
		sh.Token, sh.Control = "", nil
		return sh
	}
	sh.Level = s.detailLevels()
	if s.cfg.Sender != nil {
		sh.Modes = s.cfg.Sender.Modes()
	}
	return sh
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
}

type sentenceView struct {
	story.Sentence
	Trace, ID string
	Selected  bool
}

// front shows the newest complete message's trace, so that something explained is there at once.
func (s *Site) front(w http.ResponseWriter, r *http.Request) {
	view := s.traceShell(r, "")
	view.Intro, view.Title, view.Page = true, "Plume", "traces"
	if t := s.featured(); t != nil {
		view = s.fill(view, t, nil)
	}
	s.page(w, http.StatusOK, "trace", view)
}

// featured is the newest of the traces that tell most: rather a whole one, rather one that reached a consumer, rather one in
// which the name server was asked.
func (s *Site) featured() *tracestore.Trace {
	var best *tracestore.Trace
	most := -1
	for _, sum := range s.cfg.Store.List(tracestore.Filter{Kind: tracestore.Messages, Limit: 60}) {
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
		s.missing(w, "This trace is not in the store. It may have made room for newer ones, or its spans are still on their way.")
		return
	}
	var selected *tracestore.Span
	if want := r.URL.Query().Get("span"); want != "" {
		if spanID, ok := tracestore.ParseSpanID(want); ok {
			selected = t.Span(spanID)
		}
	}
	s.page(w, http.StatusOK, "trace", s.fill(s.traceShell(r, id.String()), t, selected))
}

func (s *Site) traceShell(r *http.Request, current string) traceView {
	q := r.URL.Query()
	view := traceView{shell: s.shell("Trace", "traces"), Query: q.Get("q"), Kind: q.Get("kind")}
	f := tracestore.Filter{Text: view.Query, Limit: 60, Failed: view.Kind == "failed"}
	switch view.Kind {
	case "background":
		f.Kind = tracestore.Background
	case "all", "failed":
	default:
		view.Kind, f.Kind = "messages", tracestore.Messages
	}
	for _, sum := range s.cfg.Store.List(f) {
		view.List = append(view.List, s.item(&sum, current))
	}
	return view
}

func (s *Site) fill(view traceView, t *tracestore.Trace, selected *tracestore.Span) traceView {
	linked := related(t, s.cfg.Store.LinkedFrom(t.ID))
	if selected == nil {
		selected = t.Root
	}
	view.Trace, view.Complete, view.Summary, view.Failed = t.ID.String(), t.Complete, t.Summary, t.Root.Failed
	view.Headline, view.Under = story.Headline(t), s.under(&t.Summary)
	if !view.Intro {
		view.Title = t.Root.Name + " · Plume"
	}
	for _, sentence := range story.Tell(t, linked) {
		view.Story = append(view.Story, sentenceView{
			Sentence: sentence, Trace: sentence.Span.TraceID.String(), ID: sentence.Span.SpanID.String(),
			Selected: sentence.Span == selected,
		})
	}
	view.Fall = newWaterfall(t, linked, selected)
	view.Panel = s.newPanel(t, selected)
	for i := range view.List {
		view.List[i].Current = view.List[i].ID == view.Trace
	}
	return view
}

func (s *Site) missing(w http.ResponseWriter, why string) {
	s.page(w, http.StatusNotFound, "missing", struct {
		shell
		Why string
	}{s.shell("Not here", ""), why})
}

// step shows a step; with ?trace= it leads straight to the step's span in that trace, as Jaeger's link patterns want.
func (s *Site) step(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if traceID, ok := tracestore.ParseTraceID(r.URL.Query().Get("trace")); ok {
		if t, ok := s.cfg.Store.Trace(traceID); ok {
			if span := t.ByStep(id); span != nil {
				http.Redirect(w, r, "/trace/"+t.ID.String()+"?span="+span.SpanID.String(), http.StatusSeeOther)
				return
			}
		}
	}
	op := s.cfg.Catalog.Step(id)
	if op == nil {
		s.missing(w, fmt.Sprintf("There is no step %q in this version.", id))
		return
	}
	view := stepView{shell: s.shell(id+" · Plume", "steps"), Op: op, Claims: s.cfg.Catalog.ClaimsOf(op), Code: s.codeOf(op.Func, nil)}
	view.Recent, view.Told = s.recent(id), s.told(id)
	s.page(w, http.StatusOK, "step", view)
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

func (s *Site) steps(w http.ResponseWriter, _ *http.Request) {
	s.page(w, http.StatusOK, "steps", struct {
		shell
		Steps []*observ.Op
	}{s.shell("Steps · Plume", "steps"), s.cfg.Catalog.Families()})
}

// source shows a whole Go file of the repository.
func (s *Site) source(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("path")
	lines, err := s.code.lines(file)
	if err != nil {
		s.missing(w, fmt.Sprintf("There is no file %q in this build.", file))
		return
	}
	view := struct {
		shell
		File  string
		Lines []codeLine
	}{shell: s.shell(file+" · Plume", ""), File: file}
	for i, html := range lines {
		view.Lines = append(view.Lines, codeLine{N: i + 1, HTML: html})
	}
	s.page(w, http.StatusOK, "source", view)
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
	http.Redirect(w, r, "/trace/"+url.PathEscape(id), http.StatusSeeOther)
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
