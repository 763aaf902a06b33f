//go:build unix

package network

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

func nonblocking(c net.Conn) Conn {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return waiting{c}
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return waiting{c}
	}
	s := &socket{Conn: c, raw: raw}
	s.out = attempt{conn: c, do: syscall.Write, op: "write", end: io.ErrUnexpectedEOF}
	s.in = attempt{conn: c, do: syscall.Read, op: "read", end: io.EOF}
	s.out.call, s.in.call = s.out.once, s.in.once
	return s
}

// socket uses a file descriptor that the runtime has made non-blocking.
type socket struct {
	net.Conn
	raw     syscall.RawConn
	out, in attempt
}

// attempt is one direction's system call, its arguments and results.
type attempt struct {
	conn net.Conn
	do   func(fd int, p []byte) (int, error)
	op   string
	end  error                 // what it means that do neither did anything nor failed
	call func(fd uintptr) bool // once, made into a value once, so that an attempt allocates nothing

	p   []byte
	n   int
	err error
}

// TryWrite is one system call.
func (s *socket) TryWrite(p []byte) (int, error) { return s.out.try(s.raw.Write, p) }

// TryRead is one system call.
func (s *socket) TryRead(p []byte) (int, error) { return s.in.try(s.raw.Read, p) }

func (a *attempt) try(with func(func(fd uintptr) bool) error, p []byte) (int, error) {
	a.p, a.n, a.err = p, 0, nil
	err := with(a.call)
	a.p = nil
	if err == nil {
		err = a.err
	}
	return a.n, err
}

// once always says that it is done, so that the runtime does not wait for the descriptor.
func (a *attempt) once(fd uintptr) bool {
	for {
		n, err := a.do(int(fd), a.p)
		switch {
		case err == nil && n == 0 && len(a.p) > 0:
			a.err = a.end
		case err == nil:
			a.n = n
		case errors.Is(err, syscall.EAGAIN):
		case errors.Is(err, syscall.EINTR):
			continue
		default:
			a.err = a.failed(err)
		}
		return true
	}
}

// failed says it as Read and Write do.
func (a *attempt) failed(err error) error {
	local := a.conn.LocalAddr()
	return &net.OpError{Op: a.op, Net: local.Network(), Source: local, Addr: a.conn.RemoteAddr(), Err: os.NewSyscallError(a.op, err)}
}
