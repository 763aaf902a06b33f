package walkthrough

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// reference is what prose names in braces: {step:producer.send}, {go:client/producer.(*Producer).sendKernelImpl|the kernel}.
type reference struct {
	kind, target, text string
}

// link is a reference that was found.
type link struct {
	href, text, class, title string
}

// resolver looks references up; what it cannot find it notes, and the text stands there without a link.
type resolver interface {
	resolve(r reference) link
	checkLink(destination string)
}

// prose renders markdown with references. A quotation becomes a question that unfolds into its answer: its first paragraph is
// the question.
func prose(source string, r resolver) (template.HTML, error) {
	md := goldmark.New(
		goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(parser.WithInlineParsers(util.Prioritized(braces{r}, 50)), parser.WithASTTransformers(util.Prioritized(links{r}, 50))),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(html{}, 50))),
	)
	var b bytes.Buffer
	if err := md.Convert([]byte(source), &b); err != nil {
		return "", fmt.Errorf("markdown: %w", err)
	}
	return template.HTML(b.String()), nil //nolint:gosec // goldmark escapes; the source is the repository's own
}

// inline renders a single line.
func inline(source string, r resolver) (template.HTML, error) {
	out, err := prose(source, r)
	line := strings.TrimSpace(string(out))
	return template.HTML(strings.TrimSuffix(strings.TrimPrefix(line, "<p>"), "</p>")), err //nolint:gosec // as above
}

// refNode is a reference in the tree of a document.
type refNode struct {
	ast.BaseInline
	link
}

var kindRef = ast.NewNodeKind("Reference")

// Kind is the node's kind.
func (*refNode) Kind() ast.NodeKind { return kindRef }

// Dump prints the node, for debugging.
func (n *refNode) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"href": n.href}, nil)
}

// braces parses references.
type braces struct{ resolver resolver }

// Trigger is what a reference begins with.
func (braces) Trigger() []byte { return []byte{'{'} }

// Parse reads one reference, which must end on its line.
func (b braces) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	end := bytes.IndexByte(line, '}')
	if end < 0 {
		return nil
	}
	kind, rest, ok := strings.Cut(string(line[1:end]), ":")
	if !ok || kind == "" || strings.ContainsAny(kind, " .") {
		return nil
	}
	target, text, _ := strings.Cut(rest, "|")
	block.Advance(end + 1)
	return &refNode{link: b.resolver.resolve(reference{kind, target, text})}
}

// links holds ordinary links against what is there.
type links struct{ resolver resolver }

// Transform changes nothing.
func (l links) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if a, ok := n.(*ast.Link); ok && entering {
			l.resolver.checkLink(string(a.Destination))
		}
		return ast.WalkContinue, nil
	})
}

// html renders what is particular to walkthroughs.
type html struct{}

// RegisterFuncs tells goldmark what is rendered here.
func (html) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindRef, renderRef)
	r.Register(ast.KindBlockquote, renderQuestion)
	r.Register(ast.KindParagraph, renderParagraph)
}

func renderRef(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	ref, ok := n.(*refNode)
	if !ok || !entering {
		return ast.WalkContinue, nil
	}
	title := ""
	if ref.title != "" {
		title = ` title="` + template.HTMLEscapeString(ref.title) + `"`
	}
	words := template.HTMLEscapeString(ref.text)
	if ref.href == "" {
		_, _ = fmt.Fprintf(w, `<span class="ref %s"%s>%s</span>`, ref.class, title, words)
	} else {
		_, _ = fmt.Fprintf(w, `<a class="ref %s" href="%s"%s>%s</a>`, ref.class, template.HTMLEscapeString(ref.href), title, words)
	}
	return ast.WalkSkipChildren, nil
}

func renderQuestion(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString("<details class=\"ask\">\n")
	} else {
		_, _ = w.WriteString("</details>\n")
	}
	return ast.WalkContinue, nil
}

func renderParagraph(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	tag := "p"
	if _, ok := n.Parent().(*ast.Blockquote); ok && n.PreviousSibling() == nil {
		tag = "summary"
	}
	if entering {
		_, _ = w.WriteString("<" + tag + ">")
	} else {
		_, _ = w.WriteString("</" + tag + ">\n")
	}
	return ast.WalkContinue, nil
}
