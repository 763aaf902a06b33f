package consumer

import (
	"context"
	"sync"
)

// loops are goroutines that end together. Safe for concurrent use.
type loops struct {
	ctx    context.Context //nolint:containedctx // the life of the goroutines
	cancel context.CancelFunc

	mu      sync.Mutex // owns stopped, and orders start before stop
	stopped bool
	running sync.WaitGroup
}

func newLoops() *loops {
	l := &loops{}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// start runs loop in a goroutine until it returns, which it must when its context ends. False: stopped already.
func (l *loops) start(loop func(ctx context.Context)) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return false
	}
	l.running.Go(func() { loop(l.ctx) })
	return true
}

// stop ends the goroutines, waits for them, and lets no more start.
func (l *loops) stop() {
	l.mu.Lock()
	l.stopped = true
	l.mu.Unlock()
	l.cancel()
	l.running.Wait()
}
