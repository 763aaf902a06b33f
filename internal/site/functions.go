package site

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/plumemq/plume/internal/catalog"
)

// functions are what templates call.
var functions = template.FuncMap{
	"code":    backquoted,
	"breaks":  breakable,
	"prose":   paragraphs,
	"clock":   func(t time.Time) string { return t.Format("15:04:05.000") },
	"percent": percent,
	"bar":     drawBar,
	"file":    drawFile,
	"indent":  func(depth int) int { return min(depth, 16) },
	"plus":    func(a, b int) int { return a + b },
	"minus":   func(a, b int) int { return a - b },
	"less":    func(a, b int) bool { return a < b },
	"family":  catalog.Family,
	"dict":    dict,
	"short":   func(id string) string { return id[:min(8, len(id))] },
}

// backquoted escapes text and turns `words` into <code>.
func backquoted(text string) template.HTML {
	parts := strings.Split(text, "`")
	var b strings.Builder
	for i, part := range parts {
		escaped := template.HTMLEscapeString(part)
		if i%2 == 1 && i < len(parts)-1 {
			b.WriteString("<code>" + escaped + "</code>")
			continue
		}
		b.WriteString(escaped)
	}
	return template.HTML(b.String()) //nolint:gosec // every part was escaped above
}

// breakable escapes a name and lets it break before its words, and nowhere else while there is room for them: after a dot, a slash or a
// sign, and before a capital letter.
func breakable(name string) template.HTML {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && (unicode.IsUpper(r) && unicode.IsLower(rune(name[i-1])) || strings.ContainsRune("./#_", rune(name[i-1])) || r == '(') {
			b.WriteString("<wbr>")
		}
		b.WriteString(template.HTMLEscapeString(string(r)))
	}
	return template.HTML(b.String()) //nolint:gosec // every letter was escaped above
}

// paragraphs splits a doc comment at its blank lines, unfolding each paragraph. The line that names Apache's method is left out: the
// page shows it elsewhere.
func paragraphs(doc string) []string {
	var out []string
	for _, p := range strings.Split(strings.TrimSpace(doc), "\n\n") {
		if p = strings.Join(strings.Fields(p), " "); p != "" && !strings.HasPrefix(p, "Java: ") {
			out = append(out, p)
		}
	}
	return out
}

// dict makes one value of several, for a template that takes one.
func dict(pairs ...any) (map[string]any, error) {
	out := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: key %v", pairs[i]) //nolint:err113 // of a template, seen at once
		}
		out[key] = pairs[i+1]
	}
	return out, nil
}

func lineAnchor(n int) string { return "#L" + strconv.Itoa(n) }
