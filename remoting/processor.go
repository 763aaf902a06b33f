package remoting

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol"
)

// Processor answers the requests of the codes that it is registered for, concurrently.
//
// The response needs neither opaque nor the response flag. A *protocol.ResponseError becomes its code, remark and fields, any other
// error SYSTEM_ERROR with its text, a panic too. (nil, nil) means no answer, unless the request was suspended.
//
// Java: remoting.netty.NettyRequestProcessor (5.5.0).
type Processor interface {
	ProcessRequest(ctx context.Context, rc *RequestContext) (*protocol.RemotingCommand, error)
}

// ProcessorFunc is a function as a [Processor].
type ProcessorFunc func(ctx context.Context, rc *RequestContext) (*protocol.RemotingCommand, error)

// ProcessRequest calls f.
func (f ProcessorFunc) ProcessRequest(ctx context.Context, rc *RequestContext) (*protocol.RemotingCommand, error) {
	return f(ctx, rc)
}

// RequestContext is one request being processed. It and what it holds belong to the processor, and stay valid for as long as they
// are held, unless the processor has it recycled.
type RequestContext struct {
	// Request is what the peer sent. Its strings and body share one buffer: clone what is kept for long.
	Request *protocol.RemotingCommand
	// Channel is the connection it came over.
	Channel *Channel
	// ReceivedAt is when its bytes were read.
	ReceivedAt time.Time

	endpoint   *endpoint
	executor   *Executor
	processor  Processor
	step       observ.Step // the SERVER span; ended by whoever answers
	suspended  bool        // owned by the worker
	followed   bool
	parent     string // its traceparent; "" if it has none
	unrecorded bool   // its trace is not recorded
	size       int    // of its frame, in bytes
	answered   atomic.Bool
	status     int32 // the answer's code, where metrics are recorded

	memory  protocol.CommandMemory // of a server's requests
	holders atomic.Int32           // the worker and the answer: who still works with it
	recycle bool
	release func() // told when it is recycled; may be nil
}

// Followed says that another request for the same executor is processed next on this goroutine, and that the executor then finishes what
// was left to be done for both: see [Executor.Gather].
func (rc *RequestContext) Followed() bool { return rc.followed }

// holdersOfRequest are the worker that runs the processor, and the answer until it is written.
const holdersOfRequest = 2

// Recycle says that the processor keeps nothing of the request once that is answered, and answers it no more than once. The request's
// memory then serves another one; its strings and body stay valid for as long as they are held. release, which may be nil, is called
// when that is so: what the answer was made of is free then, too.
func (rc *RequestContext) Recycle(release func()) { rc.recycle, rc.release = true, release }

// leave is called by each of its holders, as the last thing that they do with it.
func (rc *RequestContext) leave() {
	if rc.holders.Add(-1) > 0 || !rc.recycle {
		return
	}
	requests, release := &rc.endpoint.requests, rc.release
	*rc = RequestContext{}
	requests.Put(rc)
	if release != nil {
		release()
	}
}

// Suspend says that the answer will come later, through the Responder, from any goroutine. The processor then returns (nil, nil)
// and its worker is free. Call it before handing the Responder to anyone.
func (rc *RequestContext) Suspend() *Responder {
	rc.suspended = true
	return (*Responder)(rc)
}

// Responder answers one suspended request.
type Responder RequestContext

// Respond answers the request, as the results of ProcessRequest would have. Only the first call counts. It never blocks on the
// peer, so a loop may answer many requests. Safe for concurrent use.
func (r *Responder) Respond(resp *protocol.RemotingCommand, err error) {
	rc := (*RequestContext)(r)
	rc.endpoint.answer(context.Background(), rc, resp, err, writeLater)
}
