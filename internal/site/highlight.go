package site

import (
	"go/scanner"
	"go/token"
	"html"
	"html/template"
	"strings"
	"sync"

	"github.com/plumemq/plume/internal/catalog"
)

// highlighter turns Go files into highlighted lines, once per file. Safe for concurrent use.
type highlighter struct {
	catalog *catalog.Catalog

	mu    sync.Mutex
	files map[string][]template.HTML
}

func newHighlighter(c *catalog.Catalog) *highlighter {
	return &highlighter{catalog: c, files: map[string][]template.HTML{}}
}

// lines are the lines of a file of the repository, as HTML with the class names of the style sheet.
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
	lines := highlight(text)
	h.files[file] = lines
	return lines, nil
}

// highlight is Go source as one piece of HTML a line. What does not scan as Go stays as it is.
func highlight(src string) []template.HTML {
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, []byte(src), func(token.Position, string) {}, scanner.ScanComments)
	var b strings.Builder
	done, last := 0, token.ILLEGAL
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		if tok == token.SEMICOLON && lit != ";" {
			continue // the scanner's own
		}
		if lit == "" {
			lit = tok.String()
		}
		start := file.Offset(pos)
		end := start + len(lit)
		b.WriteString(html.EscapeString(src[done:start]))
		paint(&b, classOf(tok, last, lit, src[end:]), lit)
		done, last = end, tok
	}
	b.WriteString(html.EscapeString(strings.TrimSuffix(src[done:], "\n")))
	var lines []template.HTML
	for line := range strings.SplitSeq(b.String(), "\n") {
		lines = append(lines, template.HTML(line)) //nolint:gosec // every text was escaped
	}
	return lines
}

// paint writes a token, each line of it in an element of its own.
func paint(b *strings.Builder, class, text string) {
	text = html.EscapeString(text)
	if class == "" {
		b.WriteString(text)
		return
	}
	tag := `<span class="` + class + `">`
	b.WriteString(tag + strings.ReplaceAll(text, "\n", "</span>\n"+tag) + "</span>")
}

// classOf is a token's class in the style sheet, by the token before it and the text behind it; empty for none.
func classOf(tok, last token.Token, lit, rest string) string {
	switch {
	case tok == token.COMMENT:
		return "c"
	case tok == token.STRING || tok == token.CHAR:
		return "s"
	case tok.IsLiteral() && tok != token.IDENT:
		return "m"
	case tok.IsKeyword():
		return "k"
	case tok != token.IDENT:
		return ""
	case last == token.PERIOD || last == token.FUNC || predeclared[lit] == "":
		if last == token.FUNC || strings.HasPrefix(rest, "(") {
			return "nf"
		}
		return ""
	}
	return predeclared[lit]
}

// predeclared are Go's own identifiers with their classes.
var predeclared = func() map[string]string {
	all := map[string]string{}
	for class, names := range map[string]string{
		"k":  "true false nil iota",
		"kt": "any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr",
		"nf": "append cap clear close complex copy delete imag len make max min new panic print println real recover",
	} {
		for name := range strings.FieldsSeq(names) {
			all[name] = class
		}
	}
	return all
}()
