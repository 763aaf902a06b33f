package remoting

import (
	"context"
	"slices"

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

// RegisterRPCHook adds a hook behind those already there. A hook registered twice runs once.
func (e *endpoint) RegisterRPCHook(h RPCHook) {
	if h == nil {
		return
	}
	e.registerMu.Lock()
	defer e.registerMu.Unlock()
	old := e.hooks.Load()
	if old == nil {
		e.hooks.Store(&[]RPCHook{h})
		return
	}
	if !slices.Contains(*old, h) {
		next := append(slices.Clone(*old), h)
		e.hooks.Store(&next)
	}
}

func (e *endpoint) doBeforeRPCHooks(ctx context.Context, addr string, req *protocol.RemotingCommand) error {
	hooks := e.hooks.Load()
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

func (e *endpoint) doAfterRPCHooks(ctx context.Context, addr string, req, resp *protocol.RemotingCommand) {
	hooks := e.hooks.Load()
	if hooks == nil || resp == nil {
		return
	}
	for _, h := range *hooks {
		h.DoAfterResponse(ctx, addr, req, resp)
	}
}
