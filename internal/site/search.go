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
	Kind  string `json:"k"` // "step", "claim", "page" or "function"
	Title string `json:"t"`
	Sub   string `json:"s,omitempty"`
	URL   string `json:"u"`
	Text  string `json:"x,omitempty"` // searched, too

	folded string
}

// kinds are the kinds of entries in the order of their sections.
func kinds() []hitGroup {
	return []hitGroup{{Kind: "trace", Title: "Traces"}, {Kind: "step", Title: "Steps"}, {Kind: "claim", Title: "The analysis"},
		{Kind: "page", Title: "Pages"}, {Kind: "function", Title: "Functions"}}
}

// hitGroup is what was found of one kind.
type hitGroup struct {
	Kind, Title string
	Hits        []entry
	More        int
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
			e.folded = fold(e.Title + " " + e.Sub + " " + e.Text)
		}
	})
	return s.index.entries
}

func (s *Site) stepEntries() []entry {
	var out []entry
	for _, op := range s.cfg.Catalog.Families() {
		id := catalog.Family(op.ID)
		out = append(out, entry{Kind: "step", Title: id, Sub: op.Java, URL: "/step/" + id, Text: op.Name + " " + op.Func})
	}
	return out
}

func (s *Site) claimEntries() []entry {
	var out []entry
	for _, c := range s.cfg.Catalog.Claims() {
		out = append(out, entry{Kind: "claim", Title: c.ID, Sub: c.EN, URL: "/claims#" + c.ID, Text: c.ZH + " " + c.Because.EN + " " + c.Because.ZH})
	}
	return out
}

func (s *Site) pageEntries() []entry {
	out := []entry{
		{Kind: "page", Title: "Compare two traces", URL: "/compare", Text: "比较 对比 两条链路 diff"},
		{Kind: "page", Title: "Every step", URL: "/steps", Text: "步骤 spans"},
		{Kind: "page", Title: "The analysis", URL: "/claims", Text: "分析 论断 claims verdicts"},
	}
	return append(out, s.walkEntries()...)
}

// walkEntries are the walkthroughs in each language, and their sections.
func (s *Site) walkEntries() []entry {
	if s.cfg.Walkthroughs == nil {
		return nil
	}
	var out []entry
	for _, topic := range s.cfg.Walkthroughs.Topics {
		for _, lang := range walkthrough.Langs() {
			p := s.cfg.Walkthroughs.Page(topic, lang)
			if p == nil {
				continue
			}
			out = append(out, entry{Kind: "page", Title: p.Title, URL: p.Path()})
			for _, sec := range p.Sections {
				out = append(out, entry{Kind: "page", Title: textOf(string(sec.Title)), Sub: p.Title, URL: p.Path() + "#" + sec.Anchor, Text: textOf(string(sec.Prose))})
			}
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
		out = append(out, entry{Kind: "function", Title: f.Symbol[strings.LastIndexByte(f.Symbol, '/')+1:], Sub: f.File, URL: "/source/" + f.File + lineAnchor(f.Start)})
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
	}{shell: s.shell("Search · Plume", ""), Query: q, Groups: s.lookUp(q)}
	if r.URL.Query().Get("part") != "" {
		s.render(w, http.StatusOK, s.pages["search"], "hits", view)
		return
	}
	s.page(w, http.StatusOK, "search", view)
}

// lookUp finds what has every word of a query; the best of each kind first.
func (s *Site) lookUp(q string) []hitGroup {
	words := strings.Fields(fold(q))
	if len(words) == 0 {
		return nil
	}
	found := map[string][]entry{"trace": s.traceHits(q)}
	for _, e := range s.entries() {
		if holdsAll(e.folded, words) {
			found[e.Kind] = append(found[e.Kind], e)
		}
	}
	var out []hitGroup
	for _, g := range kinds() {
		hits := found[g.Kind]
		if len(hits) == 0 {
			continue
		}
		slices.SortStableFunc(hits, func(a, b entry) int { return cmp.Compare(distance(a.Title, words[0]), distance(b.Title, words[0])) })
		g.Hits, g.More = hits[:min(len(hits), mostHits)], max(0, len(hits)-mostHits)
		out = append(out, g)
	}
	return out
}

// traceHits are traces that mention the query, or the one whose id it is.
func (s *Site) traceHits(q string) []entry {
	var out []entry
	if t, ok := s.traceNamed(q); ok {
		out = append(out, entry{Kind: "trace", Title: t.Root.Name, Sub: t.ID.String(), URL: "/trace/" + t.ID.String()})
	}
	for _, sum := range s.cfg.Store.List(tracestore.Filter{Text: q, Limit: mostHits}) {
		it := newItem(sum, "")
		out = append(out, entry{Kind: "trace", Title: it.Title, Sub: it.When.Format("15:04:05.000") + " · " + it.Service + " · " + it.Took, URL: "/trace/" + it.ID})
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

// searchIndex is everything but the traces, for a copy of the site that has no server to ask.
func (s *Site) searchIndex(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.entries()) }
