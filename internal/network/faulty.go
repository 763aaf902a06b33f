package network

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"
)

// Faulty is another network with faults that can be switched while it is used: what [Sim] is in memory, this is over real
// sockets. As long as an address has no fault its connections are passed through untouched. Give each part of a system a
// Faulty of its own, and the faults are that part's. Safe for concurrent use.
type Faulty struct {
	next Network

	mu        sync.Mutex // owns all below
	every     Fault
	faults    map[string]Fault // by address: as dialled, or as a listener's own
	conns     map[*faultyConn]struct{}
	listeners map[*faultyListener]struct{}
	dead      bool
	changed   chan struct{} // closed at every change of a fault and replaced
}

// NewFaulty passes everything on to next, until told otherwise.
func NewFaulty(next Network) *Faulty {
	return &Faulty{
		next: next, faults: map[string]Fault{}, conns: map[*faultyConn]struct{}{}, listeners: map[*faultyListener]struct{}{},
		changed: make(chan struct{}),
	}
}

// SetFault puts the way to addr into a state: of dials and connections to it, and, if this network listens there, of the
// connections that it accepted. It holds for connections already made too. Refuse of an own address resets whoever connects.
func (n *Faulty) SetFault(addr string, f Fault) {
	n.change(func() { n.faults[addr] = f })
}

// SetEvery puts every way into a state, beside what [Faulty.SetFault] says of each.
func (n *Faulty) SetEvery(f Fault) {
	n.change(func() { n.every = f })
}

// change changes faults and lets connections and waiting dials know.
func (n *Faulty) change(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
	close(n.changed)
	n.changed = make(chan struct{})
	for c := range n.conns {
		c.setFault(n.faultLocked(c.addr))
	}
}

// faultLocked joins the fault of an address with that of all.
func (n *Faulty) faultLocked(addr string) Fault {
	f := n.faults[addr]
	f.Refuse = f.Refuse || n.every.Refuse
	f.Blackhole = f.Blackhole || n.every.Blackhole
	f.Reset = f.Reset || n.every.Reset
	f.Delay = max(f.Delay, n.every.Delay)
	return f
}

// Reset breaks every connection to or at addr, as a TCP reset does.
func (n *Faulty) Reset(addr string) {
	for _, c := range n.open() {
		if c.addr == addr {
			c.abort(syscall.ECONNRESET)
		}
	}
}

// Kill does what the death of a process does to its sockets: listeners and connections close without a word, and nothing can
// be dialled any more. The peers at the addresses in unaware hear nothing of it, as when a machine loses power: those connections
// carry nothing more, and stay open until [Faulty.Close].
func (n *Faulty) Kill(unaware ...string) {
	n.mu.Lock()
	n.dead = true
	for _, addr := range unaware {
		n.faults[addr] = Fault{Blackhole: true}
	}
	listeners := n.listeners
	n.listeners = map[*faultyListener]struct{}{}
	n.mu.Unlock()
	n.change(func() { n.every = Fault{} })
	for l := range listeners {
		_ = l.Listener.Close() // it is gone either way
	}
	for _, c := range n.open() {
		if !slices.Contains(unaware, c.addr) {
			c.abort(net.ErrClosed)
		}
	}
}

// Close is Kill for everything, also for what an earlier Kill left open.
func (n *Faulty) Close() {
	n.Kill()
}

// open are the connections.
func (n *Faulty) open() []*faultyConn {
	n.mu.Lock()
	defer n.mu.Unlock()
	conns := make([]*faultyConn, 0, len(n.conns))
	for c := range n.conns {
		conns = append(conns, c)
	}
	return conns
}

// Dial connects to addr by way of its fault.
func (n *Faulty) Dial(ctx context.Context, addr string) (net.Conn, error) {
	if err := n.await(ctx, addr); err != nil {
		return nil, fmt.Errorf("dial %s: %w", addr, err)
	}
	conn, err := n.next.Dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	c, ok := n.admit(conn, addr)
	if !ok {
		_ = conn.Close() // never used
		return nil, fmt.Errorf("dial %s: %w", addr, net.ErrClosed)
	}
	return c, nil
}

// await is what a fault does to a dial before it is made: it refuses it, holds it up, or swallows it until the fault is lifted.
func (n *Faulty) await(ctx context.Context, addr string) error {
	for {
		n.mu.Lock()
		f, dead, changed := n.faultLocked(addr), n.dead, n.changed
		n.mu.Unlock()
		switch {
		case dead:
			return net.ErrClosed
		case f.Refuse:
			return syscall.ECONNREFUSED
		case !f.Blackhole && f.Delay > 0:
			return pause(ctx, f.Delay)
		case !f.Blackhole:
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// admit wraps a connection in the present fault of its address; false if everything has been killed meanwhile.
func (n *Faulty) admit(conn net.Conn, addr string) (*faultyConn, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.dead {
		return nil, false
	}
	c := &faultyConn{Conn: Nonblocking(conn), raw: conn, owner: n, addr: addr}
	n.conns[c] = struct{}{}
	c.setFault(n.faultLocked(addr))
	return c, true
}

func (n *Faulty) forget(c *faultyConn) {
	n.mu.Lock()
	delete(n.conns, c)
	n.mu.Unlock()
}

// Listen accepts connections on addr.
func (n *Faulty) Listen(addr string) (net.Listener, error) {
	n.mu.Lock()
	dead := n.dead
	n.mu.Unlock()
	if dead {
		return nil, fmt.Errorf("listen %s: %w", addr, net.ErrClosed)
	}
	l, err := n.next.Listen(addr)
	if err != nil {
		return nil, err
	}
	own := &faultyListener{l, n}
	n.mu.Lock()
	n.listeners[own] = struct{}{}
	n.mu.Unlock()
	return own, nil
}

// faultyListener puts what it accepts under the fault of its own address.
type faultyListener struct {
	net.Listener
	owner *Faulty
}

func (l *faultyListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c, ok := l.owner.admit(conn, l.Addr().String())
		if !ok {
			_ = conn.Close() // never used
			return nil, net.ErrClosed
		}
		if c.refused() {
			c.abort(syscall.ECONNRESET)
			continue
		}
		return c, nil
	}
}

func (l *faultyListener) Close() error {
	l.owner.mu.Lock()
	delete(l.owner.listeners, l)
	l.owner.mu.Unlock()
	return l.Listener.Close()
}
