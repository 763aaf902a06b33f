package network

import (
	"cmp"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// simBuffer is how many bytes a direction of a simulated connection holds before writes wait, like a socket's buffers.
const simBuffer = 256 << 10

// simStream is one direction of a connection.
type simStream struct {
	mu      sync.Mutex // owns all below
	chunks  []simChunk
	size    int // bytes in chunks
	fault   Fault
	ended   bool  // the writer has closed; the reader sees EOF once chunks are empty
	cause   error // why it ended, if not by EOF
	deaf    bool  // the reader has closed; the writer fails
	err     error // both sides fail with it
	readBy  time.Time
	writeBy time.Time
	changed chan struct{} // closed at every change and replaced
}

// simChunk is what one write put in.
type simChunk struct {
	data []byte
	due  time.Time // not readable before; zero: at once
}

func newSimStream(f Fault) *simStream { return &simStream{fault: f, changed: make(chan struct{})} }

func (s *simStream) changedLocked() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *simStream) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	s.changedLocked()
}

func (s *simStream) setFault(f Fault) { s.change(func() { s.fault = f }) }

// resets says whether a write is to break the connection.
func (s *simStream) resets() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault.Reset
}

// await waits, without the lock, for a change or the earlier of two times; it returns false at the deadline.
func (s *simStream) await(changed <-chan struct{}, deadline, due time.Time) bool {
	until := deadline
	if until.IsZero() || !due.IsZero() && due.Before(until) {
		until = due
	}
	if until.IsZero() {
		<-changed
		return true
	}
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-changed:
		return true
	case now := <-t.C:
		return deadline.IsZero() || now.Before(deadline)
	}
}

func (s *simStream) read(p []byte) (int, error) {
	for {
		s.mu.Lock()
		n, due, err := s.tryReadLocked(p)
		changed, deadline := s.changed, s.readBy
		s.mu.Unlock()
		if n > 0 || err != nil {
			return n, err
		}
		if !s.await(changed, deadline, due) {
			return 0, os.ErrDeadlineExceeded
		}
	}
}

// tryRead takes out what is due.
func (s *simStream) tryRead(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, _, err := s.tryReadLocked(p)
	return n, err
}

// tryReadLocked says when the next bytes are due if none are now; zero: nobody knows.
func (s *simStream) tryReadLocked(p []byte) (n int, due time.Time, err error) {
	switch {
	case s.err != nil:
		return 0, due, s.err
	case s.deaf:
		return 0, due, net.ErrClosed
	case s.fault.Blackhole:
		return 0, due, nil
	case len(s.chunks) > 0:
		if due = s.chunks[0].due; due.IsZero() || !time.Now().Before(due) {
			n = s.takeLocked(p)
		}
		return n, due, nil
	case s.ended:
		return 0, due, cmp.Or(s.cause, io.EOF)
	}
	return 0, due, nil
}

func (s *simStream) takeLocked(p []byte) int {
	c := &s.chunks[0]
	n := copy(p, c.data)
	c.data = c.data[n:]
	if len(c.data) == 0 {
		s.chunks = s.chunks[1:]
	}
	s.size -= n
	s.changedLocked()
	return n
}

// tryWrite puts in what fits now.
func (s *simStream) tryWrite(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	if s.ended {
		return 0, net.ErrClosed
	}
	if s.deaf && !s.fault.Blackhole {
		return 0, syscall.EPIPE
	}
	n := min(len(p), simBuffer-s.size)
	if n <= 0 {
		return 0, nil
	}
	c := simChunk{data: append([]byte(nil), p[:n]...)}
	if s.fault.Delay > 0 {
		c.due = time.Now().Add(s.fault.Delay)
	}
	s.chunks = append(s.chunks, c)
	s.size += n
	s.changedLocked()
	return n, nil
}

func (s *simStream) write(p []byte) (int, error) {
	written := 0
	for {
		s.mu.Lock()
		changed, deadline := s.changed, s.writeBy
		s.mu.Unlock()
		n, err := s.tryWrite(p[written:])
		written += n
		if err != nil || written == len(p) {
			return written, err
		}
		if n == 0 && !s.await(changed, deadline, time.Time{}) {
			return written, os.ErrDeadlineExceeded
		}
	}
}

// simConn is one side of a connection.
type simConn struct {
	sim           *Sim
	in, out       *simStream
	peer          *simConn
	local, remote *net.TCPAddr
	once          sync.Once
	gone          atomic.Bool // this side has closed
}

func (c *simConn) Read(p []byte) (int, error)    { return c.in.read(p) }
func (c *simConn) TryRead(p []byte) (int, error) { return c.in.tryRead(p) }
func (c *simConn) LocalAddr() net.Addr           { return c.local }
func (c *simConn) RemoteAddr() net.Addr          { return c.remote }

func (c *simConn) Write(p []byte) (int, error) {
	if c.out.resets() {
		c.reset(syscall.ECONNRESET)
	}
	return c.out.write(p)
}

func (c *simConn) TryWrite(p []byte) (int, error) {
	if c.out.resets() {
		c.reset(syscall.ECONNRESET)
	}
	return c.out.tryWrite(p)
}

// Close ends this side: its reads fail, and the peer reads what was sent and then EOF.
func (c *simConn) Close() error {
	c.once.Do(func() {
		c.out.change(func() { c.out.ended = true })
		c.in.change(func() { c.in.deaf = true })
		c.sim.closed(c)
	})
	return nil
}

func (c *simConn) reset(err error) {
	for _, s := range []*simStream{c.in, c.out} {
		s.change(func() { s.err, s.chunks, s.size = err, nil, 0 })
	}
}

func (c *simConn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

func (c *simConn) SetReadDeadline(t time.Time) error {
	c.in.change(func() { c.in.readBy = t })
	return nil
}

func (c *simConn) SetWriteDeadline(t time.Time) error {
	c.out.change(func() { c.out.writeBy = t })
	return nil
}
