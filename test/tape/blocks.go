package main

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/tape"
)

const module = "github.com/plumemq/plume/"

// block is a run of statements that the coverage build counts as one.
type block struct {
	file        string // relative to the module
	first, last int    // lines
	column      int    // of its start
}

// counts says how often each block has run.
type counts map[block]int

// readCounts reads a folder of counters.
func (s *source) readCounts(folder string) (counts, error) {
	text := filepath.Join(folder, "text")
	if out, err := exec.Command(s.covdata, "textfmt", "-i="+folder, "-o="+text).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("covdata: %w: %s", err, out)
	}
	data, err := os.ReadFile(text)
	if err != nil {
		return nil, err
	}
	out := counts{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "mode:") {
			continue
		}
		b, n, err := parseBlock(lines.Text())
		if err != nil {
			return nil, err
		}
		out[b] += n
	}
	return out, lines.Err()
}

// parseBlock reads "github.com/plumemq/plume/a/b.go:10.20,12.3 2 5": from line and column, to line and column, statements, runs.
func parseBlock(line string) (block, int, error) {
	file, rest, ok := strings.Cut(strings.TrimPrefix(line, module), ":")
	words := strings.FieldsFunc(rest, func(r rune) bool { return r == '.' || r == ',' || r == ' ' })
	if !ok || len(words) != 6 {
		return block{}, 0, fmt.Errorf("not a line of coverage: %q", line)
	}
	var n [6]int
	for i, word := range words {
		var err error
		if n[i], err = strconv.Atoi(word); err != nil {
			return block{}, 0, fmt.Errorf("not a line of coverage: %q", line)
		}
	}
	return block{file: file, first: n[0], column: n[1], last: n[2]}, n[5], nil
}

// source finds functions and reads what ran of them.
type source struct {
	catalog *catalog.Catalog
	covdata string // the tool that reads counters
}

func newSource(dir string) (*source, error) {
	c, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	s := &source{catalog: c, covdata: filepath.Join(dir, "covdata")}
	if out, err := exec.Command("go", "build", "-o", s.covdata, "cmd/covdata").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("covdata: %w: %s", err, out)
	}
	return s, nil
}

// started is where spans of a function began, as the spans say it themselves.
type started map[string]map[int]bool

// tape makes the tape of one golden tree from what was recorded in a folder for each take.
func (s *source) tape(name string, folders []string) (*tape.Tape, error) {
	steps, functions, err := readSteps(filepath.Join(folders[0], "steps"))
	if err != nil {
		return nil, err
	}
	takes, all, err := s.takes(folders)
	if err != nil {
		return nil, err
	}
	ran := map[block]bool{}
	for b, n := range takes {
		ran[b] = n == len(folders)
	}
	t := &tape.Tape{Name: name, Steps: steps, Functions: map[string]tape.Function{}}
	for symbol, lines := range functions {
		fn, err := s.catalog.Function(symbol)
		if err != nil {
			continue // a function literal, or one of a test
		}
		if f := functionOf(&fn, lines, ran, all); len(f.Ranges) > 0 {
			t.Functions[fn.Symbol] = f
		}
		tellUnsteady(name, &fn, lines, takes, len(folders))
	}
	return t, nil
}

// tellUnsteady names the lines of a function that ran in some takes only: they are not on the tape, and whether they are left out may
// change from one recording to the next. A scenario in which that happens often wants to be arranged otherwise.
func tellUnsteady(name string, fn *catalog.Function, starts map[int]bool, takes map[block]int, of int) {
	for b, n := range takes {
		if n < of && b.file == fn.File && b.first >= fn.Start && b.last <= fn.End && !holds(fn, b, starts) {
			fmt.Fprintf(os.Stderr, "%s: lines %d-%d of %s ran in %d of %d takes: left out\n", name, b.first-fn.Start, b.last-fn.Start, fn.Symbol, n, of)
		}
	}
}

// takes says in how many takes each block ran, and which blocks there are.
func (s *source) takes(folders []string) (n map[block]int, all counts, err error) {
	n = map[block]int{}
	for _, folder := range folders {
		var ran map[block]bool
		if ran, all, err = s.difference(folder); err != nil {
			return nil, nil, err
		}
		for b := range ran {
			n[b]++
		}
	}
	return n, all, nil
}

func readSteps(file string) ([]string, started, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	steps, functions := map[string]bool{}, started{}
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		words := strings.Split(line, "\t")
		if len(words) != 4 || words[0] == "" || words[1] == "" {
			continue // another program's span, or a test's
		}
		steps[words[0]] = true
		if words[3] == "true" {
			steps[tape.Failed(words[0])] = true
		}
		n, err := strconv.Atoi(words[2])
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %q", file, line)
		}
		if functions[words[1]] == nil {
			functions[words[1]] = map[int]bool{}
		}
		functions[words[1]][n] = true
	}
	return slices.Sorted(maps.Keys(steps)), functions, nil
}

// difference is the blocks that ran between the counters before and after a tree's traces, and all blocks there are.
func (s *source) difference(folder string) (ran map[block]bool, all counts, err error) {
	ran = map[block]bool{}
	pairs, err := filepath.Glob(filepath.Join(folder, "*", "after"))
	if err != nil {
		return nil, nil, err
	}
	for _, after := range pairs {
		before, err := s.readCounts(filepath.Join(filepath.Dir(after), "before"))
		if err != nil {
			return nil, nil, err
		}
		if all, err = s.readCounts(after); err != nil {
			return nil, nil, err
		}
		for b, n := range all {
			if n > before[b] {
				ran[b] = true
			}
		}
	}
	return ran, all, nil
}

// functionOf gathers what ran of a function. The blocks up to where a span was started had run before the counters were first
// read, if the span was its trace's first; that they ran is certain, since the span is there.
func functionOf(fn *catalog.Function, starts map[int]bool, ran map[block]bool, all counts) tape.Function {
	lines := map[int]bool{}
	for b := range all {
		if b.file != fn.File || b.first < fn.Start || b.last > fn.End {
			continue
		}
		if !ran[b] && !holds(fn, b, starts) {
			continue
		}
		for n := b.first; n <= b.last; n++ {
			lines[n-fn.Start] = true
		}
	}
	_, text, _ := cutLines(fn.Text, fn.Start-fn.DocLine)
	return tape.Function{Hash: tape.Hash(text), Ranges: tape.Ranges(slices.Sorted(maps.Keys(lines)))}
}

// holds says whether a block is the function's first or has a line on which a span was started.
func holds(fn *catalog.Function, b block, starts map[int]bool) bool {
	if b.first == fn.Start {
		return true
	}
	for n := range starts {
		if b.first <= n && n <= b.last {
			return true
		}
	}
	return false
}

// cutLines splits text after its first n lines.
func cutLines(text string, n int) (before, after string, ok bool) {
	rest := text
	for range n {
		_, rest, ok = strings.Cut(rest, "\n")
		if !ok {
			return text, "", false
		}
	}
	return text[:len(text)-len(rest)], rest, true
}
