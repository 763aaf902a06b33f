package remoting

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/plumemq/plume/remoting/protocol"
)

// RPCHook sees every request just before it is sent, and its response; on a server, every request before its processor and the
// response after. Hooks run in the order of their registration, concurrently for concurrent calls.
//
// Java: remoting.RPCHook (5.5.0).
type RPCHook interface {
	// DoBeforeRequest may change req. An error stops the call (on a server it becomes the response).
	DoBeforeRequest(ctx context.Context, addr string, req *protocol.RemotingCommand) error
	// DoAfterResponse sees the response; not called when there is none.
	DoAfterResponse(ctx context.Context, addr string, req, resp *protocol.RemotingCommand)
}

// hookList are hooks in the order of their registration. The zero value is empty.
type hookList struct{ list atomic.Pointer[[]RPCHook] }

// add adds a hook unless it is there; calls must not overlap.
func (l *hookList) add(h RPCHook) {
	old := l.list.Load()
	switch {
	case h == nil:
	case old == nil:
		l.list.Store(&[]RPCHook{h})
	case !slices.Contains(*old, h):
		next := append(slices.Clone(*old), h)
		l.list.Store(&next)
	}
}

func (l *hookList) before(ctx context.Context, addr string, req *protocol.RemotingCommand) error {
	hooks := l.list.Load()
	if hooks == nil {
		return nil
	}
	for _, h := range *hooks {
		if err := h.DoBeforeRequest(ctx, addr, req); err != nil {
			return err
		}
	}
	return nil
}

func (l *hookList) after(ctx context.Context, addr string, req, resp *protocol.RemotingCommand) {
	hooks := l.list.Load()
	if hooks == nil || resp == nil {
		return
	}
	for _, h := range *hooks {
		h.DoAfterResponse(ctx, addr, req, resp)
	}
}

// RegisterRPCHook adds a hook behind those already there. A hook registered twice runs once.
func (e *endpoint) RegisterRPCHook(h RPCHook) {
	e.registerMu.Lock()
	defer e.registerMu.Unlock()
	e.hooks.add(h)
}

// doBeforeRPCHooks runs before a request of this side's is sent.
//
// Java: netty.NettyRemotingAbstract#doBeforeRpcHooks (5.5.0).
func (e *endpoint) doBeforeRPCHooks(ctx context.Context, addr string, req *protocol.RemotingCommand) error {
	return e.hooks.before(ctx, addr, req)
}

// doAfterRPCHooks runs once such a request is answered.
//
// Java: netty.NettyRemotingAbstract#doAfterRpcHooks (5.5.0).
func (e *endpoint) doAfterRPCHooks(ctx context.Context, addr string, req, resp *protocol.RemotingCommand) {
	e.hooks.after(ctx, addr, req, resp)
}
