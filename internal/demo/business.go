package demo

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/plumemq/plume/message"
)

// usual is how long the consumer's handler takes when all is well.
const usual = 300 * time.Microsecond

var errBusiness = errors.New("the handler was told to fail")

// business is what the demo's consumer does with messages: nothing, in its own time.
type business struct {
	mu      sync.Mutex // owns all below
	takes   time.Duration
	fails   bool
	changed chan struct{} // closed at every change and replaced
}

func newBusiness() *business { return &business{takes: usual, changed: make(chan struct{})} }

// set changes how long it takes and whether it fails. Those who wait because of what was before go on.
func (b *business) set(takes time.Duration, fails bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.takes, b.fails = takes, fails
	close(b.changed)
	b.changed = make(chan struct{})
}

// handle implements consumer.Handler.
func (b *business) handle(ctx context.Context, _ []*message.MessageExt) error {
	b.mu.Lock()
	takes, fails, changed := b.takes, b.fails, b.changed
	b.mu.Unlock()
	t := time.NewTimer(takes)
	defer t.Stop()
	select {
	case <-t.C:
	case <-changed:
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // the consumer knows its own end
	}
	if fails {
		return errBusiness
	}
	return nil
}
