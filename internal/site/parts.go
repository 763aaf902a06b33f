package site

import (
	"context"
	"net/http"
	"strings"

	"github.com/plumemq/plume/internal/site/words"
)

// In a copy in files, what a trace's page fetches later comes from one file for all its spans and all languages, and the source from one
// file of lines for all that show it.

// partsView is what a trace's page fetches later.
type partsView struct {
	Panels   []*panelView
	Sequence sequenceView
}

// parts answers with the panels of all spans of a trace and its sequence, each in a template element.
func (s *Site) parts(w http.ResponseWriter, r *http.Request) {
	t, ok := s.traceNamed(r.PathValue("id"))
	if !ok {
		http.Error(w, "no such trace in the store", http.StatusNotFound)
		return
	}
	view := partsView{Sequence: newSequence(t, related(t, s.cfg.Store.LinkedFrom(t.ID)))}
	for _, span := range t.Spans {
		view.Panels = append(view.Panels, s.newPanel(words.Either, t, span))
	}
	text, err := s.text(words.Either, "trace", "parts", view)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeText(w, text)
}

// keys answers with the help for the keyboard alone.
func (s *Site) keys(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Static {
		r = r.WithContext(context.WithValue(r.Context(), langKey{}, words.Either))
	}
	s.part(w, r, "keys", nil)
}

// tags shortens what highlights a line: static/fill.js reads it.
var tags = strings.NewReplacer(`<span class="`, "<", `">`, ">", "</span>", "</>") //nolint:gochecknoglobals // a table that never changes

// lines answers with a file's lines, highlighted, and nothing else.
func (s *Site) lines(w http.ResponseWriter, r *http.Request) {
	lines, err := s.code.lines(r.PathValue("path"))
	if err != nil {
		http.Error(w, "no such file in this build", http.StatusNotFound)
		return
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(tags.Replace(string(line)) + "\n")
	}
	writeText(w, b.String())
}

func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text)) // the reader has gone: nothing to do
}

// viewer is the page that shows any file of source in a copy in files.
func (s *Site) viewer(w http.ResponseWriter, r *http.Request) {
	s.page(w, r, http.StatusOK, "source", struct {
		shell
		File  string
		Lines []codeLine
	}{shell: s.shell(r, "span.source", "")})
}
