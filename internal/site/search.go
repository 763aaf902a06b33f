package site

import (
	"cmp"
	"html"
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/site/words"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/walkthrough"
)

// Bounds of a search.
const (
	longestQuery = 200 // bytes
	mostHits     = 12  // of each kind
)

// entry is one thing that can be found.
type entry struct {
	Kind  string // "step", "claim", "page" or "function"
	Title catalog.Text
	Sub   catalog.Text
	URL   string
	Text  string // searched, too

	folded string
}

// same is a text that is the same in every language.
func same(text string) catalog.Text { return catalog.Text{EN: text, ZH: text} }

// kinds are the kinds of entries in the order of their sections.
func kinds() []string { return []string{"trace", "step", "claim", "page", "function"} }

// hitGroup is what was found of one kind.
type hitGroup struct {
	Kind string
	Hits []entry
	More int
}

// index holds what does not change while the program runs. It is made at the first search.
type index struct {
	once    sync.Once
	entries []entry
}

func (s *Site) entries() []entry {
	s.index.once.Do(func() {
		s.index.entries = slices.Concat(s.stepEntries(), s.claimEntries(), s.pageEntries(), s.functionEntries())
		for i := range s.index.entries {
			e := &s.index.entries[i]
			e.folded = fold(strings.Join([]string{e.Title.EN, e.Title.ZH, e.Sub.EN, e.Sub.ZH, e.Text}, " "))
		}
	})
	return s.index.entries
}

func (s *Site) stepEntries() []entry {
	var out []entry
	for _, op := range s.cfg.Catalog.Families() {
		id := catalog.Family(op.ID)
		out = append(out, entry{Kind: "step", Title: same(id), Sub: same(op.Java), URL: "/step/" + id, Text: op.Name + " " + op.Func})
	}
	return out
}

func (s *Site) claimEntries() []entry {
	var out []entry
	for _, c := range s.cfg.Catalog.Claims() {
		out = append(out, entry{Kind: "claim", Title: same(c.ID), Sub: c.Text, URL: "/claims#" + c.ID, Text: c.Because.EN + " " + c.Because.ZH})
	}
	return out
}

func (s *Site) pageEntries() []entry {
	var out []entry
	for _, page := range []string{"compare", "steps", "claims"} {
		title := catalog.Text{EN: words.Say(walkthrough.EN, "page."+page), ZH: words.Say(walkthrough.ZH, "page."+page)}
		out = append(out, entry{Kind: "page", Title: title, URL: "/" + page})
	}
	return append(out, s.walkEntries()...)
}

// walkEntries are the walkthroughs and their sections, found by what they say in either language.
func (s *Site) walkEntries() []entry {
	if s.cfg.Walkthroughs == nil {
		return nil
	}
	var out []entry
	for _, topic := range s.cfg.Walkthroughs.Topics {
		en, zh := s.cfg.Walkthroughs.Page(topic, walkthrough.EN), s.cfg.Walkthroughs.Page(topic, walkthrough.ZH)
		title := catalog.Text{EN: en.Title, ZH: zh.Title}
		out = append(out, entry{Kind: "page", Title: title, URL: en.Path()})
		for i, sec := range en.Sections {
			other := zh.Sections[i] // the two have the same sections, or the book does not load
			out = append(out, entry{
				Kind: "page", Title: catalog.Text{EN: textOf(string(sec.Title)), ZH: textOf(string(other.Title))}, Sub: title,
				URL: en.Path() + "#" + sec.Anchor, Text: textOf(string(sec.Prose)) + " " + textOf(string(other.Prose)),
			})
		}
	}
	return out
}

// textOf is the text of HTML that this program made itself.
func textOf(markup string) string {
	var b strings.Builder
	inside := false
	for _, r := range markup {
		switch {
		case r == '<':
			inside = true
		case r == '>':
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(html.UnescapeString(b.String())), " ")
}

func (s *Site) functionEntries() []entry {
	functions, err := s.cfg.Catalog.Functions()
	if err != nil {
		return nil // its other pages say so
	}
	out := make([]entry, 0, len(functions))
	for _, f := range functions {
		out = append(out, entry{Kind: "function", Title: same(f.Symbol[strings.LastIndexByte(f.Symbol, '/')+1:]), Sub: same(f.File), URL: "/source/" + f.File + lineAnchor(f.Start)})
	}
	return out
}

// search answers ?q= with a page, or with &part=1 with the results alone, for the box on every page.
func (s *Site) search(w http.ResponseWriter, r *http.Request) {
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	q = strings.ToValidUTF8(q[:min(len(q), longestQuery)], "")
	view := struct {
		shell
		Query  string
		Groups []hitGroup
	}{shell: s.shell(r, "search.title", ""), Query: q, Groups: s.lookUp(q)}
	if r.URL.Query().Get("part") != "" {
		s.render(w, r, http.StatusOK, "search", "hits", view)
		return
	}
	s.page(w, r, http.StatusOK, "search", view)
}

// lookUp finds what has every word of a query; the best of each kind first.
func (s *Site) lookUp(q string) []hitGroup {
	wanted := strings.Fields(fold(q))
	if len(wanted) == 0 {
		return nil
	}
	found := map[string][]entry{"trace": s.traceHits(q)}
	for _, e := range s.entries() {
		if holdsAll(e.folded, wanted) {
			found[e.Kind] = append(found[e.Kind], e)
		}
	}
	var out []hitGroup
	for _, kind := range kinds() {
		hits := found[kind]
		if len(hits) == 0 {
			continue
		}
		slices.SortStableFunc(hits, func(a, b entry) int { return cmp.Compare(nearest(a.Title, wanted[0]), nearest(b.Title, wanted[0])) })
		out = append(out, hitGroup{Kind: kind, Hits: hits[:min(len(hits), mostHits)], More: max(0, len(hits)-mostHits)})
	}
	return out
}

// traceHits are traces that mention the query, or the one whose id it is.
func (s *Site) traceHits(q string) []entry {
	var out []entry
	if t, ok := s.traceNamed(q); ok {
		out = append(out, entry{Kind: "trace", Title: same(t.Root.Name), Sub: same(t.ID.String()), URL: "/trace/" + t.ID.String()})
	}
	for _, sum := range s.cfg.Store.List(tracestore.Filter{Text: q, Limit: mostHits}) {
		it := newItem(sum, "")
		out = append(out, entry{Kind: "trace", Title: same(it.Title), Sub: same(it.When.Format("15:04:05.000") + " · " + it.Service + " · " + it.Took), URL: "/trace/" + it.ID})
	}
	return out
}

// fold makes letters small; Chinese stays as it is and is found by any part of it.
func fold(text string) string { return strings.Map(unicode.ToLower, text) }

func holdsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// nearest is the distance of a title in the language that is nearer.
func nearest(title catalog.Text, word string) int {
	return min(distance(title.EN, word), distance(title.ZH, word))
}

// distance is small for a title that is the word, begins with it or has it; of equals the shorter is nearer.
func distance(title, word string) int {
	title = fold(title)
	last := title[strings.LastIndexByte(title, '.')+1:]
	switch {
	case title == word || last == word:
		return 0
	case strings.HasPrefix(last, word) || strings.HasPrefix(title, word):
		return 100 + len(title)
	case strings.Contains(title, word):
		return 1000 + len(title)
	}
	return 10_000
}
