package site

import (
	"encoding/json"
	"html/template"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/site/story"
	"github.com/plumemq/plume/internal/tape"
	"github.com/plumemq/plume/internal/tracestore"
)

// codeView is a file with one function lit.
type codeView struct {
	catalog.Function
	Lines []codeLine
	Prose string // the doc comment
	Tape  *tapeView
	Apart bool // its lines are on the file's own page only
}

// codeLine is one line of source, with the child spans that it started.
type codeLine struct {
	N     int
	HTML  template.HTML
	Lit   bool
	Ran   bool // as the tape has it
	First bool // the function's own first line
	Calls []callView
}

// callView says how long a call on a line took in this very trace.
type callView struct {
	Trace, Span string
	Name        string
	Took        string
	Failed      bool
}

// childCalls maps the symbol of each function that span called, as far as it made spans of its own, to those spans. What another
// service did is not among them: its own span's caller is.
func childCalls(t *tracestore.Trace, span *tracestore.Span) map[string][]callView {
	calls := map[string][]callView{}
	for _, c := range t.Spans {
		if c.Parent != span.SpanID || c.Resource.Service != span.Resource.Service {
			continue
		}
		if symbol := c.Attr("code.function.name"); symbol != "" {
			calls[symbol] = append(calls[symbol], callView{
				Trace: t.ID.String(), Span: c.SpanID.String(), Name: c.Name, Took: story.Took(c.Duration()), Failed: c.Failed,
			})
		}
	}
	return calls
}

// codeOf is the file of a function with the function lit; nil when the source is not ours.
func (s *Site) codeOf(symbol string, calls map[string][]callView) *codeView {
	if symbol == "" {
		return nil
	}
	fn, err := s.cfg.Catalog.Function(symbol)
	if err != nil {
		return nil // another program's span
	}
	lines, err := s.code.lines(fn.File)
	if err != nil {
		return nil // likewise: found nowhere, nothing to show
	}
	text, err := s.cfg.Catalog.File(fn.File)
	if err != nil {
		return nil // likewise
	}
	code := &codeView{Function: fn, Prose: fn.Doc, Apart: s.cfg.Static}
	plain := strings.Split(text, "\n")
	direct := directCalls(plain[fn.Start:min(fn.End, len(plain))], calls)
	for i, html := range lines {
		n := i + 1
		line := codeLine{N: n, HTML: html, Lit: n >= fn.Start && n <= fn.End, First: n == fn.Start}
		if n > fn.Start && n <= fn.End && i < len(plain) {
			line.Calls = slices.Concat(direct[i-fn.Start], s.callsOn(path.Dir(fn.File), plain[i], calls))
		}
		code.Lines = append(code.Lines, line)
	}
	return code
}

// directCalls takes from calls those that a line makes by name, by the line's index; what is left is reached on detours.
func directCalls(lines []string, calls map[string][]callView) map[int][]callView {
	out := map[int][]callView{}
	for i, line := range lines {
		for _, name := range catalog.CallsIn(line) {
			for _, symbol := range slices.Sorted(maps.Keys(calls)) {
				if symbol[strings.LastIndexByte(symbol, '.')+1:] == name {
					out[i] = append(out[i], calls[symbol]...)
					delete(calls, symbol)
				}
			}
		}
	}
	return out
}

// detour is through how many functions of its own a function may reach what makes a child span.
const detour = 3

// callsOn finds the child spans that a line of source started: by the name that it calls, or that what it calls leads to. Each
// child is shown once, at the first such line.
func (s *Site) callsOn(folder, line string, calls map[string][]callView) []callView {
	if len(calls) == 0 {
		return nil
	}
	var out []callView
	for _, name := range catalog.CallsIn(line) {
		for _, symbol := range slices.Sorted(maps.Keys(calls)) {
			if s.leads(folder, name, symbol) {
				out = append(out, calls[symbol]...)
				delete(calls, symbol)
			}
		}
	}
	return out
}

// leads says whether a call of name in a package ends in the function with that symbol: directly, through the package's own
// functions, or through the front door of the function's package.
func (s *Site) leads(folder, name, symbol string) bool {
	target := symbol[strings.LastIndexByte(symbol, '.')+1:]
	if name == target || s.cfg.Catalog.Reaches(folder, name, target, detour) {
		return true
	}
	fn, err := s.cfg.Catalog.Function(symbol)
	return err == nil && path.Dir(fn.File) != folder && s.cfg.Catalog.Reaches(path.Dir(fn.File), name, target, 1)
}

// RanText is the function's lines that ran, as "0-3 5", counted from its first.
func (c *codeView) RanText() string {
	var offsets []int
	for i := range c.Lines {
		if c.Lines[i].Ran {
			offsets = append(offsets, c.Lines[i].N-c.Start)
		}
	}
	return ranges(offsets)
}

// ranges writes numbers as "0-3 5".
func ranges(numbers []int) string {
	var out []string
	for _, r := range tape.Ranges(numbers) {
		out = append(out, r.String())
	}
	return strings.Join(out, " ")
}

// CallsText is the calls on the function's lines, in JSON.
func (c *codeView) CallsText() (string, error) {
	type call struct {
		N      int    `json:"n"`
		Trace  string `json:"trace"`
		Span   string `json:"span"`
		Name   string `json:"name"`
		Took   string `json:"took"`
		Failed bool   `json:"failed,omitempty"`
	}
	var calls []call
	for i := range c.Lines {
		for _, v := range c.Lines[i].Calls {
			calls = append(calls, call{c.Lines[i].N, v.Trace, v.Span, v.Name, v.Took, v.Failed})
		}
	}
	if len(calls) == 0 {
		return "", nil
	}
	data, err := json.Marshal(calls)
	return string(data), err //nolint:wrapcheck // plain values: does not fail
}
