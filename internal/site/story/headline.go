package story

import (
	"strconv"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/walkthrough"
)

// Headline is the trace in one or two sentences.
func Headline(t *tracestore.Trace, lang walkthrough.Lang) string {
	v := newView(t, lang)
	root := t.ByStep("producer.send")
	if root == nil {
		return v.say("story.head.background", len(t.Spans), Took(t.Duration), services(t))
	}
	out := v.say("story.head.send", v.mode(root), Took(root.Duration()))
	if root.Failed {
		out = v.say("story.head.failed", v.mode(root), Took(root.Duration()))
	}
	if asked := v.spent(root, "remoting.client.GET_ROUTEINFO_BY_TOPIC"); asked > 0 {
		share := 100 * float64(asked) / float64(max(1, root.Duration()))
		out += v.say("story.head.asked", strconv.FormatFloat(min(100, share), 'f', 0, 64))
	} else {
		out += v.say("story.head.warm")
	}
	if consumed := t.ByStep("consumer.process"); consumed != nil {
		out += v.say("story.head.consumed", Took(time.Duration(consumed.Start-root.Start)))
	}
	return out
}

func (v *view) mode(root *tracestore.Span) string {
	switch mode := root.Attr("rocketmq.communication_mode"); mode {
	case "async", "oneway":
		return v.say("story.head." + mode)
	}
	return v.say("story.head.sync")
}

func services(t *tracestore.Trace) string {
	names := make([]string, len(t.Services))
	for i, s := range t.Services {
		names[i] = "`" + s.Name + "`"
	}
	return strings.Join(names, ", ")
}

// spent is the time of all descendants of s with that step.
func (v *view) spent(s *tracestore.Span, step string) time.Duration {
	var sum time.Duration
	for _, c := range v.children[s.SpanID] {
		if c.Step() == step {
			sum += c.Duration()
			continue
		}
		sum += v.spent(c, step)
	}
	return sum
}
