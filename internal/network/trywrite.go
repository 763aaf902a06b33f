package network

import (
	"net"
)

// Conn is a stream connection that can also be written to without waiting.
type Conn interface {
	net.Conn
	// TryWrite writes as much of p as fits the connection's buffer now, which may be nothing, and never waits. It must not be
	// called concurrently with itself.
	TryWrite(p []byte) (n int, err error)
}

// Nonblocking gives c a TryWrite: c's own if it has one, the socket's if it is one. On any other connection, and where the
// platform knows no such write, TryWrite takes nothing.
func Nonblocking(c net.Conn) Conn {
	if own, ok := c.(Conn); ok {
		return own
	}
	return tryWriter(c)
}

// waiting is a connection that has no write without waiting.
type waiting struct{ net.Conn }

func (waiting) TryWrite([]byte) (int, error) { return 0, nil }
