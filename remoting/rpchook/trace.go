// Package rpchook has the stock hooks of remoting clients. Register [Trace] before any hook that signs a request, as a signature
// covers every field.
package rpchook

import (
	"context"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// trace is the hook that Trace makes; all are equal, so registering it twice is registering it once.
type trace struct{}

// Trace returns a hook that writes the caller's span, W3C traceparent and tracestate, into a request's extFields, from where a
// peer of Plume's takes it as the parent of its own. Apache's servers and clients ignore fields that they do not know. Without a
// recording span it changes nothing. A server registers it with RegisterCallHook.
func Trace() remoting.RPCHook { return trace{} }

// DoBeforeRequest injects the span of ctx.
func (trace) DoBeforeRequest(ctx context.Context, _ string, req *protocol.RemotingCommand) error {
	observ.Inject(ctx, &req.ExtFields)
	return nil
}

// DoAfterResponse does nothing.
func (trace) DoAfterResponse(context.Context, string, *protocol.RemotingCommand, *protocol.RemotingCommand) {
}
