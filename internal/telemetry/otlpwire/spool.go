package otlpwire

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/plumemq/plume/internal/observ/spanmsg"
)

// BatchConfig says how spans are gathered: what OpenTelemetry's batch processor calls the same, and positive.
type BatchConfig struct {
	MaxQueueSize       int           // more spans than so many that wait are dropped
	MaxExportBatchSize int           // spans in a request
	MaxInFlight        int           // requests that are on their way at the same time; 0 means 1
	Timeout            time.Duration // the longest that a span waits for company
	ExportTimeout      time.Duration // for one request
}

// ErrQueueFull is told of spans that were dropped because too many waited to be sent.
var ErrQueueFull = errors.New("too many spans wait to be sent (OTEL_BSP_MAX_QUEUE_SIZE)")

const (
	// maxBatch is how long a batch may be in bytes: a bundle is complete with the span that goes beyond. Receivers take 4 MiB unless told otherwise.
	maxBatch = 1 << 20
	// tellEvery is how often it is told that spans are being dropped.
	tellEvery = 10 * time.Second
)

// scope is an instrumentation scope as it is written.
type scope struct {
	wire   spanmsg.Wire // the field
	schema string
}

func newScope(s instrumentation.Scope) *scope {
	return &scope{wire: appendScope(nil, s), schema: s.SchemaURL}
}

// bundle is the spans of one scope that will be sent together, while they are gathered and wait.
type bundle struct {
	spanmsg.Pack
	scope *scope
}

// batch is the message that a bundle is sent in.
type batch struct {
	wire  spanmsg.Wire
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

// spool gathers messages of spans and sends them, in batches.
type spool struct {
	client   otlptrace.Client
	resource spanmsg.Wire // the fields of each batch about its resource
	config   BatchConfig

	clock    atomic.Pointer[spanmsg.Clock] // made when spans were last sent
	exported atomic.Int64                  // spans that the receiver took
	waiting  atomic.Int64                  // spans in full bundles
	refused  atomic.Int64                  // spans for which there was no room, since it was last told
	closed   atomic.Bool
	lanes    []lane

	sending sync.WaitGroup // only run waits for it, and adds to it

	mu      sync.Mutex // owns all below; held over no I/O, and never while a lane's is waited for
	full    []*bundle
	bundles []*bundle // empty ones, for their memory
	spare   []*batch  // likewise

	wake    chan struct{}      // capacity 1: there is a full bundle
	flushes chan chan struct{} // closed when all that was there has been sent
	slots   chan struct{}      // holds one for each request on its way
	stop    context.CancelFunc // ends run, and whatever it is sending
	done    chan struct{}      // closed when run has ended
}

func newSpool(client otlptrace.Client, r *resource.Resource, config BatchConfig) *spool {
	ctx, stop := context.WithCancel(context.Background())
	s := &spool{
		client: client, resource: appendResource(nil, r), config: config, lanes: make([]lane, lanesFor(config)),
		wake: make(chan struct{}, 1), flushes: make(chan chan struct{}), slots: make(chan struct{}, max(1, config.MaxInFlight)), stop: stop, done: make(chan struct{}),
	}
	s.setClock()
	go s.run(ctx)
	return s
}

// lane is the one to use now.
func (s *spool) lane() *lane {
	token, _ := tokens.Get().(*token)
	l := &s.lanes[token.number%uint32(len(s.lanes))]
	tokens.Put(token)
	return l
}

// add takes the messages of n spans, which stay the caller's. When too many wait already they are dropped.
func (s *spool) add(l *lane, sc *scope, spans spanmsg.Packer, n int) {
	if !l.add(s, sc, spans, n) {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// dropped is how many spans that ended the receiver has not taken.
func (s *spool) dropped() int64 {
	ended := int64(0)
	for i := range s.lanes {
		ended += s.lanes[i].count()
	}
	return ended - s.exported.Load()
}

// newBundle begins a bundle.
func (s *spool) newBundle(sc *scope) *bundle {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := last(&s.bundles)
	if b == nil {
		b = &bundle{}
	}
	b.scope = sc
	return b
}

// last takes the last of a list, if there is one.
func last[T any](list *[]*T) (t *T) {
	if n := len(*list); n > 0 {
		t, *list = (*list)[n-1], (*list)[:n-1]
	}
	return t
}

// complete ends a bundle, which waits to be sent from now on.
func (s *spool) complete(b *bundle) {
	s.waiting.Add(int64(b.Len()))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = append(s.full, b)
}

// write makes a batch of a bundle, whose memory serves the next one.
func (s *spool) write(spans *bundle) *batch {
	b := s.newBatch()
	wire, begin := openScope(append(b.wire[:0], s.resource...), spans.scope.wire)
	b.wire, b.n = closeScope(spans.AppendTo(wire), begin, spans.scope.schema), spans.Len()
	spans.Reset()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bundles = append(s.bundles, spans)
	return b
}

// newBatch is a batch in use, with memory for as much as another one had.
func (s *spool) newBatch() *batch {
	s.mu.Lock()
	b := last(&s.spare)
	s.mu.Unlock()
	if b == nil {
		b = &batch{spool: s}
	}
	b.use()
	return b
}

// ready is how many bundles wait to be sent, with those that are being filled if partial.
func (s *spool) ready(partial bool) int {
	for i := range s.lanes {
		if partial {
			s.lanes[i].close(s)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.full)
}

// take removes the oldest bundle that waits to be sent.
func (s *spool) take() *bundle {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.full[0]
	s.full = append(s.full[:0], s.full[1:]...)
	s.waiting.Add(-int64(b.Len()))
	return b
}

// giveBack keeps a batch's memory for the next one.
func (s *spool) giveBack(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spare = append(s.spare, b)
}

// forget gives up the memory that is kept for batches and bundles.
func (s *spool) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bundles, s.spare = nil, nil
}

// run sends bundles until ctx is done: full ones at once, others after a while.
func (s *spool) run(ctx context.Context) {
	defer close(s.done)
	timer, told := time.NewTimer(s.config.Timeout), time.Time{}
	defer timer.Stop()
	for {
		select {
		case <-s.wake:
			s.export(ctx, false)
		case <-timer.C:
			s.export(ctx, true)
			s.forget() // no batch has become full for so long
		case flushed := <-s.flushes:
			s.export(ctx, true)
			s.sending.Wait()
			close(flushed)
		case <-ctx.Done():
			s.sending.Wait()
			s.tell()
			return
		}
		timer.Reset(s.config.Timeout)
		s.setClock()
		if time.Since(told) >= tellEvery && s.tell() {
			told = time.Now()
		}
	}
}

// tell tells of the spans that there was no room for, and says whether there were any.
func (s *spool) tell() bool {
	n := s.refused.Swap(0)
	if n > 0 {
		otel.Handle(fmt.Errorf("%w: %d spans dropped", ErrQueueFull, n))
	}
	return n > 0
}

func (s *spool) setClock() { s.clock.Store(spanmsg.NewClock()) }

// export begins to send all bundles that there are, until ctx is done.
func (s *spool) export(ctx context.Context, partial bool) {
	for range s.ready(partial) {
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		spans := s.take()
		s.sending.Go(func() {
			s.sendCounted(ctx, s.write(spans))
			<-s.slots
		})
	}
}

func (s *spool) sendCounted(ctx context.Context, b *batch) {
	defer b.release()
	if err := s.send(ctx, b); err != nil {
		otel.Handle(err)
		return
	}
	s.exported.Add(int64(b.n))
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
	first := !s.closed.Swap(true)
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
