package session

import (
	"net/netip"
	"time"

	"github.com/plumemq/plume/remoting/protocol"
)

// Channel is a client's connection: *remoting.Channel is one. It is compared by ==.
type Channel interface {
	ID() uint64
	RemoteAddr() netip.AddrPort
	Close()
}

// Client is one client of one group, as it described itself.
//
// Java: broker.client.ClientChannelInfo (5.5.0).
type Client struct {
	Channel  Channel
	ClientID string
	Language protocol.Language
	Version  int32
	// LastUpdate is when it was last heard of for this group; set by the managers.
	LastUpdate time.Time
}
