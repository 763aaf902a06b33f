package demo

import (
	"context"
	"fmt"
	"time"

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

// Export writes the site with the traces that the demo has to a folder, as files that need no server; see
// [observatory.Observatory.Export].
func (d *Demo) Export(ctx context.Context, dir, base string) (int, error) {
	return d.web.Export(ctx, dir, base) //nolint:wrapcheck // says it all
}
