package site

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/tape"
	"github.com/plumemq/plume/internal/walkthrough"
)

// walkView is one walkthrough.
type walkView struct {
	shell
	Walk     *walkthrough.Page
	Number   int
	Of       int
	Mode     *Mode // how to perform it here; nil when that is not possible
	Trees    []walkTree
	Sections []walkSection
	Claims   []walkClaim // of all sections, for the last one's pane
	Before   *walkLink
	After    *walkLink
}

// walkLink leads to a walkthrough or to a section of one.
type walkLink struct {
	Href, Title string
}

// walkTree is a golden span tree, with the times of a live trace that matches it.
type walkTree struct {
	Name, File string
	Lines      []walkLine
	Live       *walkLive
}

// walkLine is one span of a tree.
type walkLine struct {
	walkthrough.Line
	I      int
	Anchor string // the section of this page that tells of it
	Href   string
	Color  int
	Failed bool
	Notes  []walkthrough.Attr // the attributes worth reading
	Took   string             // in the live trace
}

// walkSection is one step of the story with what stands beside it.
type walkSection struct {
	*walkthrough.Section
	N        int
	Snippets []snippetView
	Claims   []walkClaim
	Lit      string // "3 4": indexes of the tree's lines
	See      string // the step's span in a live trace
	Took     string // by it
	Measure  bool   // there is a measurement to run
	Last     bool   // nothing of its own stands beside it: the pane closes the story
}

// snippetView is a piece of source.
type snippetView struct {
	walkthrough.Snippet
	Java  string
	Lines []codeLine
	Taped bool // the lines that ran in the section's tree are marked
}

// LitText and RanText are the numbers of the lines that are lit and that ran, as "3-5 9", counted from the function's first.
func (v snippetView) LitText() string { return v.numbers(func(l codeLine) bool { return l.Lit }) }

// RanText is described with LitText.
func (v snippetView) RanText() string { return v.numbers(func(l codeLine) bool { return l.Ran }) }

func (v snippetView) numbers(of func(codeLine) bool) string {
	var offsets []int
	for i := range v.Lines {
		if of(v.Lines[i]) {
			offsets = append(offsets, v.Lines[i].N-v.Start)
		}
	}
	return ranges(offsets)
}

// walkClaim is a claim in the page's language.
type walkClaim struct {
	ID            string
	Verdict       catalog.Verdict
	Question      bool
	Text, Because string
}

// walkRoutes adds the pages of the walkthroughs.
func (s *Site) walkRoutes(mux *http.ServeMux) {
	if s.cfg.Walkthroughs == nil {
		return
	}
	mux.HandleFunc("GET /walkthroughs", s.walkContents)
	mux.HandleFunc("GET /walkthroughs/{topic}", s.walk)
}

// walkContents lists all walkthroughs, with what one will be able to answer afterwards.
func (s *Site) walkContents(w http.ResponseWriter, r *http.Request) {
	view := struct {
		shell
		Pages []*walkthrough.Page
	}{shell: s.shell(r, "nav.walkthroughs", "walkthroughs")}
	for _, topic := range s.cfg.Walkthroughs.Topics {
		if p := s.cfg.Walkthroughs.Page(topic, langOf(r)); p != nil {
			view.Pages = append(view.Pages, p)
		}
	}
	s.page(w, r, http.StatusOK, "walkthroughs", view)
}

func (s *Site) walk(w http.ResponseWriter, r *http.Request) {
	topic, lang := r.PathValue("topic"), langOf(r)
	p := s.cfg.Walkthroughs.Page(topic, lang)
	if p == nil {
		s.missing(w, r, "missing.walkthrough", topic)
		return
	}
	topics := s.cfg.Walkthroughs.Topics
	view := walkView{shell: s.shell(r, p.Title, "walkthroughs"), Walk: p, Number: slices.Index(topics, topic) + 1, Of: len(topics)}
	for i := range view.Modes {
		if view.Modes[i].ID == p.Mode {
			view.Mode = &view.Modes[i]
		}
	}
	before, after := s.cfg.Walkthroughs.Neighbors(topic)
	view.Before, view.After = s.walkNeighbor(before, lang), s.walkNeighbor(after, lang)
	for _, t := range p.Trees {
		view.Trees = append(view.Trees, s.walkTree(p, t))
	}
	for i, sec := range p.Sections {
		section := s.walkSection(sec, i+1, lang, view.Trees)
		section.Last = i == len(p.Sections)-1
		for _, c := range section.Claims {
			if !slices.ContainsFunc(view.Claims, func(have walkClaim) bool { return have.ID == c.ID }) {
				view.Claims = append(view.Claims, c)
			}
		}
		section.Measure = s.cfg.Meter != nil && !s.cfg.Static && sec.Anchor == p.Measure
		view.Sections = append(view.Sections, section)
	}
	s.page(w, r, http.StatusOK, "walkthrough", view)
}

func (s *Site) walkNeighbor(topic string, lang walkthrough.Lang) *walkLink {
	p := s.cfg.Walkthroughs.Page(topic, lang)
	if p == nil {
		return nil
	}
	return &walkLink{Href: p.Path(), Title: p.Title}
}

// walkTree joins a tree with the sections that tell of its lines, and with a live trace.
func (s *Site) walkTree(p *walkthrough.Page, t *walkthrough.Tree) walkTree {
	out := walkTree{Name: t.Name, File: t.File, Live: s.live(t)}
	told := map[int]string{}
	for _, sec := range p.Sections {
		for _, i := range sec.Lines {
			if sec.Tree != nil && sec.Tree.Name == t.Name && told[i] == "" {
				told[i] = sec.Anchor
			}
		}
	}
	paint := &painter{colors: map[string]int{}}
	for i := range t.Lines {
		l := walkLine{Line: t.Lines[i], I: i, Anchor: told[i], Color: paint.color(t.Lines[i].Service)}
		switch {
		case l.Anchor != "":
			l.Href = "#" + l.Anchor
		case l.Op != nil:
			l.Href = s.toldAt(l.Op.ID, p.Lang)
		}
		for _, a := range l.Attrs {
			l.Failed = l.Failed || a.Key == "error.type"
			if name, ok := strings.CutPrefix(a.Key, "rocketmq."); ok || a.Key == "error.type" || a.Key == "rpc.response.status_code" && a.Value != "SUCCESS" {
				l.Notes = append(l.Notes, walkthrough.Attr{Key: name[strings.LastIndexByte(name, '.')+1:], Value: a.Value})
			}
		}
		if out.Live != nil {
			l.Took = out.Live.took(i)
		}
		out.Lines = append(out.Lines, l)
	}
	return out
}

// toldAt is where a step is told of, or else its own page.
func (s *Site) toldAt(step string, lang walkthrough.Lang) string {
	if anchor := s.cfg.Walkthroughs.Anchor(step); anchor != "" {
		return lang.Path("/walkthroughs/" + anchor)
	}
	return "/step/" + step
}

func (s *Site) walkSection(sec *walkthrough.Section, n int, lang walkthrough.Lang, trees []walkTree) walkSection {
	out := walkSection{Section: sec, N: n, Lit: strings.Trim(fmt.Sprint(sec.Lines), "[]")}
	for _, sn := range sec.Snippets {
		out.Snippets = append(out.Snippets, s.snippet(sec, sn))
	}
	for _, id := range sec.Claims {
		if c, ok := s.claim(id, lang); ok {
			out.Claims = append(out.Claims, c)
		}
	}
	for _, t := range trees {
		if sec.Tree != nil && t.Name == sec.Tree.Name && t.Live != nil && len(sec.Lines) > 0 {
			main := mainLine(sec)
			out.See, out.Took = t.Live.href(main), t.Live.took(main)
		}
	}
	return out
}

// mainLine is the line of the tree that a section is about: the first of its first step.
func mainLine(sec *walkthrough.Section) int {
	for _, i := range sec.Lines {
		if op := sec.Tree.Lines[i].Op; op != nil && (op == sec.Ops[0].Op || catalog.Family(op.ID) == sec.Ops[0].ID) {
			return i
		}
	}
	return sec.Lines[0]
}

func (s *Site) snippet(sec *walkthrough.Section, sn walkthrough.Snippet) snippetView {
	out := snippetView{Snippet: sn}
	for _, told := range sec.Ops {
		if told.Op.Func == sn.Symbol {
			out.Java = told.Op.Java
		}
	}
	lines, err := s.code.lines(sn.File)
	if err != nil || sn.To > len(lines) {
		return out // the file is embedded, as the snippet was found in it
	}
	ran := s.ranIn(sec.Tree, &sn)
	out.Taped = ran != nil
	for n := sn.From; n <= sn.To; n++ {
		line := codeLine{N: n, HTML: lines[n-1], Lit: slices.Contains(sn.Lit, n)}
		line.Ran = ran != nil && ran.Ran(n-sn.Start)
		out.Lines = append(out.Lines, line)
	}
	return out
}

// ranIn is what ran of a function while the test recorded a tree; nil when nobody knows.
func (s *Site) ranIn(t *walkthrough.Tree, sn *walkthrough.Snippet) *tape.Function {
	if t == nil {
		return nil
	}
	name := strings.TrimSuffix(path.Base(t.File), ".spantree.golden")
	for _, tp := range s.cfg.Tapes {
		if fn, ok := tp.Functions[sn.Symbol]; ok && tp.Name == name && path.Dir(t.File) == tape.Folder && fn.Hash == tape.Hash(bodyOf(sn.Text, sn.Start-sn.DocLine)) {
			return &fn
		}
	}
	return nil
}

func (s *Site) claim(id string, lang walkthrough.Lang) (walkClaim, bool) {
	claims := s.cfg.Catalog.Claims()
	i := slices.IndexFunc(claims, func(c catalog.Claim) bool { return c.ID == id })
	if i < 0 {
		return walkClaim{}, false
	}
	c := &claims[i]
	return walkClaim{ID: c.ID, Verdict: c.Verdict, Question: c.Question, Text: pick(lang, c.Text), Because: pick(lang, c.Because)}, true
}

// told is the section that tells of a step, for the pages of steps and traces; nil when there is none.
func (s *Site) told(step string, lang walkthrough.Lang) *walkLink {
	if s.cfg.Walkthroughs == nil || step == "" {
		return nil
	}
	anchor := s.cfg.Walkthroughs.Anchor(step)
	topic, at, ok := strings.Cut(anchor, "#")
	if !ok || s.cfg.Walkthroughs.Page(topic, walkthrough.EN) == nil {
		return nil
	}
	title := catalog.Text{EN: s.titleOf(topic, at, walkthrough.EN), ZH: s.titleOf(topic, at, walkthrough.ZH)}
	return &walkLink{Href: "/walkthroughs/" + anchor, Title: pick(lang, title)}
}

// titleOf is the title of a walkthrough and of a section of it.
func (s *Site) titleOf(topic, section string, lang walkthrough.Lang) string {
	p := s.cfg.Walkthroughs.Page(topic, lang)
	title := p.Title
	if sec := p.Section(section); sec != nil {
		title += ": " + textOf(string(sec.Title))
	}
	return title
}
