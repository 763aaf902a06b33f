package site

import (
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/tape"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/walkthrough"
)

//go:embed templates static
var assets embed.FS

// Sender performs what the control bar asks for, for real.
type Sender interface {
	// Send sends one message and returns the id of its trace as soon as that is known. Mode is one of Modes' ids.
	Send(ctx context.Context, mode string) (traceID string, err error)
	// Modes are the ways to send, in the order of their buttons.
	Modes() []Mode
}

// Mode is one button of the control bar.
type Mode struct {
	ID    string       // "sync"
	Label catalog.Text // "Sync"
	Look  catalog.Text // what to look for in the trace, one sentence
}

// Config says what the site shows. Store and Catalog are needed, the rest may stay zero.
type Config struct {
	Store        *tracestore.Store
	Catalog      *catalog.Catalog
	Tapes        []*tape.Tape      // which lines ran in recorded runs
	Sender       Sender            // nil: no control bar
	Faults       Faults            // nil: nothing to break
	Load         Load              // nil: no load
	Metrics      http.Handler      // answers /metrics; nil: not found
	Walkthroughs *walkthrough.Book // nil: none
	Meter        Meter             // nil: nothing is measured
	Static       bool              // to be exported: nothing that needs a server
	Detail       *observ.Control   // the level of detail; nil: no selector
	Hosts        []string          // host names to answer to, beside localhost and loopback addresses
	Logger       *zap.Logger       // nil: silent
}

// Site serves pages. Safe for concurrent use.
type Site struct {
	cfg   Config
	guard *guard
	pages map[walkthrough.Lang]*templates
	code  *highlighter
	log   *zap.Logger
	index index
}

// New makes a site.
func New(cfg Config) (*Site, error) {
	pages, err := parseParts()
	if err != nil {
		return nil, err
	}
	s := &Site{cfg: cfg, guard: newGuard(cfg.Hosts), pages: pages, code: newHighlighter(cfg.Catalog), log: cfg.Logger}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	static, err := fs.Sub(assets, "static")
	if err != nil {
		return nil, fmt.Errorf("embedded assets: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/words.js", s.words)
	mux.Handle("GET /static/", cached(http.StripPrefix("/static/", http.FileServerFS(static))))
	mux.HandleFunc("GET /{$}", s.front)
	mux.HandleFunc("GET /trace/{id}", s.trace)
	mux.HandleFunc("GET /trace/{id}/span/{span}", s.panel)
	mux.HandleFunc("GET /trace/{id}/sequence", s.sequence)
	mux.HandleFunc("GET /keys", s.keys)
	mux.HandleFunc("GET /search", s.search)
	mux.HandleFunc("GET /journey/{id}", s.journey)
	mux.HandleFunc("GET /compare", s.compare)
	mux.HandleFunc("GET /step/{id}", s.step)
	mux.HandleFunc("GET /steps", s.steps)
	mux.HandleFunc("GET /claims", s.claims)
	mux.HandleFunc("GET /experiment/{name}", s.experiment)
	mux.HandleFunc("GET /source/{path...}", s.source)
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /traces.jsonl", s.save)
	mux.HandleFunc("POST /send", s.send)
	mux.HandleFunc("GET /faults", s.faults)
	mux.HandleFunc("GET /control", s.controlState)
	mux.HandleFunc("POST /fault", s.setFault)
	mux.HandleFunc("POST /fault/show", s.showFault)
	mux.HandleFunc("POST /fault/clear", s.clear)
	mux.HandleFunc("POST /load", s.load)
	mux.HandleFunc("GET /detail", s.detail)
	mux.HandleFunc("POST /detail", s.setDetail)
	mux.Handle("GET /api/", tracestore.JaegerHandler(cfg.Store))
	s.walkRoutes(mux)
	if cfg.Static {
		mux.HandleFunc("GET /parts/{id}", s.parts)
		mux.HandleFunc("GET /lines/{path...}", s.lines)
		mux.HandleFunc("GET /source/{$}", s.viewer)
	}
	mux.HandleFunc("POST /measure", s.measure)
	if cfg.Metrics != nil {
		mux.Handle("GET /metrics", cfg.Metrics)
	}
	s.guard.next = s.speak(mux)
	return s, nil
}

// Handler serves the whole site.
func (s *Site) Handler() http.Handler { return s.guard }

// Token is what a request that changes state must carry in X-Plume-Token; new at every start.
func (s *Site) Token() string { return s.guard.token }

// page renders a whole page in the reader's language; part renders one of its parts alone.
func (s *Site) page(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	s.render(w, r, status, name, "page", data)
}

func (s *Site) part(w http.ResponseWriter, r *http.Request, name string, data any) {
	s.render(w, r, http.StatusOK, "trace", name, data)
}

// render goes through a buffer: a template that fails must not leave half a page.
func (s *Site) render(w http.ResponseWriter, r *http.Request, status int, page, name string, data any) {
	text, err := s.text(langOf(r), page, name, data)
	if err != nil {
		s.log.Error("render", zap.String("template", name), zap.Error(err))
		http.Error(w, "the page could not be rendered", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the reader has gone: nothing to do
}

// text is a part of a page in a language.
func (s *Site) text(lang walkthrough.Lang, page, name string, data any) (string, error) {
	var b strings.Builder
	parsed, err := s.pages[lang].page(page)
	if err != nil {
		return "", err
	}
	if err := parsed.ExecuteTemplate(&b, name, data); err != nil {
		return "", fmt.Errorf("template %s: %w", name, err)
	}
	return localized(lang, b.String()), nil
}

// cached lets browsers keep static files, asking whether they changed: their bytes change only with the binary.
func cached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=60")
		next.ServeHTTP(w, r)
	})
}
