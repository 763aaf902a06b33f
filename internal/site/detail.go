package site

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/site/words"
	"github.com/plumemq/plume/internal/walkthrough"
)

// detailLevel is one entry of the control bar's selector.
type detailLevel struct {
	Name, Look string
	Now        bool
}

// detailLevels are the selector; empty without a control.
func (s *Site) detailLevels(lang walkthrough.Lang) []detailLevel {
	if s.cfg.Detail == nil {
		return nil
	}
	var levels []detailLevel
	for _, l := range []observ.Detail{observ.Off, observ.Semconv, observ.Steps, observ.Deep} {
		levels = append(levels, detailLevel{l.String(), words.Say(lang, "detail."+l.String()), l == s.cfg.Detail.Detail()})
	}
	return levels
}

// detail tells the level.
func (s *Site) detail(w http.ResponseWriter, _ *http.Request) {
	if s.cfg.Detail == nil {
		http.Error(w, "there is nothing to set here", http.StatusNotFound)
		return
	}
	_, _ = io.WriteString(w, s.cfg.Detail.Detail().String()+"\n")
}

// setDetail changes the level of all parts, from the next message on, and leads back to the page that asked.
func (s *Site) setDetail(w http.ResponseWriter, r *http.Request) {
	level, ok := observ.ParseDetail(r.PostFormValue("level"))
	if s.cfg.Detail == nil || !ok {
		http.Error(w, "want a level: off, semconv, steps or deep", http.StatusBadRequest)
		return
	}
	s.cfg.Detail.SetDetail(level)
	http.Redirect(w, r, ownPath(r.PostFormValue("back")), http.StatusSeeOther)
}

// ownPath is a path of this site; the front page for anything else.
func ownPath(back string) string {
	u, err := url.Parse(back)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(back, "\\") {
		return "/"
	}
	return u.RequestURI()
}
