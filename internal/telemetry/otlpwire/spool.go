package otlpwire

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"golang.org/x/sys/cpu"

	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// BatchConfig says how spans are gathered: what OpenTelemetry's batch processor calls the same. All are positive.
type BatchConfig struct {
	MaxQueueSize       int           // more spans than so many that wait are dropped
	MaxExportBatchSize int           // spans in a request
	Timeout            time.Duration // the longest that a span waits for company
	ExportTimeout      time.Duration // for one request
}

// keepBatches is how many batches' memory is kept for the next ones.
const keepBatches = 4

// scope is an instrumentation scope as it is written.
type scope struct {
	wire   spanmsg.Wire // the field
	schema string
}

func newScope(s instrumentation.Scope) *scope {
	return &scope{wire: appendScope(nil, s), schema: s.SchemaURL}
}

// batch is the message that spans of one scope are sent in, while it is being written.
type batch struct {
	wire  spanmsg.Wire
	scope *scope
	begin int // of the scope's fields
	n     int // spans
	spool *spool
	users atomic.Int32 // the spool until it has sent it, and whoever else still reads wire
}

func (b *batch) use() { b.users.Add(1) }

// release ends a use. After the last the memory serves another batch.
func (b *batch) release() {
	if b.users.Add(-1) == 0 {
		b.spool.giveBack(b)
	}
}

// spool gathers messages of spans and sends them, one batch at a time.
type spool struct {
	client   otlptrace.Client
	resource spanmsg.Wire // the fields of each batch about its resource
	config   BatchConfig

	clock    atomic.Pointer[time.Time] // the time when spans were last sent
	exported atomic.Int64              // spans that the receiver took

	_ cpu.CacheLinePad // each start of a span reads what is above, each end writes what is below

	mu     sync.Mutex // owns all below; held over no I/O
	ended  int64      // spans
	open   *batch     // the one that is being filled, or nil
	full   []*batch
	spare  []*batch
	queued int // spans in open and full
	room   int // that the last batch took, in bytes
	closed bool

	wake    chan struct{}      // capacity 1: there is a full batch
	flushes chan chan struct{} // closed when all that was there has been sent
	stop    context.CancelFunc // ends run, and whatever it is sending
	done    chan struct{}      // closed when run has ended
}

func newSpool(client otlptrace.Client, r *resource.Resource, config BatchConfig) *spool {
	ctx, stop := context.WithCancel(context.Background())
	s := &spool{
		client: client, resource: appendResource(nil, r), config: config,
		wake: make(chan struct{}, 1), flushes: make(chan chan struct{}), stop: stop, done: make(chan struct{}),
	}
	s.setClock()
	go s.run(ctx)
	return s
}

// add takes the messages of n spans, which stay the caller's. When too many wait already they are dropped.
func (s *spool) add(sc *scope, spans spanmsg.Wire, n int) {
	s.mu.Lock()
	s.ended += int64(n)
	if s.closed || s.queued+n > s.config.MaxQueueSize {
		s.mu.Unlock()
		return
	}
	if s.open != nil && s.open.scope != sc {
		s.closeLocked()
	}
	if s.open == nil {
		s.open = s.newBatchLocked(sc)
	}
	s.open.wire = append(s.open.wire, spans...)
	s.open.n += n
	s.queued += n
	if s.open.n >= s.config.MaxExportBatchSize {
		s.closeLocked()
	}
	wake := len(s.full) > 0
	s.mu.Unlock()
	if wake {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// dropped is how many spans that ended the receiver has not taken.
func (s *spool) dropped() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended - s.exported.Load()
}

// newBatchLocked begins a batch.
func (s *spool) newBatchLocked(sc *scope) *batch {
	b := &batch{spool: s}
	if n := len(s.spare); n > 0 {
		b, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		b.wire = make(spanmsg.Wire, 0, s.room+s.room/8)
	}
	b.wire, b.begin = openScope(append(b.wire[:0], s.resource...), sc.wire)
	b.scope, b.n = sc, 0
	b.use()
	return b
}

// closeLocked ends the batch that is being filled.
func (s *spool) closeLocked() {
	b := s.open
	b.wire = closeScope(b.wire, b.begin, b.scope.schema)
	s.full, s.open, s.room = append(s.full, b), nil, len(b.wire)
}

// ready is how many batches wait to be sent, with the one that is being filled if partial.
func (s *spool) ready(partial bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if partial && s.open != nil {
		s.closeLocked()
	}
	return len(s.full)
}

// take removes the oldest batch that waits to be sent.
func (s *spool) take() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.full[0]
	s.full = append(s.full[:0], s.full[1:]...)
	s.queued -= b.n
	return b
}

// giveBack keeps a batch's memory for the next one.
func (s *spool) giveBack(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.spare) < keepBatches {
		s.spare = append(s.spare, b)
	}
}

// run sends batches until ctx is done: full ones at once, others after a while.
func (s *spool) run(ctx context.Context) {
	defer close(s.done)
	timer := time.NewTimer(s.config.Timeout)
	defer timer.Stop()
	for {
		select {
		case <-s.wake:
			s.export(ctx, false)
		case <-timer.C:
			s.export(ctx, true)
		case flushed := <-s.flushes:
			s.export(ctx, true)
			close(flushed)
		case <-ctx.Done():
			return
		}
		timer.Reset(s.config.Timeout)
		s.setClock()
	}
}

func (s *spool) setClock() {
	now := time.Now()
	s.clock.Store(&now)
}

// export sends all batches that there are, until ctx is done.
func (s *spool) export(ctx context.Context, partial bool) {
	for range s.ready(partial) {
		if ctx.Err() != nil {
			return
		}
		b := s.take()
		if err := s.send(ctx, b); err != nil {
			otel.Handle(err)
		} else {
			s.exported.Add(int64(b.n))
		}
		b.release()
	}
}

func (s *spool) send(ctx context.Context, b *batch) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.ExportTimeout)
	defer cancel()
	ctx = context.WithValue(ctx, batchKey{}, b)
	return s.client.UploadTraces(ctx, []*tracepb.ResourceSpans{message(b.wire)}) //nolint:wrapcheck // it says what it was doing
}

// flush sends what is there, until ctx is done.
func (s *spool) flush(ctx context.Context) error {
	flushed := make(chan struct{})
	select {
	case s.flushes <- flushed:
	case <-s.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-flushed:
		return nil
	case <-s.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// shutdown sends what is there, until ctx is done, and ends the sending. Calling it again does nothing.
func (s *spool) shutdown(ctx context.Context) error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if !first {
		return nil
	}
	err := s.flush(ctx)
	s.stop()
	<-s.done
	if stopped := s.client.Stop(ctx); err == nil {
		err = stopped
	}
	return err //nolint:wrapcheck // the client says what it was doing
}
