// Package network is the seam through which Plume dials and listens, so that tests and fault switches can own it.
package network

import (
	"context"
	"net"
)

// Network dials and listens for stream connections. Implementations are safe for concurrent use.
type Network interface {
	// Dial connects to addr, "host:port", until ctx is done.
	Dial(ctx context.Context, addr string) (net.Conn, error)
	// Listen accepts connections on addr; port 0 picks a free one.
	Listen(addr string) (net.Listener, error)
}

// System is the operating system's TCP, with Nagle's algorithm off.
var System Network = system{}

type system struct{}

func (system) Dial(ctx context.Context, addr string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", addr)
}

func (system) Listen(addr string) (net.Listener, error) { return net.Listen("tcp", addr) }
