package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/internal/site"
	"github.com/plumemq/plume/message"
)

// The bounds of the load.
const (
	maxRate       = 500                   // messages per second
	loadLasts     = 2 * time.Minute       // then it stops by itself
	loadInFlight  = 64                    // sends under way; what comes on top is left out
	loadBeat      = 10 * time.Millisecond // between two looks at what is due
	tracedPerSec  = 10                    // of the load's messages
	loadDeadline  = 3 * time.Second       // of one send
	measuredBeats = 200                   // the rate shown is that of the last two seconds
)

var errLoad = errors.New("no such load")

// load sends at a rate, through the demo's producer. It implements site.Load.
type load struct {
	sender *sender

	mu   sync.Mutex // owns all below
	run  *loadRun   // nil while there is none
	last site.LoadState
}

// loadRun is the load from its start to its end.
type loadRun struct {
	mode   string
	rate   int
	until  time.Time
	cancel context.CancelFunc
	done   sync.WaitGroup

	sent, failed atomic.Int64
	actual       atomic.Int64 // messages per second
}

func newLoad(s *sender) *load { return &load{sender: s} }

// Modes are the ways to send.
func (l *load) Modes() []string { return []string{modeSync, modeAsync, modeOneway} }

// MaxRate is the most per second.
func (l *load) MaxRate() int { return maxRate }

// Start begins, in place of what ran before.
func (l *load) Start(mode string, rate int) error {
	if !slices.Contains(l.Modes(), mode) {
		return fmt.Errorf("%w: mode %q: one of %v", errLoad, mode, l.Modes())
	}
	if rate < 1 || rate > maxRate {
		return fmt.Errorf("%w: %d messages per second: 1 to %d", errLoad, rate, maxRate)
	}
	l.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), loadLasts)
	run := &loadRun{mode: mode, rate: rate, until: time.Now().Add(loadLasts), cancel: cancel}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.run != nil { // somebody else was quicker
		cancel()
		return nil
	}
	l.run = run
	run.done.Go(func() {
		defer cancel()
		l.pace(ctx, run)
		l.finished(run)
	})
	return nil
}

// Stop ends it, and returns when its last send has.
func (l *load) Stop() {
	l.mu.Lock()
	run := l.run
	l.mu.Unlock()
	if run != nil {
		run.cancel()
		run.done.Wait()
	}
}

func (l *load) finished(run *loadRun) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.run == run {
		l.run, l.last = nil, site.LoadState{Mode: run.mode, Rate: run.rate, Sent: run.sent.Load(), Failed: run.failed.Load()}
	}
}

// State is what it does now, or did last.
func (l *load) State() site.LoadState {
	l.mu.Lock()
	defer l.mu.Unlock()
	run := l.run
	if run == nil {
		return l.last
	}
	return site.LoadState{
		Running: true, Mode: run.mode, Rate: run.rate, Actual: float64(run.actual.Load()), Sent: run.sent.Load(),
		Failed: run.failed.Load(), Until: run.until,
	}
}

// pace starts the sends that are due, beat by beat, until ctx ends; then it waits for those under way.
func (l *load) pace(ctx context.Context, run *loadRun) {
	var sends sync.WaitGroup
	defer sends.Wait()
	slots := make(chan struct{}, loadInFlight)
	beat := time.NewTicker(loadBeat)
	defer beat.Stop()
	m := pulse{began: time.Now()}
	begun, began := 0, time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
		due := int(time.Since(began).Seconds() * float64(run.rate))
		for ; begun < due; begun++ {
			select {
			case slots <- struct{}{}:
				sends.Go(func() {
					l.one(ctx, run)
					<-slots
				})
			default: // all are busy: it is not made up for later
			}
		}
		run.actual.Store(int64(m.rate(run.sent.Load(), time.Now())))
	}
}

// one sends one message.
func (l *load) one(ctx context.Context, run *loadRun) {
	ctx, cancel := context.WithTimeout(ctx, loadDeadline)
	defer cancel()
	msg := message.New(Topic, []byte("load"))
	msg.SetTags("load")
	if rand.IntN(run.rate) >= tracedPerSec { // to trace all would push everything else out of the store
		parent := unsampled()
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
		msg.SetProperty(traceParent, headerOf(parent))
	}
	if err := l.sender.deliver(ctx, run.mode, msg); err != nil && !errors.Is(err, context.Canceled) {
		run.failed.Add(1)
		return
	}
	run.sent.Add(1)
}

// pulse tells the rate of the latest beats.
type pulse struct {
	began time.Time
	marks []mark
}

type mark struct {
	at   time.Time
	sent int64
}

func (m *pulse) rate(sent int64, now time.Time) float64 {
	m.marks = append(m.marks, mark{now, sent})
	m.marks = m.marks[max(0, len(m.marks)-measuredBeats):]
	first := mark{at: m.began}
	if len(m.marks) == measuredBeats {
		first = m.marks[0]
	}
	if took := now.Sub(first.at).Seconds(); took > 0 {
		return float64(sent-first.sent)/took + 0.5
	}
	return 0
}
