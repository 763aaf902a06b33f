package site

import (
	"fmt"
	"html/template"
	"sync"

	"github.com/plumemq/plume/internal/site/words"
	"github.com/plumemq/plume/internal/walkthrough"
)

// templates are the pages in one language. A page is parsed when it is first asked for: each has the parts that pages share to itself, and a
// reader opens a few of them in one language.
type templates struct {
	parts *template.Template

	mu    sync.Mutex // owns pages
	pages map[string]*template.Template
}

// parseParts begins with the parts of pages, in every language.
func parseParts() (map[walkthrough.Lang]*templates, error) {
	all := map[walkthrough.Lang]*templates{}
	for _, lang := range append(walkthrough.Langs(), words.Either) {
		parts, err := template.New("").Funcs(functions).Funcs(spoken(lang)).ParseFS(assets, "templates/parts/*.html")
		if err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
		all[lang] = &templates{parts: parts, pages: map[string]*template.Template{}}
	}
	return all, nil
}

// page is a page by its name, ready to be rendered.
func (t *templates) page(name string) (*template.Template, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if page := t.pages[name]; page != nil {
		return page, nil
	}
	page, err := t.parts.Clone()
	if err == nil {
		page, err = page.ParseFS(assets, "templates/"+name+".html")
	}
	if err != nil {
		return nil, fmt.Errorf("template %s: %w", name, err)
	}
	t.pages[name] = page
	return page, nil
}
