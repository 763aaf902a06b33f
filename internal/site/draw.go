package site

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/site/words"
	"github.com/plumemq/plume/internal/walkthrough"
)

// Rows and lines of source come by the thousand, and html/template takes its time over each. They are drawn here instead; whatever
// comes from outside goes through esc.

func esc(text string) string { return template.HTMLEscapeString(text) }

// sheet gathers HTML.
type sheet struct{ strings.Builder }

func (b *sheet) add(parts ...string) {
	for _, p := range parts {
		b.WriteString(p)
	}
}

func (b *sheet) html() template.HTML { return template.HTML(b.String()) } //nolint:gosec // every text was escaped on its way in

// spanHref is the address of a span's page; both ids are hex.
func spanHref(trace, span string) string { return "/trace/" + trace + "?span=" + span }

// drawRows are the rows of the waterfall.
func drawRows(lang walkthrough.Lang, rows []row) template.HTML {
	var b sheet
	b.Grow(600 * len(rows))
	linked := esc(words.Say(lang, "fall.link"))
	for i := range rows {
		b.row(&rows[i], linked)
	}
	return b.html()
}

func (b *sheet) row(r *row, linked string) {
	b.add(`<a role="treeitem" class="row hue`, strconv.Itoa(r.Color), flag(r.Selected, " sel"), flag(r.Failed, " err"),
		`" id="r-`, r.Span, `" href="`, spanHref(r.Trace, r.Span), `" data-t="`, r.Trace, `" data-s="`, r.Span, `" data-p="`, r.Parent,
		`" data-d="`, strconv.Itoa(r.Depth), `" data-step="`, esc(catalog.Family(r.Step)), `" aria-level="`, strconv.Itoa(r.Depth+1),
		`" aria-selected="`, strconv.FormatBool(r.Selected), `"`, flag(r.Children, ` aria-expanded="true"`),
		` tabindex="`, choose(r.Selected, "0", "-1"), `"><span class="n d`, strconv.Itoa(min(r.Depth, 16)), `"><i class="tw" aria-hidden="true">`,
		flag(r.Children, "▾"), `</i><b class="dot"></b><span class="nm">`, esc(r.Name), `</span>`)
	if r.Kind != "internal" {
		b.add(`<em>`, esc(r.Kind), `</em>`)
	}
	b.add(flag(r.Links > 0, `<em title="`+linked+`">⤳</em>`), `</span>`)
	b.bar(r)
	b.add(`<span class="tk">`, esc(r.Took), "</span></a>\n")
}

// bar draws the time of one row.
func (b *sheet) bar(r *row) {
	b.add(`<svg class="span" aria-hidden="true"><rect x="`, percent(r.X), `" width="`, percent(r.W), `" y="6" height="10" rx="2.5"/>`)
	for _, m := range r.Marks {
		b.add(`<circle cx="`, percent(m.X), `" cy="11" r="2"><title>`, esc(m.Name), `</title></circle>`)
	}
	b.add(`</svg>`)
}

func drawBar(r row) template.HTML {
	var b sheet
	b.bar(&r)
	return b.html()
}

// drawLines are the lines of a file with the calls that they made.
func drawLines(lang walkthrough.Lang, lines []codeLine) template.HTML {
	var b sheet
	b.Grow(160 * len(lines))
	for i := range lines {
		l := &lines[i]
		b.add(`<div class="ln`, flag(l.Lit, " lit"), flag(l.Ran, " ran"), flag(l.First, " first"), `"><i>`, strconv.Itoa(l.N), `</i><code>`, string(l.HTML), `</code>`)
		for _, c := range l.Calls {
			b.add(`<a class="call`, flag(c.Failed, " err"), `" href="`, spanHref(c.Trace, c.Span), `" data-t="`, c.Trace, `" data-s="`, c.Span,
				`" title="`, esc(words.Say(lang, "span.call", c.Name)), `">`, esc(c.Took), `</a>`)
		}
		b.add(`</div>`)
	}
	return b.html()
}

// drawFile is a whole file, each line with an anchor.
func drawFile(lines []codeLine) template.HTML {
	var b sheet
	b.Grow(160 * len(lines))
	for i := range lines {
		n := strconv.Itoa(lines[i].N)
		b.add(`<div class="ln" id="L`, n, `"><i>`, n, `</i><code>`, string(lines[i].HTML), `</code></div>`)
	}
	return b.html()
}

func percent(f float64) string { return strconv.FormatFloat(f, 'f', 3, 64) + "%" }

func flag(on bool, text string) string { return choose(on, text, "") }

func choose(on bool, yes, no string) string {
	if on {
		return yes
	}
	return no
}
