package site

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/site/story"
	"github.com/plumemq/plume/internal/site/words"
	"github.com/plumemq/plume/internal/tracestore"
)

// compareView is two traces side by side, step by step.
type compareView struct {
	shell
	A, B    *sideView // nil while it is not chosen
	Rows    []pairView
	Only    [2]int // steps in A alone, in B alone
	Lines   []diffView
	Presets []presetView
	List    []item // to choose the missing side from
	Why     string // why there is nothing to compare
}

// sideView is one of the two traces.
type sideView struct {
	ID, Title string
	Took      string
	Spans     int
	Tape      string
	When      time.Time
}

// pairView is a step as it went in A, in B, or in both.
type pairView struct {
	Depth      int
	A, B       *cellView
	Name       string
	Instead    string // B's name, when another step did the same job there
	Difference string // how much longer B took: "+1.2 ms"
	Slower     bool
	Widths     [2]float64 // of the two bars, in percent of the longer trace
}

type cellView struct {
	Trace, Span string
	Took        string
	Failed      bool
}

// compare aligns the traces ?a= and ?b=; without both it offers what to compare.
func (s *Site) compare(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	view := compareView{shell: s.shell(r, "nav.compare", "compare"), Presets: s.presets(langOf(r))}
	a, okA := s.traceNamed(q.Get("a"))
	b, okB := s.traceNamed(q.Get("b"))
	switch {
	case !okA && q.Get("a") != "", !okB && q.Get("b") != "":
		view.Why = words.Say(langOf(r), "compare.gone")
	case okA:
		view.A = s.side(a)
	}
	if okB {
		view.B = s.side(b)
	}
	if okA && okB {
		view.Title = words.Say(langOf(r), "compare.against", a.Root.Name, b.Root.Name) + " · Plume"
		view.Rows, view.Only = pairs(a, b)
		view.Lines = s.lineDifferences(a, b)
	} else {
		for _, sum := range s.cfg.Store.List(tracestore.Filter{Limit: 40, Kind: tracestore.Messages}) {
			view.List = append(view.List, newItem(sum, ""))
		}
	}
	s.page(w, r, http.StatusOK, "compare", view)
}

func (s *Site) traceNamed(id string) (*tracestore.Trace, bool) {
	parsed, ok := tracestore.ParseTraceID(id)
	if !ok {
		return nil, false
	}
	return s.cfg.Store.Trace(parsed)
}

func (s *Site) side(t *tracestore.Trace) *sideView {
	it := newItem(t.Summary, "")
	v := &sideView{ID: it.ID, Title: it.Title, Took: it.Took, Spans: it.Spans, When: it.When}
	if m, ok := s.tapeOf(t); ok {
		v.Tape = m.Name
	}
	return v
}

// branch is a span with its children in the order of their starts.
type branch struct {
	*tracestore.Span
	children []*branch
}

// treeOf joins a trace's roots under one branch without a span.
func treeOf(t *tracestore.Trace) *branch {
	all := map[tracestore.SpanID]*branch{}
	for _, span := range t.Spans {
		all[span.SpanID] = &branch{Span: span}
	}
	top := &branch{}
	for _, span := range t.Spans {
		parent := all[span.Parent]
		if parent == nil || span.Parent == span.SpanID {
			parent = top
		}
		parent.children = append(parent.children, all[span.SpanID])
	}
	return top
}

// pairs walks both trees at once.
func pairs(a, b *tracestore.Trace) (rows []pairView, only [2]int) {
	longest := max(a.Duration, b.Duration, 1)
	var walk func(a, b []*branch, depth int)
	walk = func(a, b []*branch, depth int) {
		for _, p := range align(a, b) {
			row := newPair(p[0], p[1], depth, longest)
			if row.A == nil {
				only[1]++
			}
			if row.B == nil {
				only[0]++
			}
			rows = append(rows, row)
			walk(p[0].kids(), p[1].kids(), depth+1)
		}
	}
	walk(treeOf(a).children, treeOf(b).children, 0)
	return rows, only
}

func (b *branch) kids() []*branch {
	if b == nil {
		return nil
	}
	return b.children
}

// align matches siblings in their order: the same step with the same, then what stands in between with what does a like job; the
// rest is in one of the two alone.
func align(a, b []*branch) [][2]*branch {
	var out [][2]*branch
	i, j := 0, 0
	for _, m := range longestCommon(a, b) {
		out = append(out, alignRest(a[i:m[0]], b[j:m[1]])...)
		out = append(out, [2]*branch{a[m[0]], b[m[1]]})
		i, j = m[0]+1, m[1]+1
	}
	return append(out, alignRest(a[i:], b[j:])...)
}

// longestCommon is the longest common subsequence of two lists of siblings, as pairs of indices.
func longestCommon(a, b []*branch) [][2]int {
	const most = 400 // siblings; past it the table would cost more than it tells
	a, b = a[:min(len(a), most)], b[:min(len(b), most)]
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if key(a[i]) == key(b[j]) {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var out [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case key(a[i]) == key(b[j]):
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return out
}

// key is what makes two spans the same step. Another program's span goes by its name.
func key(b *branch) string {
	if step := b.Step(); step != "" {
		return step
	}
	return b.Name
}

func alignRest(a, b []*branch) [][2]*branch {
	var out [][2]*branch
	for _, left := range a {
		i := slices.IndexFunc(b, func(right *branch) bool { return sameJob(key(left), key(right)) })
		if i < 0 {
			out = append(out, [2]*branch{left, nil})
			continue
		}
		for _, right := range b[:i] {
			out = append(out, [2]*branch{nil, right})
		}
		out = append(out, [2]*branch{left, b[i]})
		b = b[i+1:]
	}
	for _, right := range b {
		out = append(out, [2]*branch{nil, right})
	}
	return out
}

// sameJob says whether two steps are variants of one: api.sendMessageSync and api.sendMessageAsync.
func sameJob(a, b string) bool {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	const least = 5 // letters of the name itself
	return n-strings.LastIndexByte(a[:n], '.')-1 >= least || (catalog.Family(a) == catalog.Family(b) && strings.HasSuffix(catalog.Family(a), "*"))
}

func newPair(a, b *branch, depth int, longest time.Duration) pairView {
	row := pairView{Depth: depth}
	row.A, row.Widths[0] = newCell(a, longest)
	row.B, row.Widths[1] = newCell(b, longest)
	switch {
	case a == nil:
		row.Name = b.Name
	case b == nil:
		row.Name = a.Name
	default:
		row.Name = a.Name
		if key(a) != key(b) {
			row.Instead = b.Name
		}
		more := b.Duration() - a.Duration()
		row.Slower = more > 0
		row.Difference = signed(more)
	}
	return row
}

func newCell(b *branch, longest time.Duration) (*cellView, float64) {
	if b == nil {
		return nil, 0
	}
	return &cellView{Trace: b.TraceID.String(), Span: b.SpanID.String(), Took: story.Took(b.Duration()), Failed: b.Failed},
		min(100, max(0.5, 100*float64(b.Duration())/float64(longest)))
}

func signed(d time.Duration) string {
	if d < 0 {
		return "−" + story.Took(-d)
	}
	return "+" + story.Took(d)
}
