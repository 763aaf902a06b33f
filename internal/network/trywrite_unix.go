//go:build unix

package network

import (
	"io"
	"net"
	"os"
	"syscall"
)

func tryWriter(c net.Conn) Conn {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return waiting{c}
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return waiting{c}
	}
	s := &socket{Conn: c, raw: raw}
	s.once = s.writeOnce
	return s
}

// socket writes to a file descriptor that the runtime has made non-blocking.
type socket struct {
	net.Conn
	raw  syscall.RawConn
	once func(fd uintptr) bool // s.writeOnce, made once so that a write allocates nothing

	// The arguments and results of once.
	p   []byte
	n   int
	err error
}

// TryWrite is one system call.
func (s *socket) TryWrite(p []byte) (int, error) {
	s.p, s.n, s.err = p, 0, nil
	err := s.raw.Write(s.once)
	s.p = nil
	if err == nil {
		err = s.err
	}
	return s.n, err
}

// writeOnce always says that it is done, so that the runtime does not wait for the descriptor.
func (s *socket) writeOnce(fd uintptr) bool {
	for {
		n, err := syscall.Write(int(fd), s.p)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
		case err != nil:
			s.err = os.NewSyscallError("write", err)
		case n == 0 && len(s.p) > 0:
			s.err = io.ErrUnexpectedEOF
		default:
			s.n = n
		}
		return true
	}
}
