package analysis_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"sync"
	"testing"

	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/remoting/protocol"
)

// wire is the operating system's network with somebody listening on the line, who can also make answers disappear. It sees frames.
type wire struct {
	mu    sync.Mutex
	dials map[string]int
	conns map[string][]*tapped
	lost  map[protocol.RequestCode]fate
}

// fate is what becomes of the answers to a request code.
type fate int

const (
	arrives  fate = iota
	vanishes      // the connection stays up, and silent
	breaks        // the connection ends in place of the answer; once
)

func newWire() *wire {
	return &wire{dials: map[string]int{}, conns: map[string][]*tapped{}, lost: map[protocol.RequestCode]fate{}}
}

func (w *wire) Listen(addr string) (net.Listener, error) { return network.System.Listen(addr) }

func (w *wire) Dial(ctx context.Context, addr string) (net.Conn, error) {
	conn, err := network.System.Dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	c := &tapped{Conn: network.Nonblocking(conn), wire: w, codes: map[int32]protocol.RequestCode{}}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dials[addr]++
	w.conns[addr] = append(w.conns[addr], c)
	return c, nil
}

// answersTo decides what becomes of the answers to a request code from now on.
func (w *wire) answersTo(code protocol.RequestCode, f fate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost[code] = f
}

// dialled is how many connections were made to an address.
func (w *wire) dialled(addr string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dials[addr]
}

// all is how many connections were made.
func (w *wire) all() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.dials {
		n += d
	}
	return n
}

// cut ends all connections to an address, from outside.
func (w *wire) cut(addr string) {
	w.mu.Lock()
	conns := w.conns[addr]
	w.mu.Unlock()
	for _, c := range conns {
		_ = c.Conn.Close()
	}
}

// sent and received are the frames that went over the connections to an address, oldest connection first.
func (w *wire) sent(addr string) []*protocol.RemotingCommand {
	return w.frames(addr, func(c *tapped) *stream { return &c.out })
}

func (w *wire) received(addr string) []*protocol.RemotingCommand {
	return w.frames(addr, func(c *tapped) *stream { return &c.in })
}

func (w *wire) frames(addr string, of func(*tapped) *stream) (all []*protocol.RemotingCommand) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns[addr] {
		all = append(all, of(c).frames...)
	}
	return all
}

// traffic is what went over the connections to an address.
type traffic struct {
	connections, requests, answers, writes, reads int
	most                                          int // requests without an answer yet at a time, on one connection
}

func (w *wire) traffic(addr string) (t traffic) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t.connections = w.dials[addr]
	for _, c := range w.conns[addr] {
		t.requests, t.answers = t.requests+len(c.out.frames), t.answers+len(c.in.frames)
		t.writes, t.reads, t.most = t.writes+c.writes, t.reads+c.reads, max(t.most, c.most)
	}
	return t
}

// count is how many of the frames are of a request code.
func count(frames []*protocol.RemotingCommand, code protocol.RequestCode) (n int) {
	for _, f := range frames {
		if !f.IsResponse() && f.Code == int32(code) {
			n++
		}
	}
	return n
}

// tapped is one connection; all but Conn is owned by the wire's lock.
type tapped struct {
	network.Conn
	wire    *wire
	in, out stream
	writes  int
	reads   int
	waiting int                            // requests that went out and have no answer yet
	most    int                            // the most that waited at a time
	codes   map[int32]protocol.RequestCode // of the requests that went out, by opaque
}

// stream takes bytes apart into frames.
type stream struct {
	rest   []byte
	frames []*protocol.RemotingCommand
	bad    error
}

// add returns the frames that are complete now.
func (s *stream) add(p []byte) []*protocol.RemotingCommand {
	s.rest = append(s.rest, p...)
	before := len(s.frames)
	for len(s.rest) >= 4 {
		end := 4 + int(binary.BigEndian.Uint32(s.rest))
		if len(s.rest) < end {
			break
		}
		cmd, err := protocol.DecodeFrame(bytes.Clone(s.rest[4:end]))
		if err != nil {
			s.bad = err
			break
		}
		s.frames, s.rest = append(s.frames, cmd), s.rest[end:]
	}
	return s.frames[before:]
}

func (c *tapped) Write(p []byte) (int, error) {
	c.wire.mu.Lock()
	c.wroteLocked(p) // before it leaves, so that an answer is not read before its request is known
	c.wire.mu.Unlock()
	return c.Conn.Write(p)
}

func (c *tapped) TryWrite(p []byte) (int, error) {
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	n, err := c.Conn.TryWrite(p)
	c.wroteLocked(p[:n])
	return n, err
}

func (c *tapped) wroteLocked(p []byte) {
	if len(p) == 0 {
		return
	}
	c.writes++
	for _, f := range c.out.add(p) {
		if !f.IsResponse() {
			c.codes[f.Opaque] = protocol.RequestCode(f.Code)
			c.waiting++
			c.most = max(c.most, c.waiting)
		}
	}
}

func (c *tapped) Read(p []byte) (int, error) { return c.readBy(c.Conn.Read, p) }

func (c *tapped) TryRead(p []byte) (int, error) { return c.readBy(c.Conn.TryRead, p) }

func (c *tapped) readBy(read func([]byte) (int, error), p []byte) (int, error) {
	for {
		n, err := read(p)
		if n == 0 {
			return n, err
		}
		switch c.read(p[:n]) {
		case vanishes:
		case breaks:
			_ = c.Conn.Close()
			return 0, net.ErrClosed
		default:
			return n, err
		}
	}
}

// read says what becomes of bytes that have arrived.
func (c *tapped) read(p []byte) fate {
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	worst := arrives
	c.reads++
	for _, f := range c.in.add(p) {
		code, known := c.codes[f.Opaque]
		if !f.IsResponse() || !known {
			continue
		}
		c.waiting--
		if f := c.wire.lost[code]; f != arrives {
			worst = f
			if f == breaks {
				delete(c.wire.lost, code)
			}
		}
	}
	return worst
}

// whole wants nothing on the connections to an address that is not a frame.
func (w *wire) whole(t *testing.T, addr string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns[addr] {
		for _, s := range []*stream{&c.in, &c.out} {
			if s.bad != nil || len(s.rest) > 0 {
				t.Errorf("%s: %d bytes that are no frame, %v", addr, len(s.rest), s.bad)
			}
		}
	}
}
