package catalog

import (
	"fmt"
	"io"
	"strings"

	"github.com/plumemq/plume/internal/observ"
)

// WriteSpans writes docs/spans.md: every step, and which step shows which claim.
func (c *Catalog) WriteSpans(w io.Writer) error {
	var b strings.Builder
	b.WriteString(spansHead)
	for _, op := range c.Families() {
		if err := c.writeStep(&b, op); err != nil {
			return err
		}
	}
	b.WriteString("\n## Claims and the steps that show them\n\n")
	b.WriteString("| claim | steps |\n|---|---|\n")
	for _, cl := range c.claims {
		steps := "none yet"
		if ids := c.shownBy[cl.ID]; len(ids) > 0 {
			steps = "`" + strings.Join(ids, "` `") + "`"
		}
		fmt.Fprintf(&b, "| [%s](analysis/claims.md#%s) %s | %s |\n", cl.ID, strings.ToLower(cl.ID), cl.EN, steps)
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

func (c *Catalog) writeStep(b *strings.Builder, op *observ.Op) error {
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
		op.Java, strings.Join(op.Claims, " "), op.Page)
	return nil
}
