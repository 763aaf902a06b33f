package api

import (
	"context"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/remoting/protocol"
)

// RemotingClient is what requests go through: *remoting.Client.
type RemotingClient interface {
	InvokeSync(ctx context.Context, addr string, req *protocol.RemotingCommand) (*protocol.RemotingCommand, error)
	InvokeAsync(ctx context.Context, addr string, req *protocol.RemotingCommand, complete func(*protocol.RemotingCommand, error)) error
	InvokeOneway(ctx context.Context, addr string, req *protocol.RemotingCommand) error
}

// MQClientAPIImpl makes requests. Safe for concurrent use.
type MQClientAPIImpl struct {
	remoting RemotingClient
	clock    clock.Clock
	timeout  time.Duration // at most, of requests of the control plane
	hooked   bool          // others see responses
}

// New makes requests through c. timeout bounds those of the control plane, whatever their context allows; sends and pulls have
// only their context's deadline. hooked says that others, who may keep them, see requests and responses too.
func New(c RemotingClient, cl clock.Clock, timeout time.Duration, hooked bool) *MQClientAPIImpl {
	return &MQClientAPIImpl{remoting: c, clock: cl, timeout: timeout, hooked: hooked}
}

// Hooked says whether others see requests and responses.
func (a *MQClientAPIImpl) Hooked() bool { return a.hooked }

// release gives back a response that has been read.
func (a *MQClientAPIImpl) release(resp *protocol.RemotingCommand) {
	if !a.hooked {
		resp.Release()
	}
}

// call makes a synchronous request of the control plane: anything but success is an error.
func (a *MQClientAPIImpl) call(ctx context.Context, addr string, code protocol.RequestCode, h protocol.CustomHeader, body []byte) (*protocol.RemotingCommand, error) {
	req := protocol.NewRequest(code, h)
	req.Body = body
	return a.invoke(ctx, addr, req)
}

// invoke is call with a request made already.
func (a *MQClientAPIImpl) invoke(ctx context.Context, addr string, req *protocol.RemotingCommand) (*protocol.RemotingCommand, error) {
	ctx = WithDeadline(ctx, a.clock.Now().Add(a.timeout))
	resp, err := a.remoting.InvokeSync(ctx, addr, req)
	if err != nil {
		return nil, err
	}
	return resp, failure(addr, resp)
}

// failure is a response's code as an error; nil for success.
func failure(addr string, resp *protocol.RemotingCommand) error {
	if code := protocol.ResponseCode(resp.Code); code != protocol.Success {
		return &protocol.ResponseError{Code: code, Remark: resp.Remark, Addr: addr}
	}
	return nil
}
