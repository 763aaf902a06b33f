package demo

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/tracestore"
)

// Record sends one message in each mode that [Start] has not used yet and waits until the traces are complete, so that there is one of
// each kind to show.
func (d *Demo) Record(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var sent []string
	for _, mode := range d.sender.Modes() {
		if mode.ID == modeSync || mode.ID == modeNewTopic {
			continue
		}
		id, err := d.sender.Send(ctx, mode.ID)
		if err != nil {
			return fmt.Errorf("record %s: %w", mode.ID, err)
		}
		sent = append(sent, id)
	}
	for !d.settled(sent) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("record: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// settled says whether the traces of what was sent have arrived, and those before them, and are complete, every message consumed. A
// message to a topic that nobody subscribes to need not be.
func (d *Demo) settled(sent []string) bool {
	for _, id := range sent {
		trace, ok := tracestore.ParseTraceID(id)
		if _, there := d.store.Trace(trace); !ok || !there {
			return false
		}
	}
	for _, sum := range d.store.List(tracestore.Filter{Kind: tracestore.Messages}) {
		consumed := sum.Has(serviceConsumer) || sum.Root.Attr("messaging.destination.name") != Topic
		if !sum.Complete || !consumed {
			return false
		}
	}
	return true
}

// Export writes the site with the traces that the demo has to a folder, as files that need no server; see [site.Site.Export].
func (d *Demo) Export(ctx context.Context, dir, base string) (int, error) {
	cfg := d.web.Pages()
	cfg.Store = d.told()
	cfg.Static, cfg.Sender, cfg.Metrics, cfg.Meter = true, nil, nil, nil
	pages, err := site.New(cfg)
	if err != nil {
		return 0, err //nolint:wrapcheck // it is this binary's own
	}
	return pages.Export(ctx, dir, base) //nolint:wrapcheck // says it all
}

// told is a store with what the messages' traces tell, and no more: each message's own trace, its dispatch, and the pull that brought
// it. Pulls link on to other pulls, and so to everything that ever happened. Traces and spans are numbered anew, the oldest first: random
// ids do not compress, and there are three or four on every line of a page.
func (d *Demo) told() *tracestore.Store {
	out := tracestore.New(tracestore.Config{})
	have, ids := map[tracestore.TraceID]bool{}, &numbers{traces: map[tracestore.TraceID]tracestore.TraceID{}, spans: map[tracestore.SpanID]tracestore.SpanID{}}
	add := func(id tracestore.TraceID) {
		if t, ok := d.store.Trace(id); ok && !have[id] {
			have[id] = true
			out.Add(ids.renumbered(t.Spans))
		}
	}
	for _, sum := range slices.Backward(d.store.List(tracestore.Filter{Kind: tracestore.Messages})) {
		t, ok := d.store.Trace(sum.ID)
		if !ok {
			continue
		}
		add(t.ID)
		for _, from := range d.store.LinkedFrom(t.ID) {
			if from.ByStep("store.doReput") != nil {
				add(from.ID)
			}
		}
		if process := t.ByStep("consumer.process"); process != nil {
			for _, l := range process.Links {
				add(l.TraceID)
			}
		}
	}
	out.Settle()
	return out
}

// numbers gives ids new numbers in the order in which they are met.
type numbers struct {
	traces map[tracestore.TraceID]tracestore.TraceID
	spans  map[tracestore.SpanID]tracestore.SpanID
}

// renumbered are copies of spans, which are shared and never changed.
func (n *numbers) renumbered(spans []*tracestore.Span) []*tracestore.Span {
	out := make([]*tracestore.Span, len(spans))
	for i, span := range spans {
		s := *span
		s.TraceID, s.SpanID = n.trace(s.TraceID), n.span(s.SpanID)
		if s.Parent.IsValid() {
			s.Parent = n.span(s.Parent)
		}
		s.Links = slices.Clone(s.Links)
		for j := range s.Links {
			l := &s.Links[j]
			l.TraceID, l.SpanID = n.trace(l.TraceID), n.span(l.SpanID)
		}
		out[i] = &s
	}
	return out
}

func (n *numbers) trace(id tracestore.TraceID) tracestore.TraceID {
	number, ok := n.traces[id]
	if !ok {
		binary.BigEndian.PutUint64(number[8:], uint64(len(n.traces)+1))
		n.traces[id] = number
	}
	return number
}

func (n *numbers) span(id tracestore.SpanID) tracestore.SpanID {
	number, ok := n.spans[id]
	if !ok {
		binary.BigEndian.PutUint64(number[:], uint64(len(n.spans)+1))
		n.spans[id] = number
	}
	return number
}
