package remoting

import (
	"context"
	"math"
	"runtime/debug"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
)

// The three ways to call, as errors name them.
const (
	opSync   = "invokeSync"
	opAsync  = "invokeAsync"
	opOneway = "invokeOneway"
)

// silentAfter is how long a peer must have sent nothing for an unanswered request to cost it the connection.
const silentAfter = 100 * time.Millisecond

// invokeSyncImpl sends req over ch and waits for the response, ctx or the end of the connection.
//
// Java: netty.NettyRemotingAbstract#invokeSyncImpl (5.5.0).
func (e *endpoint) invokeSyncImpl(ctx context.Context, ch *Channel, req *protocol.RemotingCommand) (resp *protocol.RemotingCommand, err error) {
	ctx, step := traceInvokeSyncImpl(ctx, ch, req)
	defer step.End(&err)
	began := e.metrics.now()
	defer func() { e.metrics.call(ch, req.Code, resp, began, err, step) }()
	f := e.acquireFuture()
	f.step = step
	if err = e.begin(ctx, ch, req, f); err != nil {
		return nil, callError(opSync, ch.addr, req, ErrSendRequest, err)
	}
	if ctx.Done() == nil { // it cannot end, and to wait for one thing costs half as much as for two
		<-f.done
	} else {
		select {
		case <-f.done:
		case <-ctx.Done():
			if ch.responses.take(f.opaque) != nil {
				return nil, e.giveUp(ctx, ch, req, f)
			}
			<-f.done // the outcome came just in time
		}
	}
	resp, err = f.resp, f.err
	e.recycle(f)
	traceAnswered(step, resp)
	if err != nil {
		return nil, callError(opSync, ch.addr, req, ErrSendRequest, err)
	}
	e.doAfterRPCHooks(ctx, ch.addr, req, resp)
	return resp, nil
}

// giveUp ends a synchronous call that waited in vain; the caller has taken f out of the table.
func (e *endpoint) giveUp(ctx context.Context, ch *Channel, req *protocol.RemotingCommand, f *responseFuture) error {
	reads := f.reads
	e.recycle(f)
	if ctx.Err() == context.DeadlineExceeded {
		ch.closeIfSilent(reads)
	}
	return callError(opSync, ch.addr, req, ErrTimeout, ctx.Err())
}

// invokeAsyncImpl sends req over ch; complete is called exactly once, on the callback executor, unless an error is returned. The
// deadline of ctx counts, its cancellation does not: the caller's function has often returned by the time of the response.
//
// Java: netty.NettyRemotingAbstract#invokeAsyncImpl (5.5.0).
func (e *endpoint) invokeAsyncImpl(ctx context.Context, ch *Channel, req *protocol.RemotingCommand, complete func(*protocol.RemotingCommand, error)) error {
	if err := e.acquirePermit(ctx, e.asyncPermits); err != nil {
		return callError(opAsync, ch.addr, req, ErrTooMuchRequest, err)
	}
	ctx, step := traceInvokeAsyncImpl(ctx, ch, req)
	began := e.metrics.now()
	f := e.acquireFuture()
	f.step, f.owner = step, e
	f.complete = func(resp *protocol.RemotingCommand, err error) {
		if err != nil {
			err = callError(opAsync, ch.addr, req, ErrSendRequest, err)
		}
		traceAnswered(step, resp)
		step.End(&err)
		e.metrics.call(ch, req.Code, resp, began, err, step)
		e.doAfterRPCHooks(ctx, ch.addr, req, resp)
		e.executeInvokeCallback(ctx, complete, resp, err)
	}
	if err := e.begin(ctx, ch, req, f); err != nil {
		e.asyncPermits.release()
		err = callError(opAsync, ch.addr, req, ErrSendRequest, err)
		step.End(&err)
		e.metrics.call(ch, req.Code, nil, began, err, step)
		return err
	}
	return nil
}

// executeInvokeCallback calls the user's function; its panic is logged, so that it does not take the process down.
func (e *endpoint) executeInvokeCallback(ctx context.Context, complete func(*protocol.RemotingCommand, error), resp *protocol.RemotingCommand, err error) {
	defer func() {
		if p := recover(); p != nil {
			observ.Logger(ctx, e.log).Error("callback panicked", zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
		}
	}()
	complete(resp, err)
}

// invokeOnewayImpl sends req over ch, marked as one-way. A nil error means accepted for writing.
//
// Java: netty.NettyRemotingAbstract#invokeOnewayImpl (5.5.0).
func (e *endpoint) invokeOnewayImpl(ctx context.Context, ch *Channel, req *protocol.RemotingCommand) error {
	req.MarkOneway()
	if err := e.acquirePermit(ctx, e.onewayPermits); err != nil {
		return callError(opOneway, ch.addr, req, ErrTooMuchRequest, err)
	}
	ctx, step := traceInvokeOnewayImpl(ctx, ch, req)
	sent := &onewayCall{ch: ch, code: req.Code, step: step, began: e.metrics.now()}
	err := e.prepare(ctx, step, ch, req)
	if err == nil {
		var size int
		size, err = ch.send(ctx, req, timing(ch.responses.busy()), sent)
		traceFrame(step, size)
	}
	if err != nil {
		err = callError(opOneway, ch.addr, req, ErrSendRequest, err)
		sent.written(err)
	}
	return err
}

// onewayCall is a one-way request until it is written.
type onewayCall struct {
	ch    *Channel
	code  int32
	step  observ.Step
	began time.Duration
}

// written ends the call: there is nothing more to wait for.
func (c *onewayCall) written(err error) {
	c.ch.owner.onewayPermits.release()
	traceOnewayFlushed(c.step, err)
	c.step.End(&err)
	c.ch.owner.metrics.call(c.ch, c.code, nil, c.began, err, c.step)
}

// begin registers f and sends req. Unless it fails, f will be delivered to, even if the connection breaks.
func (e *endpoint) begin(ctx context.Context, ch *Channel, req *protocol.RemotingCommand, f *responseFuture) error {
	if err := e.prepare(ctx, f.step, ch, req); err != nil {
		e.recycle(f)
		return err
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = e.clock.Now().Add(e.callTimeout)
	}
	f.opaque, f.deadline, f.reads = req.Opaque, deadline, ch.reads.Load()
	step, sent := f.step, traceWrite(f)
	others, err := ch.responses.put(f)
	if err != nil {
		e.recycle(f)
		return err
	}
	traceResponseTablePut(step)
	size, err := ch.send(ctx, req, timing(others), sent)
	traceFrame(step, size)
	if err == nil || ch.responses.take(req.Opaque) == nil { // taken by others: they deliver
		return nil
	}
	e.recycle(f)
	return err
}

// prepare gives req its opaque, its encoding and its trace context, and runs the hooks: one that signs sees every field.
func (e *endpoint) prepare(ctx context.Context, step observ.Step, ch *Channel, req *protocol.RemotingCommand) error {
	req.Opaque = e.opaque.Add(1)
	req.Serialize = e.encoding(req.Code)
	traceCall(step, req)
	ch.propagate(ctx, req)
	return e.doBeforeRPCHooks(ctx, ch.addr, req)
}

// encoding is how a command of that code is encoded.
func (e *endpoint) encoding(code int32) protocol.SerializeType {
	if code > math.MaxInt16 {
		return protocol.JSON // the binary header has 16 bits for it
	}
	return e.serialize
}

// timing lets others append to the same write when there are others.
func timing(others bool) writeTiming {
	if others {
		return writeYield
	}
	return writeNow
}

// acquirePermit waits for a permit until ctx is done.
func (e *endpoint) acquirePermit(ctx context.Context, p permits) error {
	if p.tryAcquire() {
		traceSemaphoreAcquired(ctx, p, 0)
		e.metrics.permitted(p == e.onewayPermits, 0, observ.SpanContextOf(ctx))
		return nil
	}
	began := e.clock.Now()
	if err := p.acquire(ctx); err != nil {
		return err
	}
	waited := e.clock.Now().Sub(began)
	traceSemaphoreAcquired(ctx, p, waited)
	e.metrics.permitted(p == e.onewayPermits, waited, observ.SpanContextOf(ctx))
	return nil
}

// processResponseCommand delivers a response to the call that waits for it. One that nobody waits for (any more) is dropped.
//
// Java: netty.NettyRemotingAbstract#processResponseCommand (5.5.0).
func (ch *Channel) processResponseCommand(cmd *protocol.RemotingCommand, size int) {
	f := ch.responses.take(cmd.Opaque)
	if f == nil {
		ch.owner.log.Debug("response matches no request", zap.String("addr", ch.addr), zap.Int32("opaque", cmd.Opaque))
		return
	}
	traceResponseMatched(f, cmd, size)
	f.deliver(cmd, nil)
}

// scanResponseTable fails the calls whose deadline has come.
//
// Java: netty.NettyRemotingAbstract#scanResponseTable (5.5.0), which looks once a second.
func (ch *Channel) scanResponseTable() {
	for _, f := range ch.responses.expired() {
		ch.closeIfSilent(f.reads) // first: whoever has waited in vain may call again at once, and should dial then
		f.deliver(nil, context.DeadlineExceeded)
	}
}

// closeIfSilent closes the connection if nothing came over it since it had done so many reads, at a request's deadline: then the
// peer is gone though its socket looks open, and the next call had better dial. Apache closes after any timeout of some length,
// which fails the other calls on a connection that is only slow at one.
func (ch *Channel) closeIfSilent(reads uint64) {
	if ch.reads.Load() == reads && ch.owner.clock.Now().Sub(time.Unix(0, ch.lastRead.Load())) >= silentAfter {
		ch.close(errSilent)
	}
}
