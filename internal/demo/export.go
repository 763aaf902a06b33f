package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/tracestore"
)

// Record sends one message in every mode and waits until the traces are complete, so that there is one of each kind to show.
func (d *Demo) Record(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, mode := range d.sender.Modes() {
		if _, err := d.sender.Send(ctx, mode.ID); err != nil {
			return fmt.Errorf("record %s: %w", mode.ID, err)
		}
	}
	for !d.settled() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("record: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// settled says whether every message has been consumed and its trace is complete. A message to a topic that nobody subscribes to
// need not be consumed.
func (d *Demo) settled() bool {
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
	cfg := d.pages
	cfg.Static, cfg.Sender, cfg.Metrics = true, nil, nil
	pages, err := site.New(cfg)
	if err != nil {
		return 0, err //nolint:wrapcheck // it is this binary's own
	}
	return pages.Export(ctx, dir, base) //nolint:wrapcheck // says it all
}
