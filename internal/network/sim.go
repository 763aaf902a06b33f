package network

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Fault is what is wrong with the way to an address. The zero Fault is none.
type Fault struct {
	// Refuse makes dials fail at once, as if nobody listened. Connections already made go on.
	Refuse bool
	// Blackhole swallows every packet: dials hang until their context is done, and connections stay open but carry nothing, in
	// either direction, until the fault is lifted; then what was sent meanwhile arrives.
	Blackhole bool
	// Delay is added to every dial, and to every byte in either direction.
	Delay time.Duration
	// Reset breaks a connection as soon as somebody writes to it, as a TCP reset does: what was to be written is lost.
	Reset bool
}

// Sim is a network in memory, for tests: connections between its own listeners and dialers, with faults that can be switched per
// address while they run. It works under testing/synctest. Safe for concurrent use.
type Sim struct {
	mu        sync.Mutex // owns all below
	listeners map[string]*simListener
	faults    map[string]Fault
	conns     map[*simConn]string // the dialled side of each connection, and the address dialled
	nextPort  uint16
	dials     map[string]int
}

// firstSimPort is where ephemeral ports begin.
const firstSimPort = 30000

// NewSim makes an empty network.
func NewSim() *Sim {
	return &Sim{
		listeners: map[string]*simListener{}, faults: map[string]Fault{}, conns: map[*simConn]string{}, nextPort: firstSimPort,
		dials: map[string]int{},
	}
}

// Listen accepts connections on addr, "ip:port"; port 0 picks a free one, an empty or unspecified ip is 127.0.0.1.
func (s *Sim) Listen(addr string) (net.Listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if host == "" || host == "0.0.0.0" || host == "::" || host == "localhost" {
		host = "127.0.0.1"
	}
	addr = net.JoinHostPort(host, port)
	if port == "0" {
		addr = net.JoinHostPort(host, fmt.Sprint(s.portLocked()))
	}
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if s.listeners[addr] != nil {
		return nil, fmt.Errorf("listen %s: %w", addr, syscall.EADDRINUSE)
	}
	l := &simListener{sim: s, addr: net.TCPAddrFromAddrPort(ap), accepted: make(chan net.Conn), closed: make(chan struct{})}
	s.listeners[addr] = l
	return l, nil
}

func (s *Sim) portLocked() uint16 {
	s.nextPort++
	return s.nextPort
}

// Dial connects to a listener of this network.
func (s *Sim) Dial(ctx context.Context, addr string) (net.Conn, error) {
	s.mu.Lock()
	s.dials[addr]++
	fault := s.faults[addr]
	s.mu.Unlock()
	if fault.Blackhole {
		<-ctx.Done()
		return nil, fmt.Errorf("dial %s: %w", addr, ctx.Err())
	}
	if fault.Delay > 0 {
		if err := pause(ctx, fault.Delay); err != nil {
			return nil, fmt.Errorf("dial %s: %w", addr, err)
		}
	}
	s.mu.Lock()
	l := s.listeners[addr]
	if l == nil || fault.Refuse {
		s.mu.Unlock()
		return nil, fmt.Errorf("dial %s: %w", addr, syscall.ECONNREFUSED)
	}
	near, far := s.pairLocked(addr, l.addr)
	s.mu.Unlock()
	select {
	case l.accepted <- far:
		return near, nil
	case <-l.closed:
		near.reset(syscall.ECONNREFUSED)
		return nil, fmt.Errorf("dial %s: %w", addr, syscall.ECONNREFUSED)
	case <-ctx.Done():
		near.reset(ctx.Err())
		return nil, fmt.Errorf("dial %s: %w", addr, ctx.Err())
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pairLocked makes the two sides of a connection.
func (s *Sim) pairLocked(addr string, to *net.TCPAddr) (near, far *simConn) {
	from := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(s.portLocked())}
	fault := s.faults[addr]
	out, in := newSimStream(fault), newSimStream(fault)
	near = &simConn{sim: s, in: in, out: out, local: from, remote: to}
	far = &simConn{sim: s, in: out, out: in, local: to, remote: from}
	near.peer, far.peer = far, near
	s.conns[near] = addr
	return near, far
}

// SetFault puts the way to addr, as dialled, into a state; it holds for connections already made too.
func (s *Sim) SetFault(addr string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[addr] = f
	for c, to := range s.conns {
		if to == addr {
			c.in.setFault(f)
			c.out.setFault(f)
		}
	}
}

// Reset breaks every connection to addr, as a TCP reset does: both sides lose what is in flight and fail with ECONNRESET.
func (s *Sim) Reset(addr string) {
	s.mu.Lock()
	var hit []*simConn
	for c, to := range s.conns {
		if to == addr {
			hit = append(hit, c)
		}
	}
	s.mu.Unlock()
	for _, c := range hit {
		c.reset(syscall.ECONNRESET)
	}
}

// Dials is how often addr has been dialled.
func (s *Sim) Dials(addr string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials[addr]
}

// closed forgets a connection once both of its sides have closed.
func (s *Sim) closed(c *simConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.gone.Store(true)
	if c.peer.gone.Load() {
		delete(s.conns, c)
		delete(s.conns, c.peer)
	}
}

// simListener hands the far sides of dialled connections to Accept.
type simListener struct {
	sim      *Sim
	addr     *net.TCPAddr
	accepted chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

func (l *simListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accepted:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *simListener) Close() error {
	l.once.Do(func() {
		l.sim.mu.Lock()
		delete(l.sim.listeners, l.addr.String())
		l.sim.mu.Unlock()
		close(l.closed)
	})
	return nil
}

func (l *simListener) Addr() net.Addr { return l.addr }
