//go:build !unix

package network

import "net"

func tryWriter(c net.Conn) Conn { return waiting{c} }
