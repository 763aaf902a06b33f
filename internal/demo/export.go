package demo

import (
	"context"
	"fmt"
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

// settled says whether the store has those traces, every message has been consumed and its trace is complete. A message to a topic that
// nobody subscribes to need not be consumed.
func (d *Demo) settled(traces []string) bool {
	for _, text := range traces {
		id, valid := tracestore.ParseTraceID(text)
		if _, ok := d.store.Trace(id); valid && !ok {
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
// it. Pulls link on to other pulls, and so to everything that ever happened.
func (d *Demo) told() *tracestore.Store {
	out := tracestore.New(tracestore.Config{})
	have := map[tracestore.TraceID]bool{}
	add := func(id tracestore.TraceID) {
		if t, ok := d.store.Trace(id); ok && !have[id] {
			have[id] = true
			out.Add(t.Spans)
		}
	}
	for _, sum := range d.store.List(tracestore.Filter{Kind: tracestore.Messages}) {
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
