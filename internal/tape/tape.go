package tape

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Folder is where tapes lie in the repository; Ext is how their names end.
const (
	Folder = "test/e2e/testdata"
	Ext    = ".tape"
)

// ErrFormat is returned for a file that is not a tape.
var ErrFormat = errors.New("not a tape")

// Tape is what ran in one golden tree. It never changes once made.
type Tape struct {
	Name      string              // of the golden tree: "sync_cold"
	Steps     []string            // ids, and the marks of those that failed; sorted, each once
	Functions map[string]Function // by symbol, relative to the module
}

// Function is what ran of one function.
type Function struct {
	Hash   string // of the function's text, as [Hash] makes it
	Ranges []Range
}

// Range is lines that ran, counted from the line of "func"; both ends are in it.
type Range struct{ First, Last int }

// Ran says whether a line, counted from the line of "func", ran.
func (f *Function) Ran(offset int) bool {
	return slices.ContainsFunc(f.Ranges, func(r Range) bool { return r.First <= offset && offset <= r.Last })
}

// Hash is that of a function's text, from "func" to the closing brace.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(strings.TrimRight(text, "\n")))
	return hex.EncodeToString(sum[:4])
}

// Ranges gathers sorted line offsets into ranges.
func Ranges(offsets []int) []Range {
	var out []Range
	for _, n := range offsets {
		if last := len(out) - 1; last >= 0 && out[last].Last+1 >= n {
			out[last].Last = max(out[last].Last, n)
			continue
		}
		out = append(out, Range{n, n})
	}
	return out
}

// String is the tape as its file holds it.
func (t *Tape) String() string {
	var b strings.Builder
	b.WriteString("steps " + strings.Join(t.Steps, " ") + "\n")
	for _, symbol := range slices.Sorted(maps.Keys(t.Functions)) {
		f := t.Functions[symbol]
		b.WriteString(symbol + " " + f.Hash)
		for _, r := range f.Ranges {
			b.WriteString(" " + r.String())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// String is "first-last", or one number when they are the same.
func (r Range) String() string {
	if r.First == r.Last {
		return strconv.Itoa(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// Parse reads a tape's file.
func Parse(name, text string) (*Tape, error) {
	t := &Tape{Name: name, Functions: map[string]Function{}}
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		words := strings.Fields(line)
		if len(words) < 2 || (i == 0) != (words[0] == "steps") {
			return nil, fmt.Errorf("%w: %s, line %d", ErrFormat, name, i+1)
		}
		if i == 0 {
			t.Steps = words[1:]
			continue
		}
		f := Function{Hash: words[1]}
		for _, word := range words[2:] {
			r, err := parseRange(word)
			if err != nil {
				return nil, fmt.Errorf("%w: %s, line %d: %q", ErrFormat, name, i+1, word)
			}
			f.Ranges = append(f.Ranges, r)
		}
		t.Functions[words[0]] = f
	}
	return t, nil
}

func parseRange(word string) (Range, error) {
	first, last, both := strings.Cut(word, "-")
	if !both {
		last = first
	}
	a, err1 := strconv.Atoi(first)
	b, err2 := strconv.Atoi(last)
	if err1 != nil || err2 != nil || a < 0 || b < a {
		return Range{}, ErrFormat
	}
	return Range{a, b}, nil
}

// Read reads every tape of the repository in files, by name.
func Read(files fs.FS) ([]*Tape, error) {
	names, err := fs.Glob(files, Folder+"/*"+Ext)
	if err != nil {
		return nil, fmt.Errorf("tapes: %w", err)
	}
	tapes := make([]*Tape, 0, len(names))
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("tapes: %w", err)
		}
		t, err := Parse(strings.TrimSuffix(path.Base(name), Ext), string(text))
		if err != nil {
			return nil, err
		}
		tapes = append(tapes, t)
	}
	return tapes, nil
}
