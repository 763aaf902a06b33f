package remoting

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
)

// nameServers are the addresses of the name servers and which of them is in use. The choice sticks until its connection is lost
// or cannot be made; then the next in the list is tried.
type nameServers struct {
	state atomic.Pointer[nameServerState]
}

// nameServerState is an immutable snapshot.
type nameServerState struct {
	addrs     []string
	index     int
	connected bool // a connection to the chosen one has been made
}

func (s *nameServerState) addr() string { return s.addrs[s.index] }

// after is the state in which the next address is chosen.
func (s *nameServerState) after() *nameServerState {
	return &nameServerState{addrs: s.addrs, index: (s.index + 1) % len(s.addrs)}
}

// UpdateNameServerAddressList replaces the name servers' addresses. An empty list, or the same addresses in any order, changes
// nothing. If the chosen server is no longer among them its connection is closed.
//
// Java: netty.NettyRemotingClient#updateNameServerAddressList (5.5.0).
func (c *Client) UpdateNameServerAddressList(addrs []string) {
	if len(addrs) == 0 {
		return
	}
	old := c.nameServers.state.Load()
	if old != nil && sameAddresses(old.addrs, addrs) {
		return
	}
	next := &nameServerState{addrs: slices.Clone(addrs), index: rand.IntN(len(addrs))}
	var gone string
	if old != nil && old.connected {
		if i := slices.Index(addrs, old.addr()); i >= 0 {
			next.index, next.connected = i, true
		} else {
			gone = old.addr()
		}
	}
	c.nameServers.state.Store(next)
	c.log.Info("name server addresses updated", zap.Strings("addrs", addrs))
	if gone != "" {
		c.CloseChannel(gone)
	}
}

func sameAddresses(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(b, func(s string) bool { return !slices.Contains(a, s) })
}

// NameServerAddressList is the present list.
func (c *Client) NameServerAddressList() []string {
	if s := c.nameServers.state.Load(); s != nil {
		return slices.Clone(s.addrs)
	}
	return nil
}

// ChosenNameServer is the address of the name server in use, or "" while there is none.
func (c *Client) ChosenNameServer() string {
	if s := c.nameServers.state.Load(); s != nil && s.connected {
		return s.addr()
	}
	return ""
}

// getAndCreateNameServerChannel finds the connection to the chosen name server, or tries all of them in turn, sharing what is
// left of ctx's time equally, so that one that swallows packets does not cost the others their chance.
//
// Java: netty.NettyRemotingClient#getAndCreateNameserverChannel (5.5.0), which tries one per call.
func (c *Client) getAndCreateNameServerChannel(ctx context.Context, step observ.Step) (*Channel, error) {
	state := c.nameServers.state.Load()
	if state == nil {
		return nil, errNoAddress
	}
	if state.connected {
		if ch := c.liveChannel(state.addr()); ch != nil {
			traceChannelReused(step, ch)
			return ch, nil
		}
		state = c.chooseNext(state)
	}
	var failures []error
	for left := len(state.addrs); left > 0; left-- {
		ch, err := c.tryNameServer(ctx, step, state.addr(), left)
		if err == nil {
			c.nameServers.state.CompareAndSwap(state, &nameServerState{addrs: state.addrs, index: state.index, connected: true})
			return ch, nil
		}
		if errors.Is(err, ErrClosed) {
			return nil, err
		}
		failures = append(failures, err)
		state = c.chooseNext(state)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, &connectError{errors.Join(failures...)}
}

// chooseNext moves on from state, unless someone else has moved on already; it returns the present state.
func (c *Client) chooseNext(state *nameServerState) *nameServerState {
	next := state.after()
	if c.nameServers.state.CompareAndSwap(state, next) {
		return next
	}
	return c.nameServers.state.Load()
}

// tryNameServer connects to addr within a share of ctx's time.
func (c *Client) tryNameServer(ctx context.Context, step observ.Step, addr string, shares int) (*Channel, error) {
	if deadline, ok := ctx.Deadline(); ok && shares > 1 {
		share := deadline.Sub(c.clock.Now()) / time.Duration(shares)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, share)
		defer cancel()
	}
	return c.channelTo(ctx, step, addr)
}
