package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/metrics"
	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/internal/tracestore"
)

const (
	// lasts is how long a fault stays on by itself.
	lasts = time.Minute
	// keptPeriods bounds how many past times of faults are known.
	keptPeriods = 200
	// tries is how many sends show a fault at most: of eight queues in turn at least one is with the broker that has it.
	tries = 9
	// settling bounds how long healing may take.
	settling = 20 * time.Second
)

var (
	errNotOn    = errors.New("this fault is not on")
	errNotShown = errors.New("the sends just made do not show it")
)

// part is something that a fault takes hold of. Two faults never hold the same.
type part int

const (
	partBrokerA part = 1 << iota
	partBrokerB
	partNamesrv
	partWire
	partConsumer
)

// fault is one that this demo can do.
type fault struct {
	site.Fault
	parts part
	// on and off return when it is so. Off must work whatever on has done.
	on, off func(ctx context.Context) error
	// mode is the send that shows it; empty: a trace of its own does, which shows from what on began.
	mode string
	// takes is how long after the send the trace may need to show it.
	takes time.Duration
	// promise is nil when the trace shows what Look says, else what it lacks.
	promise func(t *tracestore.Trace) error
}

// switchboard switches faults. It implements site.Faults.
type switchboard struct {
	store  *tracestore.Store
	send   func(ctx context.Context, mode string) (string, error)
	log    *zap.Logger
	faults []*fault
	gauge  metrics.GaugeVec // which are on

	switching sync.Mutex // one switch at a time; held while on and off run

	mu      sync.Mutex // owns all below
	active  map[string]*activeFault
	periods []site.Period
	closed  bool
	pending sync.WaitGroup // faults that end by themselves right now
}

// activeFault is a fault that is on.
type activeFault struct {
	since, until time.Time
	timer        *time.Timer
}

func newSwitchboard(store *tracestore.Store, send func(context.Context, string) (string, error), log *zap.Logger, measure *metrics.Registry, faults []*fault) *switchboard {
	b := &switchboard{
		store: store, send: send, log: log, faults: faults, gauge: measure.Gauge(metrics.DemoFaultActive), active: map[string]*activeFault{},
	}
	for _, f := range faults {
		b.gauge.With(f.ID).Add(0) // there from the start
	}
	return b
}

// Faults are all of them.
func (b *switchboard) Faults() []site.Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]site.Fault, 0, len(b.faults))
	for _, f := range b.faults {
		view := f.Fault
		if a := b.active[f.ID]; a != nil {
			view.Active, view.Until = true, a.until
		}
		list = append(list, view)
	}
	return list
}

// Periods are when faults were on.
func (b *switchboard) Periods() []site.Period {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.Clone(b.periods)
	for id, a := range b.active {
		if f := b.find(id); f != nil {
			all = append(all, site.Period{Fault: id, Title: f.Title, From: a.since})
		}
	}
	return all
}

func (b *switchboard) find(id string) *fault {
	for _, f := range b.faults {
		if f.ID == id {
			return f
		}
	}
	return nil
}

// Set switches a fault on or off. Switching it on ends those that hold the same parts; switching it on again begins its time anew.
func (b *switchboard) Set(ctx context.Context, id string, on bool) error {
	f := b.find(id)
	if f == nil {
		return fmt.Errorf("%w: %q", site.ErrNoFault, id)
	}
	b.switching.Lock()
	defer b.switching.Unlock()
	if !on {
		return b.end(ctx, f)
	}
	for _, other := range b.faults {
		if other.parts&f.parts != 0 {
			if err := b.end(ctx, other); err != nil {
				return err
			}
		}
	}
	return b.begin(ctx, f)
}

// begin is called with switching held. A fault that could not be made is undone.
func (b *switchboard) begin(ctx context.Context, f *fault) error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return errors.New("the demo is shutting down")
	}
	a := &activeFault{since: time.Now(), until: time.Now().Add(f.Lasts)}
	b.active[f.ID] = a
	b.mu.Unlock()
	b.gauge.With(f.ID).Add(1)
	if err := f.on(ctx); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", f.Title.EN, err), b.end(ctx, f))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	a.until = time.Now().Add(f.Lasts)
	a.timer = time.AfterFunc(f.Lasts, func() { b.expire(f, a) })
	return nil
}

// end is called with switching held. A fault that is not on is left alone. Healing is not cut short with its caller.
func (b *switchboard) end(ctx context.Context, f *fault) error {
	b.mu.Lock()
	a := b.active[f.ID]
	b.mu.Unlock()
	if a == nil {
		return nil
	}
	if a.timer != nil {
		a.timer.Stop()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settling)
	defer cancel()
	err := f.off(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.active, f.ID)
	b.gauge.With(f.ID).Add(-1)
	b.periods = append(b.periods, site.Period{Fault: f.ID, Title: f.Title, From: a.since, To: time.Now()})
	b.periods = b.periods[max(0, len(b.periods)-keptPeriods):]
	if err != nil {
		return fmt.Errorf("healing %q: %w", f.Title.EN, err)
	}
	return nil
}

// expire ends a fault whose time has come, unless it was switched since.
func (b *switchboard) expire(f *fault, a *activeFault) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return
	}
	b.pending.Add(1)
	b.mu.Unlock()
	defer b.pending.Done()
	b.switching.Lock()
	defer b.switching.Unlock()
	b.mu.Lock()
	same := b.active[f.ID] == a
	b.mu.Unlock()
	if !same {
		return
	}
	if err := b.end(context.Background(), f); err != nil {
		b.log.Error("a fault has not healed", zap.String("fault", f.ID), zap.Error(err))
	}
}

// close ends everything, for good.
func (b *switchboard) close(ctx context.Context) error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.switching.Lock()
	defer b.switching.Unlock()
	var errs []error
	for _, f := range b.faults {
		errs = append(errs, b.end(ctx, f))
	}
	b.pending.Wait()
	return errors.Join(errs...)
}

// Show sends what shows a fault, until a trace does.
func (b *switchboard) Show(ctx context.Context, id string) (string, error) {
	f := b.find(id)
	if f == nil {
		return "", fmt.Errorf("%w: %q", site.ErrNoFault, id)
	}
	b.mu.Lock()
	a := b.active[id]
	b.mu.Unlock()
	if a == nil {
		return "", fmt.Errorf("%s: %w", f.Title.EN, errNotOn)
	}
	if f.mode == "" {
		return b.showRecorded(ctx, f, a.since)
	}
	var latest string
	err := errNotShown
	for range tries {
		trace, sendErr := b.send(ctx, f.mode) // its failure may be what the fault promises
		if trace == "" {
			return latest, fmt.Errorf("%s: the send left no trace: %w", f.Title.EN, sendErr)
		}
		latest = trace
		if err = b.await(ctx, f, trace); err == nil || ctx.Err() != nil {
			break
		}
	}
	return latest, err
}

// await watches a trace until it shows a fault, or will not any more.
func (b *switchboard) await(ctx context.Context, f *fault, trace string) error {
	id, ok := tracestore.ParseTraceID(trace)
	if !ok {
		return fmt.Errorf("%w: %q is no trace", errNotShown, trace)
	}
	sub := b.store.Subscribe()
	defer sub.Close()
	began := time.Now()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		why, over := errNotShown, false
		if t, found := b.store.Trace(id); found && t.ByStep("producer.send") != nil {
			if why = f.promise(t); why == nil {
				return nil
			}
			over = t.Complete
		}
		waited := time.Since(began)
		if over && waited > f.takes || waited > f.takes+settling {
			return fmt.Errorf("%w: %w", errNotShown, why)
		}
		select {
		case <-sub.Ready():
			sub.Take()
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // the reader has gone
		}
	}
}

// showRecorded finds the trace that a fault left when it was switched on.
func (b *switchboard) showRecorded(ctx context.Context, f *fault, since time.Time) (string, error) {
	deadline := time.After(settling)
	for {
		for _, sum := range b.store.List(tracestore.Filter{Limit: 200}) {
			if sum.Start.Before(since) {
				continue
			}
			if t, ok := b.store.Trace(sum.ID); ok && f.promise(t) == nil {
				return sum.ID.String(), nil
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			return "", errNotShown
		case <-ctx.Done():
			return "", ctx.Err() //nolint:wrapcheck // the reader has gone
		}
	}
}

// startControl makes what the control bar needs besides the sender.
func (d *Demo) startControl(context.Context) error {
	d.load = newLoad(d.sender)
	d.board = newSwitchboard(d.store, d.sender.Send, d.log.Named("faults"), metrics.New(d.metrics, metrics.Options{}), d.faults())
	d.onClose(d.board.close)
	d.onClose(func(context.Context) error { d.load.Stop(); return nil })
	return nil
}

// firstFault switches on the one that the demo is to begin with.
func (d *Demo) firstFault(ctx context.Context) error {
	if d.cfg.Fault == "" {
		return nil
	}
	if err := d.board.Set(ctx, d.cfg.Fault, true); err != nil {
		return err
	}
	d.say("fault", "%s", d.board.find(d.cfg.Fault).Title.EN)
	return nil
}

// Faults switches the demo's faults.
func (d *Demo) Faults() site.Faults { return d.board }

// KnownFaults describes the faults that every demo can do.
func KnownFaults() []site.Fault {
	var list []site.Fault
	for _, f := range new(Demo).faults() {
		list = append(list, f.Fault)
	}
	return list
}
