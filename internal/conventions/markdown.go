package conventions

import (
	"fmt"
	"io"
	"strings"
)

const markdownHead = `# Every attribute, event and span

Generated from docs/semconv/registry (go generate ./internal/conventions); do not edit. The registry is in the format of OpenTelemetry
Weaver, and the tests hold every span that they see against it. [spans.md](spans.md) has the same steps by their code.

Spans follow the messaging and RPC conventions of OpenTelemetry 1.43; all of Plume's own attributes begin with ` + "`rocketmq.`" + ` and are in
development, as the messaging conventions are. Attributes marked *sampler* are set when the span starts, where they are known then. No body, key
or user property is in a span; keys can be asked for.

`

// WriteMarkdown writes docs/attributes.md.
func (r *Registry) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString(markdownHead)
	b.WriteString("## Plume's own attributes\n\n| attribute | type | what it says |\n|---|---|---|\n")
	for _, a := range r.Attributes() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", a.Key, a.Type, a.describe())
	}
	b.WriteString("\n## Spans\n")
	for _, s := range r.spans {
		s.write(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err //nolint:wrapcheck // the writer is the caller's
}

// describe is the brief, with values or examples.
func (a *Attribute) describe() string {
	said := a.Brief
	for i, m := range a.Values {
		sep := "; "
		if i == 0 {
			sep = " "
		}
		said += fmt.Sprintf("%s`%s`: %s", sep, m.Value, strings.TrimSuffix(m.Brief, "."))
	}
	if len(a.Examples) > 0 {
		said += " For example `" + strings.Join(a.Examples, "`, `") + "`."
	}
	return strings.ReplaceAll(said, "|", "\\|")
}

func (s *Span) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s [%s]\n%s Its name matches `%s`.\n\n| attribute | level |\n|---|---|\n", s.Step, s.Kind, s.Brief, strings.ReplaceAll(s.Name.String(), "|", "\\|"))
	for _, ref := range s.Refs {
		fmt.Fprintf(b, "| `%s` | %s |\n", ref.Key, ref.level())
	}
	for _, e := range s.Events {
		fmt.Fprintf(b, "\nEvent `%s`: %s", e.Name, e.Brief)
		for _, ref := range e.Refs {
			fmt.Fprintf(b, " `%s`", ref.Key)
		}
		b.WriteByte('\n')
	}
}

func (ref Ref) level() string {
	said := map[Level]string{Required: "required", Conditionally: "required: ", Recommended: "recommended", OptIn: "only when asked for"}[ref.Level]
	if ref.Level == Conditionally {
		said += strings.ToLower(ref.Condition[:1]) + strings.TrimSuffix(ref.Condition[1:], ".")
	}
	if ref.Sampling {
		said += " *sampler*"
	}
	return said
}
