package remoting

import (
	"context"
	"maps"
	"time"

	"github.com/plumemq/plume/internal/observ"
)

// channelTable maps an address to its connection, made or in the making.
type channelTable map[string]*channelEntry

// channelEntry is one dial and its outcome. The fields are set before ready is closed.
type channelEntry struct {
	ready chan struct{}
	ch    *Channel
	err   error
	took  time.Duration
}

// channel is the connection, or nil while it is being dialled or if that failed.
func (entry *channelEntry) channel() *Channel {
	select {
	case <-entry.ready:
		return entry.ch
	default:
		return nil
	}
}

// getAndCreateChannel finds the connection to addr or makes it, together with all others who ask for it meanwhile. An empty addr
// is a name server's.
//
// Java: netty.NettyRemotingClient#getAndCreateChannel (5.5.0).
func (c *Client) getAndCreateChannel(ctx context.Context, addr string) (ch *Channel, err error) {
	ctx, step := traceGetAndCreateChannel(ctx)
	defer step.End(&err)
	if addr == "" {
		return c.getAndCreateNameServerChannel(ctx, step)
	}
	return c.channelTo(ctx, step, addr)
}

// channelTo is the live channel of addr, or the outcome of a dial.
func (c *Client) channelTo(ctx context.Context, step observ.Step, addr string) (*Channel, error) {
	if ch := c.liveChannel(addr); ch != nil {
		traceChannelReused(step, ch)
		return ch, nil
	}
	entry, err := c.createChannel(addr)
	if err != nil {
		return nil, err
	}
	select {
	case <-entry.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	traceChannelDialled(step, addr, entry)
	return entry.ch, entry.err
}

// liveChannel is the open connection to addr, or nil.
func (c *Client) liveChannel(addr string) *Channel {
	if entry := (*c.channelTables.Load())[addr]; entry != nil {
		if ch := entry.channel(); ch != nil && ch.IsActive() {
			return ch
		}
	}
	return nil
}

// createChannel joins the dial of addr in progress or starts one. The dial belongs to nobody's context, as it serves all who wait.
func (c *Client) createChannel(addr string) (*channelEntry, error) {
	c.tableMu.Lock()
	defer c.tableMu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	entry := (*c.channelTables.Load())[addr]
	if entry != nil {
		ch := entry.channel()
		if ch == nil || ch.IsActive() {
			return entry, nil
		}
	}
	entry = &channelEntry{ready: make(chan struct{})}
	c.changeTableLocked(func(t channelTable) { t[addr] = entry })
	c.goroutines.Go(func() { c.connect(addr, entry) })
	return entry, nil
}

// connect dials and settles entry.
func (c *Client) connect(addr string, entry *channelEntry) {
	began := c.clock.Now()
	c.metrics.connect(1)
	defer c.metrics.connect(-1)
	ctx, cancel := context.WithTimeout(context.Background(), c.config.ConnectTimeout)
	defer cancel()
	dialled := make(chan struct{})
	c.goroutines.Go(func() { // a shutdown ends the dial
		select {
		case <-c.stopDials:
			cancel()
		case <-dialled:
		}
	})
	conn, err := c.network.Dial(ctx, addr)
	close(dialled)
	entry.took = c.clock.Now().Sub(began)
	if err != nil {
		entry.err = &connectError{err}
		c.removeEntry(addr, entry)
		close(entry.ready)
		return
	}
	entry.ch = c.newChannel(conn, addr, c.removeChannel)
	close(entry.ready) // first: who hears of the connection, and calls, finds it there
	entry.ch.start(c.listener)
}

// removeChannel takes ch out of the table if it is still the one for its address.
func (c *Client) removeChannel(ch *Channel) {
	if entry := (*c.channelTables.Load())[ch.addr]; entry != nil && entry.channel() == ch {
		c.removeEntry(ch.addr, entry)
	}
}

func (c *Client) removeEntry(addr string, entry *channelEntry) {
	c.tableMu.Lock()
	defer c.tableMu.Unlock()
	if (*c.channelTables.Load())[addr] == entry {
		c.changeTableLocked(func(t channelTable) { delete(t, addr) })
	}
}

func (c *Client) changeTableLocked(change func(channelTable)) {
	next := maps.Clone(*c.channelTables.Load())
	change(next)
	c.channelTables.Store(&next)
}
