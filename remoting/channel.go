package remoting

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/remoting/protocol"
)

// Channel is one connection, of a client or of a server. Safe for concurrent use; compared by pointer.
//
// Java: io.netty.channel.Channel, as Apache uses it.
type Channel struct {
	id        uint64
	addr      string // the peer: as the client dialled it, or the remote address on a server
	remote    netip.AddrPort
	local     netip.AddrPort
	conn      network.Conn
	owner     *endpoint
	writer    *frameWriter
	responses responseTable
	onClose   func(*Channel) // takes the channel out of its owner's table

	reads     atomic.Uint64 // successful reads so far
	lastRead  atomic.Int64  // when the latest one was, Unix nanoseconds
	wrote     atomic.Bool   // something was written since the idle timer looked
	readAt    time.Time     // lastRead as a time; owned by the reader
	idleMu    sync.Mutex    // owns idle
	idle      clock.Timer
	described channelAttrs
	refusals  refusals
	closeOnce sync.Once
	cause     error // set before closed is closed
	closed    chan struct{}
}

// newChannel wraps a connection. start sets it going.
func (e *endpoint) newChannel(conn net.Conn, addr string, onClose func(*Channel)) *Channel {
	ch := &Channel{
		id: e.channelID.Add(1), addr: addr, remote: addrPort(conn.RemoteAddr()), local: addrPort(conn.LocalAddr()),
		conn: network.Nonblocking(conn), owner: e, onClose: onClose, closed: make(chan struct{}),
	}
	if addr == "" {
		ch.addr = ch.remote.String()
	}
	ch.writer = newFrameWriter(ch.conn, e.writeTimeout, e.maxPending)
	ch.responses = responseTable{clock: e.clock, scan: ch.scanResponseTable}
	ch.stampRead()
	return ch
}

// addrPort is the address of a socket; invalid for one that has none.
func addrPort(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	if tcp, ok := a.(*net.TCPAddr); ok {
		ap = tcp.AddrPort()
	} else if a != nil {
		ap, _ = netip.ParseAddrPort(a.String())
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// ID is unique among the channels of its client or server, and never used twice.
func (ch *Channel) ID() uint64 { return ch.id }

// RemoteAddr is the peer's address; IPv4 never appears mapped into IPv6.
func (ch *Channel) RemoteAddr() netip.AddrPort { return ch.remote }

// LocalAddr is this side's address.
func (ch *Channel) LocalAddr() netip.AddrPort { return ch.local }

// Addr is the address that a client dialled; empty for a server's channel.
func (ch *Channel) Addr() string { return ch.addr }

// String is the remote address, "10.0.0.3:10911".
func (ch *Channel) String() string { return ch.remote.String() }

// IsActive says whether the connection has not been closed yet.
func (ch *Channel) IsActive() bool {
	select {
	case <-ch.closed:
		return false
	default:
		return true
	}
}

// Done is closed when the connection is.
func (ch *Channel) Done() <-chan struct{} { return ch.closed }

// Close closes the connection and fails the calls that wait on it. Requests of the peer that are being processed go on, but their
// answers are dropped.
func (ch *Channel) Close() { ch.close(errClosedByUser) }

// start runs the reader, the flusher and the idle timer until the connection closes. The listener may be nil.
func (ch *Channel) start(l ChannelEventListener) {
	e := ch.owner
	e.metrics.channel(1)
	ch.idleMu.Lock()
	ch.idle = e.clock.AfterFunc(e.maxIdle, func() { ch.checkIdle(l) })
	ch.idleMu.Unlock()
	e.goroutines.Go(func() {
		if err := ch.writer.flushLoop(ch.closed, e.clock.Now); err != nil {
			ch.close(err)
		}
	})
	r := &reader{ch: ch, frames: ch.newReader(), events: l}
	e.goroutines.Add(1)
	go func() {
		if l != nil {
			l.OnConnect(ch)
		}
		r.run()
	}()
}

func (ch *Channel) newReader() *frameReader {
	if ch.owner.noBusyPolling {
		return newFrameReader(ch.conn, ch.stampRead)
	}
	return newPollingReader(ch.conn, ch.owner.clock, ch.stampRead)
}

// stampRead notes that bytes came.
func (ch *Channel) stampRead() {
	ch.readAt = ch.owner.clock.Now()
	ch.lastRead.Store(ch.readAt.UnixNano())
	ch.reads.Add(1)
}

// send encodes cmd and writes it; see frameWriter.write. A peer that has let the backlog fill up, and may not be waited for,
// loses its connection. It returns the frame's length.
func (ch *Channel) send(ctx context.Context, cmd *protocol.RemotingCommand, timing writeTiming, mark written) (int, error) {
	buf, ok := ch.owner.buffers.Get().(*[]byte)
	if !ok {
		buf = new([]byte)
	}
	frame := protocol.AppendFrame((*buf)[:0], cmd)
	defer func() {
		if cap(frame) <= keepBuffer {
			*buf = frame
			ch.owner.buffers.Put(buf)
		}
	}()
	if len(frame) > protocol.MaxFrameLength {
		return len(frame), fmt.Errorf("%w: %d", errFrameTooLong, len(frame))
	}
	if !ch.wrote.Load() {
		ch.wrote.Store(true)
	}
	if !ch.owner.waitForSpace {
		ctx = nil
	}
	err := ch.writer.write(ctx, frame, timing, mark)
	if err == nil {
		ch.propagated(cmd)
	}
	if errors.Is(err, errBacklog) {
		ch.close(err)
	}
	return len(frame), err
}

// close closes the connection for a reason: everything that waits on it fails with that. It says whether it did: the first reason counts,
// and what others see of the end is no reason.
func (ch *Channel) close(cause error) (first bool) {
	ch.closeOnce.Do(func() {
		first, ch.cause = true, cause
		ch.owner.log.Debug("channel closed", zap.String("addr", ch.addr), zap.Uint64("channel", ch.id), zap.Error(cause))
		_ = ch.conn.Close() // its peer or this side broke it; there is nothing to do about it
		ch.owner.metrics.channel(-1)
		ch.onClose(ch)
		ch.writer.fail(cause)
		close(ch.closed)
		ch.idleMu.Lock()
		if ch.idle != nil {
			ch.idle.Stop()
		}
		ch.idleMu.Unlock()
		for _, f := range ch.responses.close(cause) {
			f.deliver(nil, cause)
		}
	})
	return first
}

// checkIdle closes the connection if nothing was read or written for maxIdle, and else looks again later.
func (ch *Channel) checkIdle(l ChannelEventListener) {
	e := ch.owner
	quiet := e.clock.Now().Sub(time.Unix(0, ch.lastRead.Load()))
	if ch.wrote.Swap(false) {
		quiet = 0
	}
	if quiet >= e.maxIdle {
		if l != nil && ch.IsActive() {
			l.OnIdle(ch)
		}
		ch.close(errIdle)
		return
	}
	ch.idleMu.Lock()
	defer ch.idleMu.Unlock()
	if ch.IsActive() {
		ch.idle.Reset(e.maxIdle - quiet)
	}
}
