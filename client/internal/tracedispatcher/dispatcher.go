package tracedispatcher

import (
	"context"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client/messagetrace"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// Apache's defaults.
//
// Java: client.trace.AsyncTraceDispatcher, client.ClientConfig#traceMsgBatchNum (5.5.0).
const (
	queueCapacity = 2048
	batchNum      = 10
	flushInterval = 5 * time.Second
	maxMsgSize    = 128000
	sendTimeout   = 5 * time.Second
	shutdownWait  = 5 * time.Second
)

// maxKeysSize bounds the keys of one trace message, which with the rest of its properties must fit message.MaxPropertiesSize.
const maxKeysSize = message.MaxPropertiesSize - 1024

// maxInFlight bounds the trace messages on their way: while a broker is slow, the queue fills.
const maxInFlight = 4

// Context is what one send or one consumption has to tell.
//
// Java: client.trace.TraceContext (5.5.0).
type Context struct {
	// Records are never empty.
	Records []messagetrace.Record
	// Span is the send's or the consumption's own, if it is traced.
	Span observ.SpanContext
}

// Send sends a trace message and calls done once.
type Send func(ctx context.Context, msg *message.Message, done func(error))

// Config is what a dispatcher works with.
type Config struct {
	Topic     string // of the trace messages
	Send      Send
	Clock     clock.Clock
	Log       *zap.Logger
	Component *observ.Component
}

// AsyncTraceDispatcher collects records and sends them. Append may be called concurrently, also after Shutdown.
//
// Java: client.trace.AsyncTraceDispatcher (5.5.0).
type AsyncTraceDispatcher struct {
	cfg      Config
	queue    chan Context
	inFlight chan struct{}
	dropped  atomic.Int64 // records, not contexts

	ctx     context.Context    //nolint:containedctx // ends when a shutdown has no more patience
	abandon context.CancelFunc // ends it
	stop    chan struct{}      // closed by Shutdown
	done    chan struct{}      // closed when the loop has ended

	batch     []Context // the loop's own, as all below
	lastFlush time.Time
}

// New starts a dispatcher; it needs a Shutdown.
func New(cfg Config) *AsyncTraceDispatcher {
	d := &AsyncTraceDispatcher{
		cfg: cfg, queue: make(chan Context, queueCapacity), inFlight: make(chan struct{}, maxInFlight),
		stop: make(chan struct{}), done: make(chan struct{}), lastFlush: cfg.Clock.Now(),
	}
	d.ctx, d.abandon = context.WithCancel(context.Background())
	go d.run()
	return d
}

// Append takes records over, or drops them when the queue is full. It never waits.
//
// Java: AsyncTraceDispatcher#append (5.5.0).
func (d *AsyncTraceDispatcher) Append(c Context) {
	select {
	case <-d.stop:
		d.drop(len(c.Records), "message trace is shut down")
		return
	default:
	}
	select {
	case d.queue <- c:
	default:
		d.drop(len(c.Records), "message trace queue is full")
	}
}

// Dropped is how many records were never sent, or are not known to have been stored.
func (d *AsyncTraceDispatcher) Dropped() int64 { return d.dropped.Load() }

// drop counts lost records. The first loss is logged, and Shutdown logs the sum.
func (d *AsyncTraceDispatcher) drop(records int, why string, fields ...zap.Field) {
	if d.dropped.Add(int64(records)) == int64(records) {
		d.cfg.Log.Warn(why+": records dropped", append(fields, zap.Int("records", records))...)
	}
}

// Shutdown sends what is left and waits for that, for 5 s and not beyond ctx; what is left then is dropped.
//
// Java: AsyncTraceDispatcher#shutdown (5.5.0).
func (d *AsyncTraceDispatcher) Shutdown(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, shutdownWait)
	defer cancel()
	defer context.AfterFunc(ctx, d.abandon)()
	defer d.abandon()
	close(d.stop)
	<-d.done
	for range maxInFlight { // the last ones have answered
		if !d.acquire() {
			break
		}
	}
	if n := d.dropped.Load(); n > 0 {
		d.cfg.Log.Warn("message trace is incomplete", zap.Int64("records_dropped", n))
	}
}

// acquire waits for a place among the trace messages on their way; false when a shutdown has no more patience.
func (d *AsyncTraceDispatcher) acquire() bool {
	select {
	case d.inFlight <- struct{}{}:
		return true
	case <-d.ctx.Done():
		return false
	}
}

// run collects contexts and flushes them in batches, or after 5 s.
//
// Java: AsyncTraceDispatcher.AsyncRunnable#run, #flushTraceContext (5.5.0).
func (d *AsyncTraceDispatcher) run() {
	defer close(d.done)
	timer := d.cfg.Clock.NewTimer(flushInterval)
	defer timer.Stop()
	for {
		select {
		case c := <-d.queue:
			d.batch = append(d.batch, c)
			if len(d.batch) < batchNum && d.cfg.Clock.Now().Sub(d.lastFlush) < flushInterval {
				continue
			}
		case <-timer.C():
		case <-d.stop:
			d.drain()
			return
		}
		d.flush()
		timer.Reset(flushInterval)
	}
}

// drain flushes what is in the queue.
func (d *AsyncTraceDispatcher) drain() {
	for {
		select {
		case c := <-d.queue:
			if d.batch = append(d.batch, c); len(d.batch) == batchNum {
				d.flush()
			}
		default:
			d.flush()
			return
		}
	}
}

func (d *AsyncTraceDispatcher) flush() {
	if len(d.batch) > 0 {
		d.lastFlush = d.cfg.Clock.Now()
		d.sendTraceData(d.batch)
		clear(d.batch)
		d.batch = d.batch[:0]
	}
}
