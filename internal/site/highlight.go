package site

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"sync"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"

	"github.com/plumemq/plume/internal/catalog"
)

// highlighter turns Go files into highlighted lines, once per file. Safe for concurrent use.
type highlighter struct {
	catalog *catalog.Catalog
	lexer   chroma.Lexer

	mu    sync.Mutex
	files map[string][]template.HTML
}

func newHighlighter(c *catalog.Catalog) *highlighter {
	return &highlighter{catalog: c, lexer: chroma.Coalesce(lexers.Get("go")), files: map[string][]template.HTML{}}
}

// lines are the lines of a file of the repository, as HTML with chroma's short class names.
func (h *highlighter) lines(file string) ([]template.HTML, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if lines, ok := h.files[file]; ok {
		return lines, nil
	}
	text, err := h.catalog.File(file)
	if err != nil {
		return nil, err //nolint:wrapcheck // says it all
	}
	tokens, err := h.lexer.Tokenise(nil, text)
	if err != nil {
		return nil, fmt.Errorf("highlight %s: %w", file, err)
	}
	split := chroma.SplitTokensIntoLines(tokens.Tokens())
	lines := make([]template.HTML, len(split))
	for i, line := range split {
		lines[i] = lineHTML(line)
	}
	h.files[file] = lines
	return lines, nil
}

func lineHTML(line []chroma.Token) template.HTML {
	var b strings.Builder
	for _, t := range line {
		text := html.EscapeString(strings.TrimRight(t.Value, "\n"))
		class := chroma.StandardTypes[t.Type]
		if class == "" || class == "w" || class == "p" || class == "nx" || class == "n" {
			b.WriteString(text)
			continue
		}
		b.WriteString(`<span class="` + class + `">` + text + `</span>`)
	}
	return template.HTML(b.String()) //nolint:gosec // every text was escaped above
}
