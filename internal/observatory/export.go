package observatory

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/tracestore"
)

// Export writes the site with the messages' traces that are in its store to a folder, as files that need no server; see
// [site.Site.Export]. The observatory need not have started.
func (o *Observatory) Export(ctx context.Context, dir, base string) (int, error) {
	if o.cfg.Pages.Catalog == nil {
		if err := o.describe(); err != nil {
			return 0, err
		}
	}
	cfg := o.cfg.Pages
	cfg.Store = told(o.store)
	cfg.Static, cfg.Sender, cfg.Metrics, cfg.Meter = true, nil, nil, nil
	pages, err := site.New(cfg)
	if err != nil {
		return 0, err //nolint:wrapcheck // it is this binary's own
	}
	return pages.Export(ctx, dir, base) //nolint:wrapcheck // says it all
}

// told is a store with what the messages' traces tell, and no more: each message's own trace, its dispatch, and the pull that brought
// it. Pulls link on to other pulls, and so to everything that ever happened. Without a message there, it has the latest traces. Traces and
// spans are numbered anew, the oldest first: random ids do not compress, and there are three or four on every line of a page.
func told(store *tracestore.Store) *tracestore.Store {
	out := tracestore.New(tracestore.Config{MaxBytes: store.Stats().Bytes + 1})
	have, ids := map[tracestore.TraceID]bool{}, &numbers{traces: map[tracestore.TraceID]tracestore.TraceID{}, spans: map[tracestore.SpanID]tracestore.SpanID{}}
	add := func(id tracestore.TraceID) {
		if t, ok := store.Trace(id); ok && !have[id] {
			have[id] = true
			out.Add(ids.renumbered(t.Spans))
		}
	}
	summaries := store.List(tracestore.Filter{Kind: tracestore.Messages})
	if len(summaries) == 0 {
		summaries = store.List(tracestore.Filter{})
	}
	for _, sum := range slices.Backward(summaries) {
		t, ok := store.Trace(sum.ID)
		if !ok {
			continue
		}
		add(t.ID)
		for _, from := range store.LinkedFrom(t.ID) {
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
