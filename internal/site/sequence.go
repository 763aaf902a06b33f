package site

import (
	"net/http"

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

// sequenceView is a diagram drawn from a trace alone: one lane per service, one arrow per span whose parent is elsewhere.
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
	Took        string
	Trace, Span string
	Failed      bool
	Dashed      bool // a link, or the message's own way to the consumer, rather than a call
	Mid         int
}

// newSequence draws the calls between services, and the links from background work, in the order of their starts.
func newSequence(t *tracestore.Trace, linked []*tracestore.Trace) sequenceView {
	v := sequenceView{Height: headSpace}
	lanes := map[string]int{}
	at := func(service string) int {
		if _, ok := lanes[service]; !ok {
			lanes[service] = laneLeft + laneWidth*len(lanes)
			v.Lanes = append(v.Lanes, lane{X: lanes[service], Name: service, Color: len(v.Lanes) % 8})
		}
		return lanes[service]
	}
	services := map[tracestore.SpanID]string{}
	for _, s := range t.Spans {
		services[s.SpanID] = s.Resource.Service
	}
	at(t.Root.Resource.Service)
	stored := t.ByStep("store.asyncPutMessage")
	for _, s := range t.Spans {
		from, ok := services[s.Parent]
		if s.Kind == tracestore.KindConsumer && stored != nil {
			from, ok = stored.Resource.Service, true // it came from the broker's disk, whoever its parent is
		}
		if !ok || from == s.Resource.Service {
			continue
		}
		v.add(arrow{X1: at(from), X2: at(s.Resource.Service), Dashed: s.Kind != tracestore.KindServer}, s)
	}
	for _, l := range linked {
		x := at(l.Root.Resource.Service)
		v.add(arrow{X1: x, X2: x + laneWidth/3, Dashed: true}, l.Root)
	}
	v.Width = laneLeft*2 + laneWidth*max(0, len(v.Lanes)-1)
	return v
}

func (v *sequenceView) add(a arrow, s *tracestore.Span) {
	v.Height += rowHeight
	a.Y = v.Height - rowHeight/3
	a.Label, a.Took, a.Failed = s.Name, story.Took(s.Duration()), s.Failed
	a.Trace, a.Span = s.TraceID.String(), s.SpanID.String()
	a.Mid = (a.X1 + a.X2) / 2
	v.Arrows = append(v.Arrows, a)
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
