package site

import (
	"github.com/plumemq/plume/internal/site/words"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/walkthrough"
)

// presetView is a comparison worth a click.
type presetView struct {
	Label string
	A, B  string // trace ids; "" when the store has none of the kind
	Need  string // what to do so that it has
}

// chooser says whether a trace is of a kind.
type chooser func(*tracestore.Trace) bool

// presets pick the newest traces that show a difference best.
func (s *Site) presets(lang walkthrough.Lang) []presetView {
	traces := s.sends()
	warm := all(mode("sync"), not(asked), not(hurt))
	presets := []struct {
		id   string // its words are compare.id and compare.id.need
		a, b chooser
	}{
		{"cold", all(mode("sync"), asked, not(hurt), not(unheardOf)), warm},
		{"async", warm, all(mode("async"), not(hurt))},
		{"oneway", warm, all(mode("oneway"), not(hurt))},
		{"unknown", warm, unheardOf},
		{"fault", all(not(hurt), not(asked)), all(hurt, not(unheardOf))},
	}
	views := make([]presetView, 0, len(presets))
	for _, p := range presets {
		views = append(views, presetView{Label: words.Say(lang, "compare."+p.id), Need: words.Say(lang, "compare."+p.id+".need"), A: newest(traces, p.a), B: newest(traces, p.b)})
	}
	return views
}

// sends are the newest complete traces of a send, newest first.
func (s *Site) sends() []*tracestore.Trace {
	var out []*tracestore.Trace
	for _, sum := range s.cfg.Store.List(tracestore.Filter{Kind: tracestore.Messages, Complete: true, Limit: 200}) {
		if t, ok := s.cfg.Store.Trace(sum.ID); ok && t.ByStep("producer.send") != nil {
			out = append(out, t)
		}
	}
	return out
}

func newest(traces []*tracestore.Trace, of chooser) string {
	for _, t := range traces {
		if of(t) {
			return t.ID.String()
		}
	}
	return ""
}

func mode(want string) chooser {
	return func(t *tracestore.Trace) bool { return t.Root.Attr("rocketmq.communication_mode") == want }
}

// asked says whether a name server was asked for the route.
func asked(t *tracestore.Trace) bool { return t.ByStep("namesrv.pickupTopicRouteData") != nil }

// hurt says whether something failed in it.
func hurt(t *tracestore.Trace) bool { return t.Failed > 0 }

// unheardOf says whether the route of the template topic was asked for.
func unheardOf(t *tracestore.Trace) bool {
	for _, span := range t.Spans {
		if span.Attr("rocketmq.route.default_topic") == "true" {
			return true
		}
	}
	return false
}

func not(c chooser) chooser { return func(t *tracestore.Trace) bool { return !c(t) } }

func all(cs ...chooser) chooser {
	return func(t *tracestore.Trace) bool {
		for _, c := range cs {
			if !c(t) {
				return false
			}
		}
		return true
	}
}
