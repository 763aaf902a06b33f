package catalog

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/plumemq/plume/internal/observ"
)

// WriteSpans writes docs/spans.md: every step with the claims that it shows, and every claim with its verdict, steps, symbols,
// experiments and pages. page finds the walkthrough that tells of a step: "01-sync-send#sendKernelImpl", or "".
func (c *Catalog) WriteSpans(w io.Writer, page func(step string) string) error {
	var b strings.Builder
	b.WriteString(spansHead)
	for _, op := range c.Families() {
		if err := c.writeStep(&b, op, page); err != nil {
			return err
		}
	}
	b.WriteString(claimsHead)
	for i := range c.claims {
		if err := c.writeClaim(&b, &c.claims[i], page); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, b.String())
	return err //nolint:wrapcheck // the writer is the caller's
}

const spansHead = `# Every span that Plume makes

Generated from the steps that each package defines in its trace.go (go generate ./internal/catalog); do not edit. A span carries
its step's id as the attribute ` + "`rocketmq.step`" + `, and the Go function as ` + "`code.function.name`" + `. Kinds other than internal stand in brackets;
the level is the coarsest detail at which the step shows. A \* stands for a request code's name: one function, one step per code.

| step | span | level | Go | Apache's method | claims | page |
|---|---|---|---|---|---|---|
`

func (c *Catalog) writeStep(b *strings.Builder, op *observ.Op, page func(step string) string) error {
	fn, err := c.Function(op.Func)
	if err != nil {
		return fmt.Errorf("step %s: %w", op.ID, err)
	}
	id, span := Family(op.ID), op.Name
	if id != op.ID {
		span = "*request code*"
	}
	if op.Kind != observ.Internal {
		span += " [" + op.Kind.String() + "]"
	}
	fmt.Fprintf(b, "| `%s` | %s | %s | [%s](../%s) | %s | %s | %s |\n",
		id, span, op.Detail, strings.TrimPrefix(fn.Symbol[strings.LastIndexByte(fn.Symbol, '/')+1:], "."), fn.File,
		op.Java, c.claimLinks(op), pageLink(page(id)))
	return nil
}

const claimsHead = `
## Claims and the steps that show them

| claim | verdict | steps | Go | Apache's method | experiment | page |
|---|---|---|---|---|---|---|
`

func (c *Catalog) writeClaim(b *strings.Builder, cl *Claim, page func(step string) string) error {
	symbols, err := c.symbolLinks(cl)
	if err != nil {
		return fmt.Errorf("claim %s: %w", cl.ID, err)
	}
	var pages []string
	for _, step := range c.shownBy[cl.ID] {
		if link := pageLink(page(step)); link != "" && !slices.Contains(pages, link) {
			pages = append(pages, link)
		}
	}
	fmt.Fprintf(b, "| %s %s | %s | %s | %s | %s | %s | %s |\n", claimLink(cl), cl.EN, cl.Verdict,
		codes(c.shownBy[cl.ID]), symbols, codes(cl.Apache), c.experimentLinks(cl), strings.Join(pages, " "))
	return nil
}

// symbolLinks lead to the files of a claim's Go symbols.
func (c *Catalog) symbolLinks(cl *Claim) (string, error) {
	var links []string
	for _, symbol := range cl.Go {
		fn, err := c.Function(symbol)
		if err != nil {
			return "", err
		}
		links = append(links, fmt.Sprintf("[%s](../%s)", symbol[strings.LastIndexByte(symbol, '/')+1:], fn.File))
	}
	return strings.Join(links, " "), nil
}

// experimentLinks lead to the files of a claim's tests.
func (c *Catalog) experimentLinks(cl *Claim) string {
	var links []string
	for _, test := range cl.Tests {
		if e, ok := c.Experiment(test); ok {
			links = append(links, fmt.Sprintf("[%s](../%s)", test, e.File))
		}
	}
	return strings.Join(links, " ")
}

// pageLink leads to a section of a walkthrough.
func pageLink(anchor string) string {
	topic, at, ok := strings.Cut(anchor, "#")
	if !ok {
		return ""
	}
	return fmt.Sprintf("[%s](../walkthroughs/%s/en.md#%s)", anchor, topic, at)
}

// claimLinks lead from a step to its claims.
func (c *Catalog) claimLinks(op *observ.Op) string {
	var links []string
	for _, cl := range c.ClaimsOf(op) {
		links = append(links, claimLink(&cl))
	}
	return strings.Join(links, " ")
}

func claimLink(cl *Claim) string {
	return fmt.Sprintf("[%s](%s#%s)", cl.ID, strings.TrimPrefix(cl.File, "docs/"), strings.ToLower(cl.ID))
}

// codes are words in backquotes.
func codes(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "`" + strings.Join(words, "` `") + "`"
}
