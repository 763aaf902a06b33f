package site

import (
	"maps"
	"slices"
	"strings"

	"github.com/plumemq/plume/internal/tape"
	"github.com/plumemq/plume/internal/tracestore"
)

// diffView is a function of which other lines ran in A than in B, as the two tapes have it.
type diffView struct {
	Name, File string
	Start      int
	Lines      []diffLine // none: the function ran in one of the two alone
	OnlyA      bool       // the whole function
	OnlyB      bool
}

type diffLine struct {
	codeLine
	A, B bool // it ran there
}

// lineDifferences compares the tapes of two traces, function by function.
func (s *Site) lineDifferences(a, b *tracestore.Trace) []diffView {
	ta, okA := s.tapeOf(a)
	tb, okB := s.tapeOf(b)
	if !okA || !okB || ta.Name == tb.Name {
		return nil
	}
	symbols := maps.Clone(ta.Functions)
	maps.Copy(symbols, tb.Functions)
	var whole, partly []diffView
	for _, symbol := range slices.Sorted(maps.Keys(symbols)) {
		fa, inA := ta.Functions[symbol]
		fb, inB := tb.Functions[symbol]
		if inA && inB && slices.Equal(fa.Ranges, fb.Ranges) {
			continue
		}
		code := s.codeOf(symbol, nil)
		if code == nil || symbols[symbol].Hash != tape.Hash(bodyOf(code.Text, code.Start-code.DocLine)) {
			continue // changed since: the tape does not know it
		}
		d := diffView{Name: symbol[strings.LastIndexByte(symbol, '/')+1:], File: code.File, Start: code.Start, OnlyA: !inB, OnlyB: !inA}
		if !inA || !inB {
			whole = append(whole, d)
			continue
		}
		for _, line := range code.Lines {
			if n := line.N - code.Start; line.Lit {
				d.Lines = append(d.Lines, diffLine{codeLine: line, A: fa.Ran(n), B: fb.Ran(n)})
			}
		}
		partly = append(partly, d)
	}
	return append(partly, whole...)
}
