package site

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/site/story"
	"github.com/plumemq/plume/internal/tracestore"
)

// row is one line of the waterfall. Positions are percentages of the time axis.
type row struct {
	Trace, Span string // ids
	Parent      string // id of the row above it in the tree, "" for a root
	Depth       int
	Name        string
	Step        string
	Kind        string
	Service     string
	Color       int // of the service, 0 to 7
	Children    bool
	Failed      bool
	Offset      string
	Took        string
	X, W        float64
	Marks       []mark
	Links       int
	Selected    bool
}

// mark is an event on a row's bar.
type mark struct {
	X    float64
	Name string
}

// group is one trace's rows: the trace itself, then those that link to it.
type group struct {
	Trace  string
	Title  string // empty for the trace itself
	Rows   []row
	Within bool // its time lies on the axis
}

// tick is a line of the time axis.
type tick struct {
	X     float64
	Label string
}

// service is a legend entry.
type service struct {
	Name  string
	Color int
	Spans int
}

// waterfall is everything that the trace pane draws.
type waterfall struct {
	Groups   []group
	Ticks    []tick
	Services []service
	Total    int64 // nanoseconds on the axis
}

// axis maps times to percentages.
type axis struct{ start, end int64 }

func (a axis) x(at int64) float64 {
	if a.end <= a.start {
		return 0
	}
	return min(100, max(0, 100*float64(at-a.start)/float64(a.end-a.start)))
}

// painter numbers services in the order in which they appear.
type painter struct {
	colors map[string]int
	list   []service
}

func (p *painter) color(name string) int {
	if c, ok := p.colors[name]; ok {
		p.list[c].Spans++
		return p.list[c].Color
	}
	n := len(p.list)
	p.colors[name] = n
	p.list = append(p.list, service{Name: name, Color: n % 8, Spans: 1})
	return n % 8
}

// newWaterfall lays out a trace and those that link to it.
func newWaterfall(t *tracestore.Trace, linked []*tracestore.Trace, selected *tracestore.Span) waterfall {
	a := axis{start: t.Start.UnixNano(), end: t.Start.Add(t.Duration).UnixNano()}
	for _, l := range linked {
		a.end = max(a.end, l.Start.Add(l.Duration).UnixNano())
	}
	paint := &painter{colors: map[string]int{}}
	w := waterfall{Ticks: ticks(time.Duration(a.end - a.start)), Total: a.end - a.start}
	w.Groups = append(w.Groups, group{Trace: t.ID.String(), Rows: rows(t, a, paint, selected), Within: true})
	for _, l := range linked {
		w.Groups = append(w.Groups, group{
			Trace: l.ID.String(), Title: l.Root.Name, Rows: rows(l, a, paint, selected), Within: true,
		})
	}
	w.Services = paint.list
	return w
}

// related picks the traces that link to t and belong on its axis: those that began while it ran or shortly after. A long poll that
// began before is left to the links of its span.
func related(t *tracestore.Trace, linked []*tracestore.Trace) []*tracestore.Trace {
	const most = 6
	patience := max(50*time.Millisecond, t.Duration)
	var out []*tracestore.Trace
	for _, l := range linked {
		sinceStart, sinceEnd := l.Start.Sub(t.Start), l.Start.Add(l.Duration).Sub(t.Start.Add(t.Duration))
		if sinceStart >= 0 && sinceEnd <= patience && len(out) < most {
			out = append(out, l)
		}
	}
	return out
}

// rows walks the tree depth first, siblings by start.
func rows(t *tracestore.Trace, a axis, paint *painter, selected *tracestore.Span) []row {
	ids := map[tracestore.SpanID]bool{}
	for _, s := range t.Spans {
		ids[s.SpanID] = true
	}
	children := map[tracestore.SpanID][]*tracestore.Span{}
	for _, s := range t.Spans {
		parent := s.Parent
		if !ids[parent] || parent == s.SpanID {
			parent = tracestore.SpanID{}
		}
		children[parent] = append(children[parent], s)
	}
	out := make([]row, 0, len(t.Spans))
	var visit func(parent tracestore.SpanID, depth int)
	visit = func(parent tracestore.SpanID, depth int) {
		for _, s := range children[parent] {
			r := newRow(s, t, a, paint)
			r.Depth, r.Children, r.Selected = depth, len(children[s.SpanID]) > 0, s == selected
			if parent.IsValid() {
				r.Parent = parent.String()
			}
			out = append(out, r)
			visit(s.SpanID, depth+1)
		}
	}
	visit(tracestore.SpanID{}, 0)
	return out
}

func newRow(s *tracestore.Span, t *tracestore.Trace, a axis, paint *painter) row {
	r := row{
		Trace: s.TraceID.String(), Span: s.SpanID.String(), Name: s.Name, Step: s.Step(), Kind: string(s.Kind),
		Service: s.Resource.Service, Color: paint.color(s.Resource.Service), Failed: s.Failed,
		Offset: story.Took(time.Duration(s.Start - t.Start.UnixNano())), Took: story.Took(s.Duration()),
		X: a.x(s.Start), Links: len(s.Links),
	}
	r.W = max(0.25, a.x(s.End)-r.X)
	r.X = min(r.X, 99.75)
	for _, e := range s.Events {
		r.Marks = append(r.Marks, mark{X: a.x(e.Time), Name: e.Name})
	}
	return r
}

// ticks divides the axis into two to five round steps.
func ticks(total time.Duration) []tick {
	if total <= 0 {
		return nil
	}
	step := time.Duration(1)
	for total/step >= 5 {
		step = nextRound(step)
	}
	var out []tick
	for at := time.Duration(0); at <= total; at += step {
		label := "0"
		if at > 0 {
			label = roundLabel(at)
		}
		out = append(out, tick{X: 100 * float64(at) / float64(total), Label: label})
	}
	return out
}

// nextRound goes 1, 2, 5, 10, 20 ...
func nextRound(d time.Duration) time.Duration {
	lead := d
	for lead >= 10 {
		lead /= 10
	}
	if lead == 2 {
		return d / 2 * 5
	}
	return d * 2
}

func roundLabel(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%g s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%g ms", float64(d)/float64(time.Millisecond))
	case d >= time.Microsecond:
		return fmt.Sprintf("%g µs", float64(d)/float64(time.Microsecond))
	}
	return fmt.Sprintf("%d ns", d.Nanoseconds())
}

// item is one line of the list of traces.
type item struct {
	ID       string
	Title    string
	Service  string
	Services []service
	When     time.Time
	Took     string
	Spans    int
	Failed   bool // the whole of it
	Inside   int  // spans that failed in it
	Complete bool
	Message  bool
	Current  bool
	Under    []catalog.Text // the faults that were on meanwhile
}

// item is a trace's line, with the faults that it was recorded under.
func (s *Site) item(sum *tracestore.Summary, current string) item {
	it := newItem(*sum, current)
	it.Under = s.under(sum)
	return it
}

func newItem(s tracestore.Summary, current string) item {
	it := item{
		ID: s.ID.String(), Title: s.Root.Name, Service: s.Root.Resource.Service, When: s.Start, Took: story.Took(s.Duration),
		Spans: s.Spans, Failed: s.Root.Failed, Inside: s.Failed, Complete: s.Complete, Message: s.Message, Current: s.ID.String() == current,
	}
	if mode := s.Root.Attr("rocketmq.communication_mode"); mode != "" && mode != "sync" {
		it.Title += " · " + mode
	}
	counts := slices.Clone(s.Services)
	slices.SortFunc(counts, func(a, b tracestore.ServiceCount) int { return cmp.Compare(b.Spans, a.Spans) })
	for _, c := range counts {
		it.Services = append(it.Services, service{Name: c.Name, Spans: c.Spans})
	}
	return it
}
