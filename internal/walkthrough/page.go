package walkthrough

import (
	"html/template"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/observ"
)

// Lang is one of the languages that every page is written in.
type Lang string

// The languages, by their codes in HTML.
const (
	EN Lang = "en"
	ZH Lang = "zh"
)

// Langs are all languages, the original first.
func Langs() []Lang { return []Lang{EN, ZH} }

// Other is the language to switch to.
func (l Lang) Other() Lang {
	if l == EN {
		return ZH
	}
	return EN
}

// Path is where the site serves path in this language: "/zh/walkthroughs".
func (l Lang) Path(path string) string {
	if l == EN {
		return path
	}
	return "/" + string(l) + path
}

// Page is one walkthrough in one language.
type Page struct {
	Topic    string // the folder's name: "01-sync-send"
	Lang     Lang
	Title    string
	Remember template.HTML   // the one thing to remember
	Can      []template.HTML // three questions that the reader can answer afterwards
	Measure  string          // the section with a measurement to run; empty: none
	Mode     string          // how the control bar performs it: "sync"; empty when it cannot
	Trees    []*Tree
	Intro    template.HTML
	Sections []*Section
}

// Section is one step of the story: a heading, its prose, and the steps of the program that it tells of.
type Section struct {
	Anchor   string // "sendKernelImpl"
	Title    template.HTML
	Prose    template.HTML
	Ops      []Told // the steps it tells of, the main one first; empty for a section without a step
	Tree     *Tree  // nil without a step
	Lines    []int  // of the tree, lit while one is here
	Snippets []Snippet
	Claims   []string // of the analysis: those of its steps, and those that the prose names
}

// Told is a step that a section tells of.
type Told struct {
	ID string // "producer.send", or a family: "remoting.client.*"
	Op *observ.Op
}

// Snippet is a piece of source, found by symbol and by the text of its lines.
type Snippet struct {
	catalog.Function
	From, To int   // the lines shown
	Lit      []int // the lines to look at
}

// Section finds a section by its anchor; nil when there is none.
func (p *Page) Section(anchor string) *Section {
	for _, s := range p.Sections {
		if s.Anchor == anchor {
			return s
		}
	}
	return nil
}

// Tree finds a tree by its name; nil when there is none.
func (p *Page) Tree(name string) *Tree {
	for _, t := range p.Trees {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Path is where the site serves the page.
func (p *Page) Path() string { return p.Lang.Path("/walkthroughs/" + p.Topic) }
