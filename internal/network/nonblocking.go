package network

import "net"

// Conn is a stream connection that can also be used without waiting.
type Conn interface {
	net.Conn
	// TryWrite writes as much of p as fits the connection's buffer now, which may be nothing, and never waits. It must not be
	// called concurrently with itself.
	TryWrite(p []byte) (n int, err error)
	// TryRead reads what has come, which may be nothing: 0, nil. It never waits, and ends as Read does. It must not be called
	// concurrently with itself.
	TryRead(p []byte) (n int, err error)
}

// Nonblocking gives c a TryWrite and a TryRead: c's own if it has them, the socket's if it is one. On any other connection, and where
// the platform knows no such calls, TryWrite takes nothing and TryRead brings nothing.
func Nonblocking(c net.Conn) Conn {
	if own, ok := c.(Conn); ok {
		return own
	}
	return nonblocking(c)
}

// waiting is a connection that can only be waited for.
type waiting struct{ net.Conn }

func (waiting) TryWrite([]byte) (int, error) { return 0, nil }

func (waiting) TryRead([]byte) (int, error) { return 0, nil }
