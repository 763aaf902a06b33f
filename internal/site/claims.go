package site

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/site/words"
	"github.com/plumemq/plume/internal/walkthrough"
)

// claimView is a claim, the steps that show it and the code that does it.
type claimView struct {
	catalog.Claim
	Steps []string
	Code  []placeView
}

// placeView is a function of the source.
type placeView struct {
	Name, File string
	Line       int
}

type claimSection struct {
	Title  string
	Claims []claimView
}

// filterView is one choice of which claims to list.
type filterView struct {
	Label, Verdict string // an empty verdict: all
	Count          int
	Current        bool
}

// claims lists the claims; with ?verdict= those with it alone.
func (s *Site) claims(w http.ResponseWriter, r *http.Request) {
	want := r.URL.Query().Get("verdict")
	all := s.cfg.Catalog.Claims()
	filters := filtersOf(langOf(r), all, want)
	var sections []claimSection
	for _, c := range all {
		if want != "" && want != c.Verdict.String() {
			continue
		}
		title := words.Say(langOf(r), "claims.section."+c.ID[:1])
		if len(sections) == 0 || sections[len(sections)-1].Title != title {
			sections = append(sections, claimSection{Title: title})
		}
		last := &sections[len(sections)-1]
		last.Claims = append(last.Claims, claimView{c, s.cfg.Catalog.ShownBy(c.ID), s.places(c.Go)})
	}
	s.page(w, r, http.StatusOK, "claims", struct {
		shell
		Filters  []filterView
		Sections []claimSection
	}{s.shell(r, "nav.claims", "claims"), filters, sections})
}

// filtersOf count the claims of each verdict.
func filtersOf(lang walkthrough.Lang, claims []catalog.Claim, current string) []filterView {
	filters := []filterView{{Label: words.Say(lang, "claims.all"), Count: len(claims), Current: current == ""}}
	for _, v := range []catalog.Verdict{catalog.Confirmed, catalog.Corrected, catalog.Answered, catalog.Open} {
		f := filterView{Label: words.Say(lang, "claim.verdict."+v.String()), Verdict: v.String(), Current: current == v.String()}
		for i := range claims {
			if claims[i].Verdict == v {
				f.Count++
			}
		}
		filters = append(filters, f)
	}
	return filters
}

func (s *Site) places(symbols []string) []placeView {
	var out []placeView
	for _, symbol := range symbols {
		if fn, err := s.cfg.Catalog.Function(symbol); err == nil {
			out = append(out, placeView{Name: symbol[strings.LastIndexByte(symbol, '/')+1:], File: fn.File, Line: fn.Start})
		}
	}
	return out
}

// experiment leads to the source of a claim's test.
func (s *Site) experiment(w http.ResponseWriter, r *http.Request) {
	e, ok := s.cfg.Catalog.Experiment(r.PathValue("name"))
	if !ok {
		s.missing(w, r, "missing.experiment", r.PathValue("name"))
		return
	}
	redirect(w, r, "/source/"+e.File+"#L"+strconv.Itoa(e.Line))
}
