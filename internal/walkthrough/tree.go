package walkthrough

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/observ"
)

// ErrTree is returned for a golden span tree that cannot be read, or with a span that no step, or more than one, can have made.
var ErrTree = errors.New("golden span tree")

// Tree is a golden span tree: what a test saw, and sees again every time it runs.
type Tree struct {
	Name  string // what the page calls it: "cold"
	File  string // of the repository: "test/e2e/testdata/sync_cold.spantree.golden"
	Lines []Line
}

// Line is one span of a tree.
type Line struct {
	Depth   int
	Parent  int    // index of the line above it in the tree; -1 for a root
	Name    string // "SEND_MESSAGE_V2"
	Kind    string // "server"; empty for internal
	Service string // of this span, named or not
	Links   string // what it links to: "another trace"
	Attrs   []Attr
	Op      *observ.Op // nil for a span that the test itself made
	Text    string     // the line as it stands
}

// Attr is an attribute that is the same in every run.
type Attr struct{ Key, Value string }

// Path is the ids of the step and of those above it, outermost first. It names a span's place in a trace.
func (t *Tree) Path(i int) string {
	var ids []string
	for ; i >= 0; i = t.Lines[i].Parent {
		id := t.Lines[i].Name
		if op := t.Lines[i].Op; op != nil {
			id = op.ID
		}
		ids = append(ids, id)
	}
	slices.Reverse(ids)
	return strings.Join(ids, "/")
}

// find are the lines of a step or of a family; under, if not empty, must stand in the line or in one above it.
func (t *Tree) find(id, under string) []int {
	var out []int
	for i := range t.Lines {
		if op := t.Lines[i].Op; op != nil && (op.ID == id || catalog.Family(op.ID) == id) && t.within(i, under) {
			out = append(out, i)
		}
	}
	return out
}

func (t *Tree) within(i int, under string) bool {
	for ; i >= 0; i = t.Lines[i].Parent {
		if strings.Contains(t.Lines[i].Text, under) {
			return true
		}
	}
	return false
}

var treeLine = regexp.MustCompile(`^( *)(.+?)(?: \[([A-Z]+)\])?(?: @([a-z0-9-]+))?(?: -> ([^=]+?))?((?: [a-z._]+=[^=]*)*)$`)

// readTree parses a golden file, as internal/spantest draws it, and finds each span's step.
func readTree(files fs.FS, cat *catalog.Catalog, name, file string) (*Tree, error) {
	text, err := fs.ReadFile(files, file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTree, err)
	}
	t := &Tree{Name: name, File: file}
	var above []int // the last line of each depth
	for _, text := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		l, err := parseLine(text)
		if err != nil || l.Depth > len(above) {
			return nil, fmt.Errorf("%w %s: line %d: %q", ErrTree, file, len(t.Lines)+1, text)
		}
		l.Parent = -1
		if l.Depth > 0 {
			l.Parent = above[l.Depth-1]
			if l.Service == "" {
				l.Service = t.Lines[l.Parent].Service
			}
		}
		above = append(above[:l.Depth], len(t.Lines))
		t.Lines = append(t.Lines, l)
	}
	return t, t.resolve(cat)
}

func parseLine(text string) (Line, error) {
	m := treeLine.FindStringSubmatch(text)
	if m == nil {
		return Line{}, ErrTree
	}
	l := Line{Depth: len(m[1]) / 2, Name: m[2], Kind: strings.ToLower(m[3]), Service: m[4], Links: m[5], Text: strings.TrimSpace(text)}
	for _, word := range strings.Fields(m[6]) {
		key, value, ok := strings.Cut(word, "=")
		if !ok && len(l.Attrs) > 0 { // a value of several words
			l.Attrs[len(l.Attrs)-1].Value += " " + word
			continue
		}
		l.Attrs = append(l.Attrs, Attr{key, value})
	}
	return l, nil
}
