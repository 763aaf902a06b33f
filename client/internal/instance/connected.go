package instance

import (
	"context"
	"slices"
	"sync"

	"github.com/plumemq/plume/remoting"
)

// connections are the addresses to which a connection was made that has carried no heartbeat yet: who is behind it does not know
// the groups that live here, or has forgotten them with the connection before.
type connections struct {
	made chan struct{} // capacity 1: there is a new one

	mu    sync.Mutex
	addrs map[string]struct{}
}

func newConnections() connections {
	return connections{made: make(chan struct{}, 1), addrs: map[string]struct{}{}}
}

// add leaves out a connection that is closed already: it may have been a heartbeat's own, and must not cause the next one.
func (c *connections) add(ch *remoting.Channel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !ch.IsActive() {
		return
	}
	c.addrs[ch.Addr()] = struct{}{}
	select {
	case c.made <- struct{}{}:
	default: // it will be seen
	}
}

// tried notes that a heartbeat was sent, answered or not: after one that failed the next is the regular one. If a failure counted as a
// new connection, a broker that resets each would be sent heartbeats without end.
func (c *connections) tried(addr string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.addrs, addr)
}

// take are those of addrs that no heartbeat has been tried at, and forgets all others: name servers, or brokers that a route no longer names.
func (c *connections) take(addrs []string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := slices.DeleteFunc(addrs, func(addr string) bool { _, ok := c.addrs[addr]; return !ok })
	clear(c.addrs)
	return fresh
}

// sendHeartbeatToConnected tells the brokers to which connections have been made, and has consumers rebalance: a broker that comes back
// knows nobody, and would answer neither pulls nor questions about the group until the next heartbeat.
//
// Java: MQClientInstance#sendHeartbeatToBroker, from the ChannelEventListener#onChannelActive of its constructor (5.5.0).
func (i *MQClientInstance) sendHeartbeatToConnected(ctx context.Context) {
	if i.sendHeartbeats(ctx, i.connections.take) {
		i.RebalanceImmediately()
	}
}

// channelListener hears of the connections of an instance.
type channelListener struct{ i *MQClientInstance }

// OnConnect has a heartbeat follow the request for which the connection was made.
func (l channelListener) OnConnect(ch *remoting.Channel) { l.i.connections.add(ch) }

// OnClose does nothing: the calls that wait on the connection hear of it.
func (channelListener) OnClose(*remoting.Channel) {}

// OnIdle does nothing: OnClose follows.
func (channelListener) OnIdle(*remoting.Channel) {}

// OnException does nothing: OnClose follows.
func (channelListener) OnException(*remoting.Channel, error) {}
