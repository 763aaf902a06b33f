//go:build !unix

package network

import "net"

func nonblocking(c net.Conn) Conn { return waiting{c} }
