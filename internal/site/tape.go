package site

import (
	"strings"

	"github.com/plumemq/plume/internal/tape"
	"github.com/plumemq/plume/internal/tracestore"
)

// tapeView says which tape lights a function's lines.
type tapeView struct {
	Name     string
	Exact    bool // it has the trace's very steps, and the same ones failed
	Same     bool // it has the trace's very steps
	Both, Of int  // steps that both have, of so many of the trace's
	Missing  bool // the tape does not have this function
	Stale    bool // the function has changed since
}

// tapeOf is the tape of the golden tree that a trace is most like.
func (s *Site) tapeOf(t *tracestore.Trace) (tape.Match, bool) {
	return tape.Find(s.cfg.Tapes, stepsIn(t))
}

// stepsIn are the ids of a trace's steps, with repetitions, and the marks of those that failed.
func stepsIn(t *tracestore.Trace) []string {
	var steps []string
	for _, span := range t.Spans {
		if step := span.Step(); step != "" {
			steps = append(steps, step)
			if span.Failed {
				steps = append(steps, tape.Failed(step))
			}
		}
	}
	return steps
}

// play lights the lines of a function that ran in the tape of the trace.
func (s *Site) play(code *codeView, t *tracestore.Trace) {
	if code == nil {
		return
	}
	m, ok := s.tapeOf(t)
	if !ok {
		return
	}
	code.Tape = &tapeView{Name: m.Name, Exact: m.Exact, Same: m.Same, Both: m.Both, Of: m.Of}
	fn, ok := m.Functions[code.Symbol]
	switch {
	case !ok:
		code.Tape.Missing = true
	case fn.Hash != tape.Hash(bodyOf(code.Text, code.Start-code.DocLine)):
		code.Tape.Stale = true
	default:
		for i := range code.Lines {
			if line := &code.Lines[i]; line.Lit {
				line.Ran = fn.Ran(line.N - code.Start)
			}
		}
	}
}

// bodyOf is a function's text without the lines of its doc comment.
func bodyOf(text string, doc int) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[min(doc, len(lines)):], "")
}
