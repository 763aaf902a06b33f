package remoting

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
)

var (
	stepInvokeSync = observ.Define(observ.Op{
		ID: "remoting.invokeSync", Func: "remoting.(*Client).InvokeSync",
		Java: "NettyRemotingClient#invokeSync", Claims: []string{"S7", "T9"},
	})
	stepInvokeAsync = observ.Define(observ.Op{
		ID: "remoting.invokeAsync", Func: "remoting.(*Client).InvokeAsync",
		Java: "NettyRemotingClient#invokeAsync", Claims: []string{"T7", "T14"},
	})
	stepInvokeOneway = observ.Define(observ.Op{
		ID: "remoting.invokeOneway", Func: "remoting.(*Client).InvokeOneway",
		Java: "NettyRemotingClient#invokeOneway", Claims: []string{"T14"},
	})
	stepGetAndCreateChannel = observ.Define(observ.Op{
		ID: "remoting.getAndCreateChannel", Func: "remoting.(*Client).getAndCreateChannel",
		Java: "NettyRemotingClient#getAndCreateChannel", Claims: []string{"T3", "T4"},
	})
)

// The Ops of the calls, by request code: made once, never changed. A code calls by three functions, which share one step id.
var (
	stepClientSync   = defineCodes("remoting.client.", observ.Client, "remoting.(*endpoint).invokeSyncImpl", "NettyRemotingAbstract#invokeSyncImpl", "S8", "T7", "T8")
	stepClientAsync  = defineCodes("remoting.client.", observ.Client, "remoting.(*endpoint).invokeAsyncImpl", "NettyRemotingAbstract#invokeAsyncImpl", "S8", "T7", "T8")
	stepClientOneway = defineCodes("remoting.client.", observ.Client, "remoting.(*endpoint).invokeOnewayImpl", "NettyRemotingAbstract#invokeOnewayImpl", "S8", "T14")
	stepServer       = defineCodes("remoting.server.", observ.Server, "remoting.(*endpoint).processRequestCommand", "NettyRemotingAbstract#processRequestCommand", "N1", "N2")
)

// codeOps has an Op for each known request code, and one for all others.
type codeOps struct {
	byCode  map[protocol.RequestCode]*observ.Op
	low     [lowCodes]*observ.Op // those with small codes, the most frequent ones among them; nil for unknown ones
	unknown *observ.Op
}

const lowCodes = 400

func defineCodes(prefix string, kind observ.Kind, fn, java string, claims ...string) *codeOps {
	define := func(name string) *observ.Op {
		idle := kind == observ.Server && (name == protocol.PullMessage.String() || name == protocol.LitePullMessage.String())
		return observ.Define(observ.Op{
			ID: prefix + name, Kind: kind, Detail: observ.Semconv, MayBeIdle: idle, Func: fn, Java: java, Claims: claims,
			Attrs: []observ.Attr{observ.String("rpc.system.name", "rocketmq"), observ.String("rpc.method", name)},
		})
	}
	codes := protocol.RequestCodes()
	ops := &codeOps{byCode: make(map[protocol.RequestCode]*observ.Op, len(codes)), unknown: define("UNKNOWN")}
	for _, code := range codes {
		op := define(code.String())
		ops.byCode[code] = op
		if code >= 0 && code < lowCodes {
			ops.low[code] = op
		}
	}
	return ops
}

func (o *codeOps) of(code int32) *observ.Op {
	if code >= 0 && code < lowCodes && o.low[code] != nil {
		return o.low[code]
	}
	if op := o.byCode[protocol.RequestCode(code)]; op != nil {
		return op
	}
	return o.unknown
}

// Steps are this package's steps. Of a code's three client Ops, which share an id, it has the synchronous one.
func Steps() []*observ.Op {
	steps := []*observ.Op{stepInvokeSync, stepInvokeAsync, stepInvokeOneway, stepGetAndCreateChannel}
	for _, ops := range []*codeOps{stepClientSync, stepServer} {
		for _, code := range protocol.RequestCodes() {
			steps = append(steps, ops.byCode[code])
		}
		steps = append(steps, ops.unknown)
	}
	return steps
}

func traceInvokeSync(ctx context.Context, c clock.Clock, req *protocol.RemotingCommand) (context.Context, observ.Step) {
	ctx, step := stepInvokeSync.Start(ctx)
	return ctx, describeInvoke(ctx, c, step, req)
}

func traceInvokeAsync(ctx context.Context, c clock.Clock, req *protocol.RemotingCommand) (context.Context, observ.Step) {
	ctx, step := stepInvokeAsync.Start(ctx)
	return ctx, describeInvoke(ctx, c, step, req)
}

func traceInvokeOneway(ctx context.Context, c clock.Clock, req *protocol.RemotingCommand) (context.Context, observ.Step) {
	ctx, step := stepInvokeOneway.Start(ctx)
	return ctx, describeInvoke(ctx, c, step, req)
}

func describeInvoke(ctx context.Context, c clock.Clock, step observ.Step, req *protocol.RemotingCommand) observ.Step {
	if !step.On() {
		return step
	}
	method := observ.String("rpc.method", protocol.RequestCode(req.Code).String())
	if deadline, ok := ctx.Deadline(); ok {
		step.Set(method, observ.Int64("rocketmq.timeout_ms", deadline.Sub(c.Now()).Milliseconds()))
	} else {
		step.Set(method)
	}
	return step
}

func traceSemaphoreAcquired(ctx context.Context, p permits, waited time.Duration) {
	if step := stepInvokeAsync.Current(ctx); step.On() {
		step.Event("semaphore.acquired", observ.Int64("rocketmq.semaphore.wait_us", waited.Microseconds()), observ.Int("rocketmq.semaphore.available", p.available()))
	}
}

func traceGetAndCreateChannel(ctx context.Context) (context.Context, observ.Step) {
	return stepGetAndCreateChannel.Start(ctx)
}

// channelAttrs are what spans say of a connection; made once, at the first that does.
type channelAttrs struct {
	once   sync.Once
	reused *observ.Prepared // its peer, and that it was there already
	dialed *observ.Prepared // the server's address, and the peer
	call   []observ.Attr    // of a CLIENT span: the same
	client []observ.Attr    // of a SERVER span: the client's address, and the peer

	calls    observ.Recent[callKind, observ.Preset]
	requests observ.Recent[requestKind, observ.Preset]
}

func (ch *Channel) attrs() *channelAttrs {
	a := &ch.described
	a.once.Do(func() {
		host, port := ch.remote.Addr().String(), int(ch.remote.Port())
		peer := []observ.Attr{observ.String("network.peer.address", host), observ.Int("network.peer.port", port)}
		a.reused = observ.Prepare(append(peer, observ.Bool("rocketmq.channel.reused", true))...)
		a.call = slices.Concat(observ.ServerAttrs(ch.addr), peer)
		a.dialed = observ.Prepare(a.call...)
		a.client = slices.Concat(peer, []observ.Attr{observ.String("client.address", host), observ.Int("client.port", port)})
	})
	return a
}

func traceChannelReused(step observ.Step, ch *Channel) {
	if step.On() {
		step.SetPrepared(ch.attrs().reused)
	}
}

func traceChannelDialled(step observ.Step, addr string, entry *channelEntry) {
	if !step.On() {
		return
	}
	step.Set(observ.Bool("rocketmq.channel.reused", false), observ.Int64("rocketmq.channel.dial_ms", entry.took.Milliseconds()))
	if entry.ch != nil {
		step.SetPrepared(entry.ch.attrs().dialed)
	} else {
		step.Set(observ.ServerAttrs(addr)...)
	}
}

func traceInvokeSyncImpl(ctx context.Context, ch *Channel, req *protocol.RemotingCommand) (context.Context, observ.Step) {
	return traceInvoke(ctx, stepClientSync, ch, req)
}

func traceInvokeAsyncImpl(ctx context.Context, ch *Channel, req *protocol.RemotingCommand) (context.Context, observ.Step) {
	return traceInvoke(ctx, stepClientAsync, ch, req)
}

func traceInvokeOnewayImpl(ctx context.Context, ch *Channel, req *protocol.RemotingCommand) (context.Context, observ.Step) {
	ctx, step := traceInvoke(ctx, stepClientOneway, ch, req)
	if step.On() {
		step.Set(observ.Bool("rocketmq.oneway", true))
	}
	return ctx, step
}

func traceInvoke(ctx context.Context, ops *codeOps, ch *Channel, req *protocol.RemotingCommand) (context.Context, observ.Step) {
	op := ops.of(req.Code)
	inner := op.Inner(ctx)
	if !inner.On() {
		return ctx, observ.Step{}
	}
	ctx, step := inner.Start(ctx, ch.callSpans(callKind{op, ch.owner.encoding(req.Code)}))
	if op == ops.unknown {
		traceUnknown(step, req)
	}
	return ctx, step
}

// callKind is what CLIENT spans of a connection have in common.
type callKind struct {
	op        *observ.Op
	serialize protocol.SerializeType
}

func (ch *Channel) callSpans(kind callKind) *observ.Preset {
	a := ch.attrs()
	if known := a.calls.Load(kind); known != nil {
		return known
	}
	attrs := append(slices.Clone(a.call), observ.String("rocketmq.serialize", serializeName(kind.serialize)))
	return a.calls.Keep(kind, kind.op.Preset(kind.op.Name, attrs...))
}

// traceUnknown tells the number of a request code that has no name here.
func traceUnknown(step observ.Step, req *protocol.RemotingCommand) {
	if step.On() {
		step.Set(observ.String("rpc.method_original", strconv.Itoa(int(req.Code))))
	}
}

// traceCall tells a call's span what became known while it was prepared.
func traceCall(step observ.Step, req *protocol.RemotingCommand) {
	if step.On() {
		step.Set(observ.Int("rocketmq.opaque", int(req.Opaque)))
	}
}

func serializeName(t protocol.SerializeType) string {
	if t == protocol.JSON {
		return "JSON"
	}
	return "ROCKETMQ"
}

func traceResponseTablePut(step observ.Step) { step.Event("responseTable.put") }

// callWrite is the event that a traced request has reached the socket, recorded once, and before its response.
type callWrite struct {
	step observ.Step
	done atomic.Bool
}

func (w *callWrite) written(err error) {
	if err == nil && w.done.CompareAndSwap(false, true) {
		w.step.Event("flushed")
	}
}

// traceWrite makes the writer record that f's request was flushed; nil when nothing records that.
func traceWrite(f *responseFuture) written {
	if !f.step.HasEvents() {
		return nil
	}
	w := &callWrite{step: f.step}
	f.sent = w
	return w
}

func traceFrame(step observ.Step, size int) {
	if step.On() {
		step.Set(observ.Int("rocketmq.frame.bytes", size))
	}
}

func traceOnewayFlushed(step observ.Step, err error) {
	if err == nil {
		step.Event("flushed")
	}
}

// traceResponseMatched leaves a span without events alone: most often its caller, who is about to wake, is on another processor.
func traceResponseMatched(f *responseFuture, resp *protocol.RemotingCommand, size int) {
	if f.sent != nil {
		f.sent.written(nil)
		f.step.Event("response.matched", observ.Int("rocketmq.opaque", int(resp.Opaque)), observ.Int("rocketmq.frame.bytes", size))
	}
}

// traceAnswered notes how a call was answered, if it was.
func traceAnswered(step observ.Step, resp *protocol.RemotingCommand) {
	if step.On() && resp != nil {
		traceStatus(step, resp)
	}
}

// succeeded is the status of most responses.
var succeeded = observ.Prepare(observ.String("rpc.response.status_code", protocol.Success.String()))

// traceStatus records a response's code. Those that say that the server could not do its work are failures; what it refuses, or does
// not have, is an answer, and a failure only of the step that wanted something else.
func traceStatus(step observ.Step, resp *protocol.RemotingCommand) {
	code := protocol.ResponseCode(resp.Code)
	if code == protocol.Success {
		step.SetPrepared(succeeded)
		return
	}
	step.Set(observ.String("rpc.response.status_code", code.String()))
	switch code {
	case protocol.SystemError, protocol.SystemBusy, protocol.RequestCodeNotSupported, protocol.ServiceNotAvailable:
		step.Fail(&protocol.ResponseError{Code: code, Remark: resp.Remark})
	}
}

func traceProcessRequestCommand(ctx context.Context, rc *RequestContext) context.Context {
	component, req := rc.endpoint.component, rc.Request
	if component.Detail() == observ.Off {
		return ctx
	}
	if rc.unrecorded {
		if refused, sure := component.Unrecorded(); sure {
			return refused
		}
	}
	op := stepServer.of(req.Code)
	draw := drawForRequest(ctx, component, op, rc)
	if !draw.On() {
		return draw.Context()
	}
	ctx, rc.step = draw.Start(rc.Channel.requestSpans(requestKind{op, rc.executor, req.Serialize, req.IsOneway()}))
	if rc.step.On() {
		rc.describe(op)
	}
	return ctx
}

// drawForRequest follows what the request says of its trace.
func drawForRequest(ctx context.Context, component *observ.Component, op *observ.Op, rc *RequestContext) observ.Draw {
	switch {
	case rc.unrecorded:
		return component.DrawUnrecorded(ctx, op)
	case rc.parent != "":
		return component.DrawBelow(ctx, op, &rc.Request.ExtFields)
	}
	return component.Draw(ctx, op)
}

// requestKind is what SERVER spans of a connection have in common.
type requestKind struct {
	op        *observ.Op
	executor  *Executor // nil for what is refused
	serialize protocol.SerializeType
	oneway    bool
}

func (ch *Channel) requestSpans(kind requestKind) *observ.Preset {
	a := ch.attrs()
	if known := a.requests.Load(kind); known != nil {
		return known
	}
	attrs := append(slices.Clone(a.client), observ.String("rocketmq.serialize", serializeName(kind.serialize)), observ.Bool("rocketmq.oneway", kind.oneway))
	if kind.executor != nil {
		attrs = append(attrs, observ.String("rocketmq.executor", kind.executor.name))
	}
	return a.requests.Keep(kind, kind.op.Preset(kind.op.Name, attrs...))
}

// describe tells a request's span what it has in common with no other.
func (rc *RequestContext) describe(op *observ.Op) {
	if op == stepServer.unknown {
		traceUnknown(rc.step, rc.Request)
	}
	opaque, size := observ.Int("rocketmq.opaque", int(rc.Request.Opaque)), observ.Int("rocketmq.frame.bytes", rc.size)
	if rc.executor == nil {
		rc.step.Set(opaque, size)
		return
	}
	wait := clock.Since(rc.endpoint.clock, rc.ReceivedAt)
	rc.step.Set(opaque, size, observ.Int64("rocketmq.queue.wait_us", wait.Microseconds()))
}

// traceUnanswered ends the span of a request that gets no answer.
func traceUnanswered(rc *RequestContext, resp *protocol.RemotingCommand) {
	if rc.step.On() && resp != nil {
		traceStatus(rc.step, resp)
	}
	rc.step.End(nil)
}

// answerWrite ends a SERVER span when its response has reached the socket.
type answerWrite struct{ step observ.Step }

func (w answerWrite) written(err error) { w.step.End(&err) }

// traceAnswer makes the writer end rc's span; nil when nothing records.
func traceAnswer(rc *RequestContext, resp *protocol.RemotingCommand) written {
	if !rc.step.On() {
		return nil
	}
	traceStatus(rc.step, resp)
	return answerWrite{rc.step}
}

// traceAnswerRefused ends the span of a request whose answer the connection did not accept.
func traceAnswerRefused(rc *RequestContext, err error) { rc.step.End(&err) }
