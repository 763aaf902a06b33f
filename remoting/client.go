package remoting

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/plumemq/plume/remoting/protocol"
)

// clientQueue is how many requests of servers may wait at a client.
const clientQueue = 10_000

// Client calls servers by address, over one connection per address that all callers share, dialled on first use. Safe for
// concurrent use.
//
// A request belongs to the client during the call: it sets opaque and encoding, and hooks may add fields. Do not use one request
// for two calls at a time. The deadline of the context is the timeout. Errors are [CallError]s; a response with an error code is
// no error here.
//
// Java: remoting.netty.NettyRemotingClient (5.5.0).
type Client struct {
	endpoint
	config ClientConfig

	channelTables atomic.Pointer[channelTable] // an immutable snapshot
	tableMu       sync.Mutex                   // serialises changes of it; never held over a dial
	closed        bool                         // owned by tableMu
	stopDials     chan struct{}                // closed at shutdown

	nameServers nameServers
}

// NewClient makes a client. It has no goroutines until it is used.
func NewClient(config ClientConfig) *Client {
	c := &Client{config: config, stopDials: make(chan struct{})}
	c.config.ConnectTimeout = orDefault(config.ConnectTimeout, DefaultConnectTimeout)
	s := config.settings()
	c.init(s, NewExecutor("client", s.callbackWorkers, clientQueue))
	c.metrics = newClientInstruments(config.Metrics, s.clock)
	c.channelTables.Store(&channelTable{})
	return c
}

// RegisterProcessor answers requests of a code that servers send, on the client's own executor.
func (c *Client) RegisterProcessor(code protocol.RequestCode, p Processor) { c.register(p, nil, code) }

// InvokeSync sends req to addr and waits for the response. An empty addr is a name server's; see UpdateNameServerAddressList.
// Errors: ErrConnect, ErrSendRequest, ErrTimeout, ErrClosed, context.Canceled.
//
// Java: netty.NettyRemotingClient#invokeSync (5.5.0).
func (c *Client) InvokeSync(ctx context.Context, addr string, req *protocol.RemotingCommand) (resp *protocol.RemotingCommand, err error) {
	ctx, step := traceInvokeSync(ctx, c.clock, req)
	defer step.End(&err)
	ch, err := c.getAndCreateChannel(ctx, addr)
	if err != nil {
		return nil, callError(opSync, addr, req, ErrConnect, err)
	}
	resp, err = c.invokeSyncImpl(ctx, ch, req)
	if err == nil && resp.Code == int32(protocol.GoAway) {
		return nil, c.goAway(opSync, ch, req, resp)
	}
	return resp, err
}

// InvokeAsync sends req to addr and returns once it is on its way. callback is called exactly once, with a response or an error,
// on the client's callback executor, unless InvokeAsync itself returns an error. The deadline of ctx counts (without one, the
// client's CallTimeout), its cancellation after the return does not. Errors: as InvokeSync, and ErrTooMuchRequest.
//
// Java: netty.NettyRemotingClient#invokeAsync (5.5.0).
func (c *Client) InvokeAsync(ctx context.Context, addr string, req *protocol.RemotingCommand, callback func(resp *protocol.RemotingCommand, err error)) (err error) {
	ctx, step := traceInvokeAsync(ctx, c.clock, req)
	defer step.End(&err)
	ch, err := c.getAndCreateChannel(ctx, addr)
	if err != nil {
		return callError(opAsync, addr, req, ErrConnect, err)
	}
	return c.invokeAsyncImpl(ctx, ch, req, func(resp *protocol.RemotingCommand, err error) {
		if err == nil && resp.Code == int32(protocol.GoAway) {
			resp, err = nil, c.goAway(opAsync, ch, req, resp)
		}
		callback(resp, err)
	})
}

// InvokeOneway sends req to addr, marked so that no response comes, and returns once it is on its way. Errors: as InvokeAsync.
//
// Java: netty.NettyRemotingClient#invokeOneway (5.5.0).
func (c *Client) InvokeOneway(ctx context.Context, addr string, req *protocol.RemotingCommand) (err error) {
	ctx, step := traceInvokeOneway(ctx, c.clock, req)
	defer step.End(&err)
	ch, err := c.getAndCreateChannel(ctx, addr)
	if err != nil {
		return callError(opOneway, addr, req, ErrConnect, err)
	}
	return c.invokeOnewayImpl(ctx, ch, req)
}

// goAway retires the channel of a server that is shutting down: the calls in flight may finish, the next one dials.
func (c *Client) goAway(op string, ch *Channel, req, resp *protocol.RemotingCommand) error {
	c.removeChannel(ch)
	cause := &protocol.ResponseError{Code: protocol.GoAway, Remark: resp.Remark, Addr: ch.addr}
	return callError(op, ch.addr, req, ErrSendRequest, cause)
}

// CloseChannel closes the connection to addr, if there is one. Its waiting calls fail with ErrSendRequest; the next call dials.
func (c *Client) CloseChannel(addr string) {
	if entry := (*c.channelTables.Load())[addr]; entry != nil {
		if ch := entry.channel(); ch != nil {
			ch.Close()
		}
	}
}

// Shutdown closes all connections, fails the calls in flight with ErrClosed, and waits for the client's goroutines, except for
// callbacks that are still running. Further calls fail with ErrClosed. It may be called more than once.
//
// Java: netty.NettyRemotingClient#shutdown (5.5.0).
func (c *Client) Shutdown() {
	c.tableMu.Lock()
	first := !c.closed
	c.closed = true
	table := *c.channelTables.Load()
	c.tableMu.Unlock()
	if first {
		close(c.stopDials)
	}
	for _, entry := range table {
		<-entry.ready
		if ch := entry.channel(); ch != nil {
			ch.close(ErrClosed)
		}
	}
	c.goroutines.Wait()
	c.releaseExecutors()
}
