package walkthrough

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// ErrPage is returned for a page that does not have its form.
var ErrPage = errors.New("malformed walkthrough")

// draft is a page as it is written, before anything that it names is looked up.
type draft struct {
	title, remember, mode, measure string
	can                            []string
	trees                          [][2]string // name, file
	intro                          string
	sections                       []draftSection
}

type draftSection struct {
	anchor, title, prose string
	step                 *draftStep
}

// draftStep is a section's step block.
type draftStep struct {
	ops      []string
	tree     string
	under    string
	home     bool // the section is the one that tells of its steps, whoever else does
	claims   []string
	snippets []draftSnippet
}

// draftSnippet is a piece of source that a step block names. From and to are texts of its first and last line; empty: the function's.
type draftSnippet struct {
	symbol   string // empty: the step's own
	from, to string
	lit      []string
}

// parse reads a page: front matter between two lines of ---, an introduction, then sections.
func parse(text string) (*draft, error) {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if len(lines) == 0 || lines[0] != "---" {
		return nil, fmt.Errorf("%w: it does not begin with front matter", ErrPage)
	}
	d := &draft{}
	n := 1
	for ; n < len(lines) && lines[n] != "---"; n++ {
		if err := d.front(lines[n]); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	if n == len(lines) {
		return nil, fmt.Errorf("%w: its front matter does not end", ErrPage)
	}
	if err := d.body(lines[n+1:]); err != nil {
		return nil, err
	}
	return d, d.whole()
}

func (d *draft) front(line string) error {
	key, value, ok := strings.Cut(line, ": ")
	if !ok {
		return fmt.Errorf("%w: %q is not a line of front matter", ErrPage, line)
	}
	switch name, isTree := strings.CutPrefix(key, "tree "); {
	case isTree:
		d.trees = append(d.trees, [2]string{name, value})
	case key == "title":
		d.title = value
	case key == "remember":
		d.remember = value
	case key == "can":
		d.can = append(d.can, value)
	case key == "mode":
		d.mode = value
	case key == "measure":
		d.measure = value
	default:
		return fmt.Errorf("%w: front matter %q", ErrPage, key)
	}
	return nil
}

var heading = regexp.MustCompile(`^## <a id="([A-Za-z][A-Za-z0-9.-]*)"></a>(.+)$`)

// body splits the text at its headings. Blocks of code are left alone, except those of kind step.
func (d *draft) body(lines []string) error {
	prose := &strings.Builder{}
	keep := func() {
		if len(d.sections) == 0 {
			d.intro = prose.String()
		} else {
			d.sections[len(d.sections)-1].prose = prose.String()
		}
		prose.Reset()
	}
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case line == "```step":
			end := i + 1
			for end < len(lines) && lines[end] != "```" {
				end++
			}
			if err := d.stepBlock(lines[i+1 : end]); err != nil {
				return err
			}
			i = end
		case strings.HasPrefix(line, "```"):
			for first := true; i < len(lines) && (first || lines[i] != "```"); first = false {
				prose.WriteString(lines[i] + "\n")
				i++
			}
			prose.WriteString("```\n")
		case strings.HasPrefix(line, "## "):
			m := heading.FindStringSubmatch(line)
			if m == nil {
				return fmt.Errorf("%w: the heading %q has no anchor", ErrPage, line)
			}
			keep()
			d.sections = append(d.sections, draftSection{anchor: m[1], title: strings.TrimSpace(m[2])})
		default:
			prose.WriteString(line + "\n")
		}
	}
	keep()
	return nil
}

func (d *draft) stepBlock(lines []string) error {
	if len(d.sections) == 0 {
		return fmt.Errorf("%w: a step before the first heading", ErrPage)
	}
	s := &d.sections[len(d.sections)-1]
	if s.step != nil {
		return fmt.Errorf("%w: %s has two steps", ErrPage, s.anchor)
	}
	s.step = &draftStep{}
	for _, line := range lines {
		key, value, ok := strings.Cut(line, ": ")
		if !ok || value == "" {
			return fmt.Errorf("%w: %s: %q is not a line of a step", ErrPage, s.anchor, line)
		}
		if err := s.step.set(key, value); err != nil {
			return fmt.Errorf("%s: %w", s.anchor, err)
		}
	}
	if len(s.step.ops) == 0 && len(s.step.snippets) == 0 {
		return fmt.Errorf("%w: %s: a step that names neither op nor go", ErrPage, s.anchor)
	}
	return nil
}

func (st *draftStep) set(key, value string) error {
	switch key {
	case "op":
		st.ops = strings.Fields(value)
	case "tree":
		st.tree = value
	case "under":
		st.under = value
	case "home":
		st.home = value == "yes"
	case "claims":
		st.claims = strings.Fields(value)
	case "go":
		st.snippets = append(st.snippets, draftSnippet{symbol: value})
	case "from", "to", "look":
		if len(st.snippets) == 0 {
			st.snippets = append(st.snippets, draftSnippet{})
		}
		sn := &st.snippets[len(st.snippets)-1]
		switch key {
		case "from":
			sn.from = value
		case "to":
			sn.to = value
		default:
			sn.lit = append(sn.lit, value)
		}
	default:
		return fmt.Errorf("%w: step %q", ErrPage, key)
	}
	return nil
}

// whole says what the page lacks.
func (d *draft) whole() error {
	switch {
	case d.title == "" || d.remember == "":
		return fmt.Errorf("%w: no title, or nothing to remember", ErrPage)
	case len(d.can) != 3:
		return fmt.Errorf("%w: %d things that one can answer afterwards, want three", ErrPage, len(d.can))
	case len(d.sections) == 0 || d.sections[len(d.sections)-1].anchor != "answers":
		return fmt.Errorf("%w: it does not end with the answers", ErrPage)
	}
	seen := map[string]bool{}
	for i := range d.sections {
		if a := d.sections[i].anchor; seen[a] {
			return fmt.Errorf("%w: the anchor %s twice", ErrPage, a)
		}
		seen[d.sections[i].anchor] = true
	}
	return nil
}
