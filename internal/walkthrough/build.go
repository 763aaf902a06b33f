package walkthrough

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plumemq/plume/internal/catalog"
)

// page looks up everything that a draft names, and renders its prose.
func (b *Book) page(topic string, lang Lang, d *draft) (*Page, error) {
	p := &Page{Topic: topic, Lang: lang, Title: d.title, Mode: d.mode, Measure: d.measure}
	r := &refs{book: b, draft: d, lang: lang, topic: topic}
	for _, t := range d.trees {
		tree, err := b.tree(t[0], t[1])
		if err != nil {
			return nil, err
		}
		p.Trees = append(p.Trees, tree)
	}
	var errs []error
	var err error
	p.Remember, err = inline(d.remember, r)
	errs = append(errs, err)
	p.Intro, err = prose(d.intro, r)
	errs = append(errs, err)
	for _, question := range d.can {
		line, err := inline(question, r)
		errs = append(errs, err)
		p.Can = append(p.Can, line)
	}
	for i := range d.sections {
		s, err := b.section(p, &d.sections[i], r)
		errs = append(errs, err)
		p.Sections = append(p.Sections, s)
	}
	if p.Measure != "" && p.Section(p.Measure) == nil {
		b.problem("%s/%s: the section to measure in, %s: %w", topic, lang, p.Measure, ErrDead)
	}
	return p, errors.Join(errs...)
}

// tree reads a golden file once, however many pages show it.
func (b *Book) tree(name, file string) (*Tree, error) {
	t := b.trees[file]
	if t == nil {
		var err error
		if t, err = readTree(b.files, b.catalog, name, file); err != nil {
			return nil, err
		}
		b.trees[file] = t
	}
	named := *t
	named.Name = name
	return &named, nil
}

func (b *Book) section(p *Page, d *draftSection, r *refs) (*Section, error) {
	s := &Section{Anchor: d.anchor}
	r.claims = nil
	var err1, err2 error
	s.Title, err1 = inline(d.title, r)
	s.Prose, err2 = prose(d.prose, r)
	if d.step != nil {
		b.step(p, s, d.step)
		for _, id := range r.claims {
			if !slices.Contains(s.Claims, id) {
				s.Claims = append(s.Claims, id)
			}
		}
	}
	return s, errors.Join(err1, err2)
}

// step fills in what a section's step block names.
func (b *Book) step(p *Page, s *Section, d *draftStep) {
	where := p.Topic + "/" + string(p.Lang) + "#" + s.Anchor
	if len(p.Trees) > 0 && len(d.ops) > 0 {
		s.Tree = p.Trees[0]
	}
	if d.tree != "" {
		if s.Tree = p.Tree(d.tree); s.Tree == nil {
			b.problem("%s: the page has no tree %q", where, d.tree)
		}
	}
	for _, id := range d.claims {
		if _, ok := b.claim(id); !ok {
			b.problem("%s: claim %s: %w", where, id, ErrDead)
		}
		s.Claims = append(s.Claims, id)
	}
	for _, id := range d.ops {
		op := b.catalog.Step(id)
		if op == nil {
			b.problem("%s: step %s: %w", where, id, ErrDead)
			continue
		}
		s.Ops = append(s.Ops, Told{id, op})
		b.light(s, id, d.under, where)
		for _, c := range b.catalog.ClaimsOf(op) {
			if len(s.Ops) == 1 && !slices.Contains(s.Claims, c.ID) {
				s.Claims = append(s.Claims, c.ID)
			}
		}
	}
	b.snippets(s, d, where)
}

func (b *Book) light(s *Section, id, under, where string) {
	if s.Tree == nil {
		b.problem("%s: step %s, and no tree to find it in", where, id)
		return
	}
	lines := s.Tree.find(id, under)
	if len(lines) == 0 {
		b.problem("%s: %s does not show step %s", where, s.Tree.File, id)
	}
	s.Lines = append(s.Lines, lines...)
	slices.Sort(s.Lines)
	s.Lines = slices.Compact(s.Lines)
}

func (b *Book) snippets(s *Section, d *draftStep, where string) {
	wanted := d.snippets
	if len(wanted) == 0 {
		wanted = []draftSnippet{{}}
	}
	for _, w := range wanted {
		symbol := w.symbol
		if symbol == "" && len(s.Ops) > 0 {
			symbol = s.Ops[0].Op.Func
		}
		if symbol == "-" {
			continue // the section shows no source
		}
		fn, err := b.catalog.Function(symbol)
		if err != nil {
			b.problem("%s: %w", where, err)
			continue
		}
		sn, err := cut(fn, w)
		if err != nil {
			b.problem("%s: %w", where, err)
		}
		s.Snippets = append(s.Snippets, sn)
	}
}

// cut finds the lines of a snippet by their text. A text must occur in its function, once if it is the first or last line.
func cut(fn catalog.Function, w draftSnippet) (Snippet, error) {
	sn := Snippet{Function: fn, From: fn.Start, To: fn.End}
	lines := strings.Split(fn.Text, "\n")
	at := func(text string, after int) (int, error) {
		for i, l := range lines {
			if n := fn.DocLine + i; n >= max(fn.Start, after) && n <= fn.End && strings.Contains(l, text) {
				return n, nil
			}
		}
		return 0, fmt.Errorf("%s has no line %q: %w", fn.Symbol, text, ErrDead)
	}
	var errs []error
	if w.from != "" {
		n, err := at(w.from, 0)
		errs = append(errs, err)
		sn.From = max(n, fn.Start)
	}
	if w.to != "" {
		n, err := at(w.to, sn.From)
		errs = append(errs, err)
		sn.To = max(n, sn.From)
	}
	for _, text := range w.lit {
		n, err := at(text, sn.From)
		errs = append(errs, err)
		if n > sn.To {
			errs = append(errs, fmt.Errorf("%s: the line %q is not shown: %w", fn.Symbol, text, ErrDead))
		}
		sn.Lit = append(sn.Lit, n)
	}
	return sn, errors.Join(errs...)
}
