package story

import (
	"fmt"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/tracestore"
)

// Headline is the trace in one or two sentences.
func Headline(t *tracestore.Trace) string {
	root := t.ByStep("producer.send")
	if root == nil {
		return fmt.Sprintf("%s in %s, by %s.", plural(len(t.Spans), "span"), Took(t.Duration), services(t))
	}
	v := newView(t)
	out := fmt.Sprintf("%s in %s.", mode(root), Took(root.Duration()))
	if root.Failed {
		out = fmt.Sprintf("%s that failed after %s.", mode(root), Took(root.Duration()))
	}
	if asked := v.spent(root, "remoting.client.GET_ROUTEINFO_BY_TOPIC"); asked > 0 {
		share := 100 * float64(asked) / float64(max(1, root.Duration()))
		out += fmt.Sprintf(" Asking the name server took %.0f %% of it; the next send will not have to.", min(100, share))
	} else {
		out += " The name server was not needed."
	}
	if consumed := t.ByStep("consumer.process"); consumed != nil {
		out += fmt.Sprintf(" It reached a consumer %s after the send began.", Took(time.Duration(consumed.Start-root.Start)))
	}
	return out
}

func mode(root *tracestore.Span) string {
	switch root.Attr("rocketmq.communication_mode") {
	case "async":
		return "An async send"
	case "oneway":
		return "A one-way send"
	}
	return "A sync send"
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
