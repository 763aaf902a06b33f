package site

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/site/story"
	"github.com/plumemq/plume/internal/site/words"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/walkthrough"
)

// mostTraces bounds how many traces one journey is stitched from.
const mostTraces = 12

// journeyView is a message's whole way on one axis.
type journeyView struct {
	shell
	Trace  string
	Name   string
	Took   string
	Traces int
	Stages []stage
	Ticks  []tick
	Legend []service
}

// stage is one part of the way: spans of one trace that do one job.
type stage struct {
	ID    string // "send"
	Title string
	What  string
	Trace string
	Own   bool // of the message's own trace, not of a linked one
	From  string
	Took  string
	Rows  []row

	start, end int64
	spans      []*tracestore.Span
}

// station is a kind of stage and what starts it.
type station struct {
	id     string // its words are journey.id and journey.id.what
	starts func(*tracestore.Span) bool
}

func stepIs(id string) func(*tracestore.Span) bool {
	return func(s *tracestore.Span) bool { return s.Step() == id }
}

// stations are the stages in the order of the way; a span belongs to the nearest one above it in its tree.
var stations = []station{ //nolint:gochecknoglobals // a table that never changes
	{"send", stepIs("producer.send")},
	{"route", func(s *tracestore.Span) bool {
		return strings.HasPrefix(s.Step(), "remoting.server.GET_ROUTEINFO")
	}},
	{"store", func(s *tracestore.Span) bool {
		return strings.HasPrefix(s.Step(), "remoting.server.SEND_")
	}},
	{"flush", stepIs("commitlog.doCommit")},
	{"dispatch", stepIs("store.doReput")},
	{"pull", stepIs("consumer.pullMessage")},
	{"consume", stepIs("consumer.process")},
	{"back", func(s *tracestore.Span) bool {
		return strings.HasPrefix(s.Step(), "remoting.server.CONSUMER_SEND_MSG_BACK")
	}},
	{"deliver", stepIs("schedule.deliver")},
}

// stationOf is the index of the station that a span starts, or -1.
func stationOf(span *tracestore.Span) int {
	return slices.IndexFunc(stations, func(st station) bool { return st.starts(span) })
}

// journey shows a message's whole way: its own trace, and those that links join to it.
func (s *Site) journey(w http.ResponseWriter, r *http.Request) {
	t, ok := s.traceNamed(r.PathValue("id"))
	if !ok {
		s.missing(w, r, "missing.trace")
		return
	}
	t = s.origin(t)
	traces := s.stitch(t)
	view := journeyView{
		shell: s.shell(r, words.Say(langOf(r), "journey.title")+" "+t.Root.Name, "traces"), Trace: t.ID.String(), Name: t.Root.Name, Traces: len(traces),
	}
	var stages []stage
	for _, trace := range traces {
		stages = append(stages, stagesOf(langOf(r), trace, trace.ID == t.ID)...)
	}
	slices.SortStableFunc(stages, func(a, b stage) int {
		return cmp.Or(cmp.Compare(rank(a.ID), rank(b.ID)), cmp.Compare(a.start, b.start))
	})
	view.lay(stages, t)
	s.page(w, r, http.StatusOK, "journey", view)
}

func rank(id string) int {
	i := slices.IndexFunc(stations, func(st station) bool { return st.id == id })
	if i < 0 {
		return len(stations)
	}
	return i
}

// origin is the trace of the message that background work, such as a dispatch, is linked to; a message's own trace is its own.
func (s *Site) origin(t *tracestore.Trace) *tracestore.Trace {
	if t.Message && t.ByStep("producer.send") != nil {
		return t
	}
	for _, span := range t.Spans {
		for _, l := range span.Links {
			if to, ok := s.cfg.Store.Trace(l.TraceID); ok && to.ByStep("producer.send") != nil {
				return to
			}
		}
	}
	return t
}

// stitch gathers the traces that links join to a message's: those that it names, and those that name it. Of a trace that served many
// messages only its own spans count, not where its other links lead.
func (s *Site) stitch(t *tracestore.Trace) []*tracestore.Trace {
	traces := []*tracestore.Trace{t}
	add := func(other *tracestore.Trace) {
		if len(traces) < mostTraces && !slices.ContainsFunc(traces, func(have *tracestore.Trace) bool { return have.ID == other.ID }) {
			traces = append(traces, other)
		}
	}
	for _, span := range t.Spans {
		for _, l := range span.Links {
			if other, ok := s.cfg.Store.Trace(l.TraceID); ok {
				add(other)
			}
		}
	}
	for _, other := range s.cfg.Store.LinkedFrom(t.ID) {
		add(other)
	}
	return traces
}

// stagesOf divides a trace at the spans that start a station.
func stagesOf(lang walkthrough.Lang, t *tracestore.Trace, own bool) []stage {
	var out []stage
	var visit func(b *branch, into int)
	visit = func(b *branch, into int) {
		if b.Span != nil {
			if st := stationOf(b.Span); st >= 0 {
				word := "journey." + stations[st].id
				out = append(out, stage{ID: stations[st].id, Title: words.Say(lang, word), What: words.Say(lang, word+".what"), Trace: t.ID.String(), Own: own})
				into = len(out) - 1
			}
			if into < 0 {
				out = append(out, stage{ID: "other", Title: t.Root.Name, Trace: t.ID.String(), Own: own})
				into = len(out) - 1
			}
			out[into].take(b.Span)
		}
		for _, child := range b.children {
			visit(child, into)
		}
	}
	visit(treeOf(t), -1)
	return out
}

func (st *stage) take(span *tracestore.Span) {
	if len(st.spans) == 0 {
		st.start, st.end = span.Start, span.End
	}
	st.start, st.end = min(st.start, span.Start), max(st.end, span.End)
	st.spans = append(st.spans, span)
}

// lay puts the stages on one axis, which begins with the message: of a poll that waited since before, only the rest shows.
func (v *journeyView) lay(stages []stage, t *tracestore.Trace) {
	a := axis{start: t.Start.UnixNano(), end: t.Start.UnixNano() + 1}
	for i := range stages {
		if end := stages[i].end; stages[i].ID != "deliver" || end-a.start < int64(time.Minute) {
			a.end = max(a.end, end)
		}
	}
	paint := &painter{colors: map[string]int{}}
	for _, st := range stages {
		st.From, st.Took = story.Took(time.Duration(st.start-a.start)), story.Took(time.Duration(st.end-st.start))
		if st.start < a.start {
			st.From = "−" + story.Took(time.Duration(a.start-st.start))
		}
		st.Rows = stageRows(&st, t, a, paint)
		v.Stages = append(v.Stages, st)
	}
	v.Ticks, v.Legend, v.Took = ticks(time.Duration(a.end-a.start)), paint.list, story.Took(time.Duration(a.end-a.start))
}

// stageRows are a stage's spans as rows, as deep as they are below the stage's first.
func stageRows(st *stage, t *tracestore.Trace, a axis, paint *painter) []row {
	depth := map[tracestore.SpanID]int{}
	out := make([]row, 0, len(st.spans))
	for i, span := range st.spans {
		r := newRow(span, t, a, paint)
		if above, ok := depth[span.Parent]; ok {
			r.Depth = above + 1
		}
		depth[span.SpanID] = r.Depth
		if i > 0 && span.Parent.IsValid() {
			r.Parent = span.Parent.String()
		}
		out = append(out, r)
	}
	return out
}
