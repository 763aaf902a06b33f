package site

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/plumemq/plume/internal/site/story"
	"github.com/plumemq/plume/internal/tracestore"
)

// Sizes of the sequence diagram, in SVG units.
const (
	laneWidth = 190
	laneLeft  = 100
	rowHeight = 34
	headSpace = 56
)

// sequenceView is a diagram drawn from a trace alone: one lane per service, an arrow for each span whose parent is elsewhere, one for each
// answer that reached its call, and one that ends nowhere for each call that reached nobody.
type sequenceView struct {
	Width, Height int
	Lanes         []lane
	Arrows        []arrow
}

type lane struct {
	X     int
	Name  string
	Color int
}

type arrow struct {
	X1, X2, Y   int
	Label       string
	Took        string // of a call
	Trace, Span string
	Failed      bool
	Dashed      bool // a link, or the message's own way to the consumer, rather than a call
	Answer      bool // to a call
	Lost        bool // a call that reached nobody
	Mid         int
	at          int64 // when
}

// newSequence draws the calls between services, their answers and the links from background work, in the order in which they happened.
func newSequence(t *tracestore.Trace, linked []*tracestore.Trace) sequenceView {
	d := &sequenceDrawing{trace: t, lanes: map[string]int{}, reached: map[tracestore.SpanID]bool{}}
	for _, s := range t.Spans {
		if parent := t.Span(s.Parent); parent != nil && parent.Resource.Service != s.Resource.Service {
			d.reached[parent.SpanID] = true
		}
	}
	d.at(t.Root.Resource.Service)
	for _, s := range t.Spans {
		d.span(s)
	}
	for _, l := range linked {
		x := d.at(l.Root.Resource.Service)
		d.add(arrow{X1: x, X2: x + laneWidth/3, Dashed: true, at: l.Root.Start}, l.Root)
	}
	return d.view()
}

type sequenceDrawing struct {
	trace   *tracestore.Trace
	lanes   map[string]int             // where a service's lane is
	reached map[tracestore.SpanID]bool // spans with a child in another service
	sequenceView
}

// at is where a service's lane is; a new one goes to the right.
func (d *sequenceDrawing) at(service string) int {
	if _, ok := d.lanes[service]; !ok {
		d.lanes[service] = laneLeft + laneWidth*len(d.lanes)
		d.Lanes = append(d.Lanes, lane{X: d.lanes[service], Name: service, Color: len(d.Lanes) % 8})
	}
	return d.lanes[service]
}

// span draws the arrows that a span is the reason for.
func (d *sequenceDrawing) span(s *tracestore.Span) {
	parent := d.trace.Span(s.Parent)
	from := parent
	if stored := d.trace.ByStep("store.asyncPutMessage"); s.Kind == tracestore.KindConsumer && stored != nil {
		from = stored // it came from the broker's disk, whoever its parent is
	}
	if from != nil && from.Resource.Service != s.Resource.Service {
		d.add(arrow{X1: d.at(from.Resource.Service), X2: d.at(s.Resource.Service), Dashed: s.Kind != tracestore.KindServer, at: s.Start}, s)
		if e := from.Event("response.matched"); e != nil && s.Kind == tracestore.KindServer {
			a := arrow{X1: d.at(s.Resource.Service), X2: d.at(from.Resource.Service), Answer: true, Label: from.Attr("rpc.response.status_code"), at: e.Time}
			d.add(a, from)
		}
	}
	if s.Failed && !d.reached[s.SpanID] && (s.Kind == tracestore.KindClient || s.Step() == "remoting.getAndCreateChannel") {
		x := d.at(s.Resource.Service)
		d.add(arrow{X1: x, X2: x + laneWidth/3, Lost: true, at: s.Start}, s)
	}
}

func (d *sequenceDrawing) add(a arrow, s *tracestore.Span) {
	if !a.Answer {
		a.Label, a.Took = s.Name, story.Took(s.Duration())
	}
	a.Failed, a.Mid = s.Failed, (a.X1+a.X2)/2
	a.Trace, a.Span = s.TraceID.String(), s.SpanID.String()
	d.Arrows = append(d.Arrows, a)
}

// view is what was drawn, one arrow below the other in the order of their times.
func (d *sequenceDrawing) view() sequenceView {
	v := d.sequenceView
	slices.SortStableFunc(v.Arrows, func(a, b arrow) int { return cmp.Compare(a.at, b.at) })
	v.Height = headSpace
	for i := range v.Arrows {
		v.Height += rowHeight
		v.Arrows[i].Y = v.Height - rowHeight/3
	}
	v.Width = laneLeft*2 + laneWidth*max(0, len(v.Lanes)-1)
	return v
}

// sequence answers with the diagram alone, for the page's script.
func (s *Site) sequence(w http.ResponseWriter, r *http.Request) {
	id, ok := tracestore.ParseTraceID(r.PathValue("id"))
	t, found := s.cfg.Store.Trace(id)
	if !ok || !found {
		http.Error(w, "no such trace in the store", http.StatusNotFound)
		return
	}
	s.part(w, r, "sequence", newSequence(t, related(t, s.cfg.Store.LinkedFrom(id))))
}
