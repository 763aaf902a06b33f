package config

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"time"
)

// uniqueInstanceName tells this client from the others of its host.
//
// Java: ClientConfig#changeInstanceNameToPID (5.5.0).
func uniqueInstanceName(now time.Time) string {
	return fmt.Sprintf("%d#%d", os.Getpid(), now.UnixNano()^int64(rand.Uint32()))
}

// ClientAddr is the client's own address for message ids; unusable text counts as loopback.
func (c *Client) ClientAddr() netip.Addr {
	addr, err := netip.ParseAddr(c.ClientIP)
	if err != nil {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return addr
}

// localIP is the first IPv4 address of this host that is not loopback, else 127.0.0.1.
func localIP() string {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "127.0.0.1"
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return "127.0.0.1"
}
