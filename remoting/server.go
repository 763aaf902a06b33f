package remoting

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
)

// The remarks of Apache's servers for requests that never reach a processor.
const (
	remarkOverload = "[OVERLOAD]system busy, start flow control for a while"
	remarkGoAway   = "please go away"
)

// goAwaySince is the client version that understands GO_AWAY: later ones than 5.3.1.
const goAwaySince = 475

// acceptRetry is the pause after an accept that failed for want of resources.
const acceptRetry = 50 * time.Millisecond

// Server accepts connections and answers the requests that come over them, each on the executor of the processor registered for
// its code. Register processors before Start. Safe for concurrent use.
//
// Java: remoting.netty.NettyRemotingServer (5.5.0).
type Server struct {
	endpoint
	addr string

	mu       sync.Mutex // owns all below
	started  net.Listener
	channels map[*Channel]struct{}
	leaving  bool
	relieved bool // the relief has ended
}

// NewServer makes a server that does nothing yet.
func NewServer(config ServerConfig) *Server {
	s := &Server{addr: config.Addr, channels: map[*Channel]struct{}{}}
	public := config.PublicExecutor
	if public == nil {
		public = NewExecutor("public", 8, 10_000)
	}
	s.init(config.settings(), public)
	s.relief = newRelief(s.clock, s.late)
	s.metrics = newServerInstruments(&config, s.clock)
	return s
}

// RegisterProcessor answers requests of a code by p on x; a nil x is the public executor. Executors may be shared.
//
// Java: netty.NettyRemotingServer#registerProcessor (5.5.0).
func (s *Server) RegisterProcessor(code protocol.RequestCode, p Processor, x *Executor) {
	s.register(p, x, code)
}

// RegisterDefaultProcessor answers the codes that have no processor of their own; without one their requests are answered
// REQUEST_CODE_NOT_SUPPORTED.
func (s *Server) RegisterDefaultProcessor(p Processor, x *Executor) { s.register(p, x) }

// SetChannelEventListener sets who hears of connections; before Start.
func (s *Server) SetChannelEventListener(l ChannelEventListener) { s.listener = l }

// Start binds the address and accepts connections from then on.
//
// Java: netty.NettyRemotingServer#start (5.5.0).
func (s *Server) Start() error {
	l, err := s.network.Listen(s.addr)
	if err != nil {
		return fmt.Errorf("listen %s: %w", s.addr, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leaving || s.started != nil {
		_ = l.Close() // never used
		return fmt.Errorf("start %s: %w", s.addr, ErrClosed)
	}
	s.started = l
	go s.relief.run()
	s.metrics.listening(l.Addr())
	s.goroutines.Go(func() { s.accept(l) })
	return nil
}

// Addr is the bound address; nil before Start.
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started == nil {
		return nil
	}
	return s.started.Addr()
}

// accept takes connections until the listener closes. An error that may pass, such as too many open files, only makes it pause.
func (s *Server) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err == nil {
			s.welcome(conn)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		s.log.Warn("accept failed", zap.Error(err))
		pause := s.clock.NewTimer(acceptRetry)
		<-pause.C()
	}
}

func (s *Server) welcome(conn net.Conn) {
	ch := s.newChannel(conn, "", s.forget)
	s.mu.Lock()
	if s.leaving {
		s.mu.Unlock()
		_ = conn.Close() // never used
		return
	}
	s.channels[ch] = struct{}{}
	ch.start(s.listener)
	s.mu.Unlock()
}

// endRelief ends the relief, once no reader is left, if there was one.
func (s *Server) endRelief() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started != nil && !s.relieved {
		s.relieved = true
		close(s.relief.stop)
		<-s.relief.ended
	}
}

// late are the readers that have processed one request since before that time.
func (s *Server) late(before time.Time) (late []guest) {
	for _, x := range s.processors.Load().executors {
		late = x.late(before, late)
	}
	return late
}

func (s *Server) forget(ch *Channel) {
	s.mu.Lock()
	delete(s.channels, ch)
	s.mu.Unlock()
}

// Channels are the open connections, in no order.
func (s *Server) Channels() []*Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*Channel, 0, len(s.channels))
	for ch := range s.channels {
		list = append(list, ch)
	}
	return list
}

// InvokeSync sends req to the client at ch and waits for its response; see [Client.InvokeSync].
//
// Java: netty.NettyRemotingServer#invokeSync (5.5.0).
func (s *Server) InvokeSync(ctx context.Context, ch *Channel, req *protocol.RemotingCommand) (*protocol.RemotingCommand, error) {
	return s.invokeSyncImpl(ctx, ch, req)
}

// InvokeAsync sends req to the client at ch; see [Client.InvokeAsync].
func (s *Server) InvokeAsync(ctx context.Context, ch *Channel, req *protocol.RemotingCommand, callback func(*protocol.RemotingCommand, error)) error {
	return s.invokeAsyncImpl(ctx, ch, req, callback)
}

// InvokeOneway sends req to the client at ch and expects no response; see [Client.InvokeOneway].
func (s *Server) InvokeOneway(ctx context.Context, ch *Channel, req *protocol.RemotingCommand) error {
	return s.invokeOnewayImpl(ctx, ch, req)
}

// Shutdown stops accepting connections, tells clients that send more requests to go elsewhere, waits for those in progress to be
// answered (suspended ones included), until ctx is done, and closes all connections. It returns ctx's error if that cut it short.
// It may be called more than once.
//
// Java: netty.NettyRemotingServer#shutdown (5.5.0).
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.leaving = true
	l := s.started
	s.mu.Unlock()
	if l != nil {
		_ = l.Close() // closing twice is harmless
	}
	s.draining.Store(true)
	var err error
	select {
	case <-s.inFlight.wait():
	case <-ctx.Done():
		err = ctx.Err()
	}
	for _, ch := range s.Channels() {
		if e := ch.writer.drain(ctx); e != nil {
			err = e
		}
		ch.close(ErrClosed)
	}
	s.goroutines.Wait()
	s.endRelief()
	s.releaseExecutors()
	return err
}

// dispatch has a request processed: by the reader itself, or in its turn on the executor. What cannot be queued is refused.
func (e *endpoint) dispatch(by *reader, rc *RequestContext, size int) {
	ch, r := by.ch, e.processors.Load().lookup(rc.Request.Code)
	rc.Channel, rc.ReceivedAt, rc.size = ch, ch.readAt, size
	rc.endpoint, rc.executor, rc.processor = e, r.executor, r.processor
	rc.holders.Store(holdersOfRequest)
	rc.hear()
	e.inFlight.add()
	switch {
	case r.processor == nil:
		rc.refuse(protocol.RequestCodeNotSupported, " request type "+strconv.Itoa(int(rc.Request.Code))+" not supported")
	case e.draining.Load() && rc.Request.Version > goAwaySince:
		rc.refuse(protocol.GoAway, remarkGoAway)
	case by.process(rc):
	case !r.executor.submit(rc):
		rc.refuse(protocol.SystemBusy, remarkOverload)
	}
}

// refuse answers a request without its processor, on the reader's goroutine.
func (rc *RequestContext) refuse(code protocol.ResponseCode, remark string) {
	rc.executor = nil
	rc.processor = ProcessorFunc(func(context.Context, *RequestContext) (*protocol.RemotingCommand, error) {
		return protocol.NewResponse(code, remark), nil
	})
	rc.run(false)
}

// run is what an executor does with a request.
func (rc *RequestContext) run(followed bool) {
	rc.followed = followed
	rc.endpoint.processRequestCommand(rc)
}

// processRequestCommand runs a request's hooks and processor and sends the answer, unless the processor suspended it.
//
// Java: netty.NettyRemotingAbstract#processRequestCommand (5.5.0).
func (e *endpoint) processRequestCommand(rc *RequestContext) {
	defer rc.leave()
	waited := e.metrics.waited(rc)
	ctx := traceProcessRequestCommand(context.Background(), rc)
	e.metrics.dequeued(rc, waited)
	resp, err := e.callProcessor(ctx, rc)
	if rc.suspended && resp == nil && err == nil {
		return
	}
	timing := writeNow
	if rc.executor == nil || rc.executor.Len() > 0 {
		timing = writeLater
	}
	e.answer(ctx, rc, resp, err, timing)
}

// callProcessor runs the hooks and the processor; a panic becomes an error.
func (e *endpoint) callProcessor(ctx context.Context, rc *RequestContext) (resp *protocol.RemotingCommand, err error) {
	defer func() {
		if p := recover(); p != nil {
			resp, err = nil, fmt.Errorf("processor panicked: %v", p)
			rc.recycle = false // what the processor has begun may go on
			observ.Logger(ctx, e.log).Error("processor panicked", zap.Any("panic", p),
				zap.Stringer("code", protocol.RequestCode(rc.Request.Code)), zap.ByteString("stack", debug.Stack()))
		}
	}()
	if err := e.hooks.before(ctx, rc.Channel.addr, rc.Request); err != nil {
		return nil, err
	}
	return rc.processor.ProcessRequest(ctx, rc)
}

// answer sends the answer to a request, the first time that it is called for it.
//
// Java: netty.NettyRemotingAbstract#writeResponse (5.5.0).
func (e *endpoint) answer(ctx context.Context, rc *RequestContext, resp *protocol.RemotingCommand, err error, timing writeTiming) {
	if !rc.answered.CompareAndSwap(false, true) {
		return
	}
	defer e.inFlight.done()
	if err != nil {
		resp = errorResponse(err)
	}
	e.hooks.after(ctx, rc.Channel.addr, rc.Request, resp)
	if resp == nil || rc.Request.IsOneway() {
		traceUnanswered(rc, resp)
		e.metrics.unanswered(rc, resp)
		rc.leave()
		return
	}
	resp.MarkResponse(rc.Request.Opaque)
	resp.Serialize = e.encoding(resp.Code)
	sent := e.metrics.answering(rc, resp, traceAnswer(rc, resp))
	size, sendErr := rc.Channel.send(nil, resp, timing, sent) //nolint:staticcheck // nil: never wait for a slow peer
	if errors.Is(sendErr, errFrameTooLong) {
		_, sendErr = rc.Channel.send(nil, tooLong(resp, size), timing, sent) //nolint:staticcheck // as above
	}
	if sendErr != nil {
		traceAnswerRefused(rc, sendErr)
		e.metrics.answerFailed(rc)
	}
	if sendErr != nil || e.metrics == nil { // else it is measured, and left, when it is written
		rc.leave()
	}
}

// errorResponse is what an error looks like to the peer.
func errorResponse(err error) *protocol.RemotingCommand {
	var answered *protocol.ResponseError
	if errors.As(err, &answered) {
		resp := protocol.NewResponse(answered.Code, answered.Remark)
		resp.ExtFields = answered.ExtFields
		return resp
	}
	return protocol.NewResponse(protocol.SystemError, err.Error())
}

// tooLong replaces a response that no peer would accept.
func tooLong(resp *protocol.RemotingCommand, size int) *protocol.RemotingCommand {
	r := protocol.NewResponse(protocol.SystemError, fmt.Sprintf("response of %d bytes exceeds the maximum of %d", size, protocol.MaxFrameLength))
	r.MarkResponse(resp.Opaque)
	r.Serialize = resp.Serialize
	return r
}
