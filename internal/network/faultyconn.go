package network

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// faultyConn is a connection that goes straight to the socket until its first fault that holds bytes up. From then on two
// streams lie in between, on which the fault acts, with a goroutine for each that carries their bytes from and to the socket.
type faultyConn struct {
	Conn
	raw   net.Conn // Conn before it got its TryWrite and TryRead
	owner *Faulty
	addr  string

	lines   atomic.Pointer[faultyLines] // nil while there was no such fault
	broken  atomic.Pointer[error]       // aborted, and what both directions say
	reading sync.Mutex                  // held by a Read or TryRead of the socket

	mu              sync.Mutex // owns all below
	fault           Fault
	readBy, writeBy time.Time
	closed          bool
}

type faultyLines struct{ in, out *simStream }

// setFault is called under the owner's lock.
func (c *faultyConn) setFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
	if l := c.lines.Load(); l != nil {
		l.in.setFault(f)
		l.out.setFault(f)
		return
	}
	if c.closed || !f.Blackhole && f.Delay == 0 {
		return
	}
	l := &faultyLines{in: newSimStream(f), out: newSimStream(f)}
	l.in.readBy, l.out.writeBy = c.readBy, c.writeBy
	c.lines.Store(l)
	_ = c.raw.SetWriteDeadline(time.Time{})    // it is the stream's now
	_ = c.raw.SetReadDeadline(time.Unix(1, 0)) // a Read under way goes on at the stream
	go c.carryIn(l)
	go c.carryOut(l)
}

func (c *faultyConn) refused() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault.Refuse
}

func (c *faultyConn) resets() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault.Reset && !c.fault.Blackhole
}

// carryIn brings what the socket receives.
func (c *faultyConn) carryIn(l *faultyLines) {
	c.reading.Lock()   // after a Read that was under way; there will be no other
	c.reading.Unlock() //nolint:staticcheck // nothing to do in between
	_ = c.raw.SetReadDeadline(time.Time{})
	buf := make([]byte, 32<<10)
	for {
		n, err := c.raw.Read(buf)
		if !l.arrived(buf[:n], err) {
			return
		}
	}
}

// arrived puts what the socket brought into the stream, and says whether more may come.
func (l *faultyLines) arrived(p []byte, err error) bool {
	if len(p) > 0 {
		if _, e := l.in.write(p); e != nil {
			return false
		}
	}
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	l.in.change(func() {
		if l.in.ended = true; !errors.Is(err, io.EOF) {
			l.in.cause = err
		}
	})
	return false
}

// carryOut takes to the socket what was written, and closes it behind the last byte.
func (c *faultyConn) carryOut(l *faultyLines) {
	buf := make([]byte, 32<<10)
	for {
		n, err := l.out.read(buf)
		if n > 0 {
			_, err = c.raw.Write(buf[:n])
		}
		if err != nil {
			break
		}
	}
	l.out.change(func() { l.out.deaf = true })
	_ = c.raw.Close() // both sides know already
	c.owner.forget(c)
}

// Read reads from the socket, or from the stream before it.
func (c *faultyConn) Read(p []byte) (int, error) {
	for {
		if l := c.lines.Load(); l != nil {
			return l.in.read(p)
		}
		if n, err, done := c.readDirect(p, c.raw.Read); done {
			return n, err
		}
	}
}

// TryRead is Read without waiting.
func (c *faultyConn) TryRead(p []byte) (int, error) {
	if l := c.lines.Load(); l != nil {
		return l.in.tryRead(p)
	}
	n, err, _ := c.readDirect(p, c.Conn.TryRead)
	return n, err
}

// readDirect reads from the socket. What it got while a fault was switched on belongs into the stream: then it is not done.
func (c *faultyConn) readDirect(p []byte, read func([]byte) (int, error)) (n int, err error, done bool) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.lines.Load() != nil {
		return 0, nil, false
	}
	n, err = read(p)
	if broken := c.broken.Load(); broken != nil {
		return 0, *broken, true
	}
	l := c.lines.Load()
	if l == nil {
		return n, err, true
	}
	l.arrived(p[:n], err)
	return 0, nil, false
}

// Write writes to the socket, or to the stream before it, unless the fault is that this breaks the connection.
func (c *faultyConn) Write(p []byte) (int, error) {
	if err := c.mayWrite(); err != nil {
		return 0, err
	}
	if l := c.lines.Load(); l != nil {
		return l.out.write(p)
	}
	return c.raw.Write(p)
}

// TryWrite is Write without waiting.
func (c *faultyConn) TryWrite(p []byte) (int, error) {
	if err := c.mayWrite(); err != nil {
		return 0, err
	}
	if l := c.lines.Load(); l != nil {
		return l.out.tryWrite(p)
	}
	return c.Conn.TryWrite(p)
}

func (c *faultyConn) mayWrite() error {
	if c.broken.Load() == nil && c.resets() {
		c.abort(syscall.ECONNRESET)
	}
	if broken := c.broken.Load(); broken != nil {
		return *broken
	}
	return nil
}

// Close closes the socket: at once, or when what was written has gone out, which a blackhole delays until it is lifted. The peer
// hears of it no sooner.
func (c *faultyConn) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return net.ErrClosed
	}
	c.closed = true
	l := c.lines.Load()
	c.mu.Unlock()
	if l == nil {
		c.owner.forget(c)
		return c.raw.Close()
	}
	l.out.change(func() { l.out.ended = true })
	l.in.change(func() { l.in.deaf = true })
	return nil
}

// abort breaks the connection: this side gets err, and the peer a reset if that is what err is, else an end.
func (c *faultyConn) abort(err error) {
	if !c.broken.CompareAndSwap(nil, &err) {
		return
	}
	c.mu.Lock()
	c.closed = true
	l := c.lines.Load()
	c.mu.Unlock()
	if tcp, ok := c.raw.(interface{ SetLinger(sec int) error }); ok && errors.Is(err, syscall.ECONNRESET) {
		_ = tcp.SetLinger(0) // so that closing resets; without it the peer gets an end
	}
	_ = c.raw.Close() // the point of it
	c.owner.forget(c)
	if l == nil {
		return
	}
	for _, s := range []*simStream{l.in, l.out} {
		s.change(func() { s.err, s.chunks, s.size = err, nil, 0 })
	}
}

// SetDeadline sets both deadlines.
func (c *faultyConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline is the socket's, or the stream's.
func (c *faultyConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readBy = t
	if l := c.lines.Load(); l != nil {
		l.in.change(func() { l.in.readBy = t })
		return nil
	}
	return c.raw.SetReadDeadline(t)
}

// SetWriteDeadline is the socket's, or the stream's.
func (c *faultyConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeBy = t
	if l := c.lines.Load(); l != nil {
		l.out.change(func() { l.out.writeBy = t })
		return nil
	}
	return c.raw.SetWriteDeadline(t)
}
