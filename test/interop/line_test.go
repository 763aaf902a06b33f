//go:build interop

package interop

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/plumemq/plume/remoting/protocol"
)

// line lies between clients and a server and writes down what passes. Each connection that it takes it continues to the server.
type line struct {
	addr string

	mu    sync.Mutex
	conns []*carried // in the order in which they came
}

// carried is one connection over a line.
type carried struct {
	mu     sync.Mutex
	chunks []chunk // in the order in which they passed
}

// chunk is what one read found.
type chunk struct {
	answer bool // it came from the server
	bytes  []byte
}

// newLine leads to a server until the test ends.
func newLine(t *testing.T, server string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{addr: listener.Addr().String()}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			c := &carried{}
			l.mu.Lock()
			l.conns = append(l.conns, c)
			l.mu.Unlock()
			all.Go(func() { c.carry(client, server) })
		}
	})
	t.Cleanup(func() { // the clients are gone by then
		_ = listener.Close()
		all.Wait()
	})
	return l
}

// carry continues a connection to the server, until either side ends it.
func (c *carried) carry(client net.Conn, addr string) {
	defer client.Close()
	server, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer server.Close()
	var both sync.WaitGroup
	both.Go(func() { c.pass(client, server, false) })
	both.Go(func() { c.pass(server, client, true) })
	both.Wait()
}

// pass writes down what comes and hands it on.
func (c *carried) pass(from io.Reader, to io.WriteCloser, answer bool) {
	defer to.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			c.mu.Lock()
			c.chunks = append(c.chunks, chunk{answer, bytes.Clone(buf[:n])})
			c.mu.Unlock()
			_, _ = to.Write(buf[:n]) // what cannot be handed on is missed by who waits for it
		}
		if err != nil {
			return
		}
	}
}

// taken is how many connections there have been.
func (l *line) taken() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns)
}

// passage is what went over some connections: the messages, their answers, and how many reads found everything.
type passage struct {
	messages, answers     int
	reads, readsOfAnswers int
	most                  int // messages without an answer at a time, on one connection
}

// next is what went over the next n connections after the first ones.
func (l *line) next(t *testing.T, first, n int) (p passage) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.conns) < first+n {
		t.Fatalf("%d connections, want %d after %d", len(l.conns), n, first)
	}
	for _, c := range l.conns[first : first+n] {
		c.addTo(t, &p)
	}
	return p
}

func (c *carried) addTo(t *testing.T, p *passage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var asked, answered []byte // what is no whole frame yet
	waiting := map[int32]bool{}
	for _, k := range c.chunks {
		if k.answer {
			p.readsOfAnswers++
			for _, f := range frames(t, &answered, k.bytes) {
				if waiting[f.Opaque] {
					p.answers++
					delete(waiting, f.Opaque)
				}
			}
			continue
		}
		p.reads++
		for _, f := range frames(t, &asked, k.bytes) {
			if f.Code == int32(protocol.SendMessageV2) {
				p.messages++
				waiting[f.Opaque] = true
				p.most = max(p.most, len(waiting))
			}
		}
	}
}

// frames are those that are complete with more bytes; the rest is kept.
func frames(t *testing.T, rest *[]byte, more []byte) (whole []*protocol.RemotingCommand) {
	t.Helper()
	*rest = append(*rest, more...)
	for len(*rest) >= 4 {
		end := 4 + int(binary.BigEndian.Uint32(*rest))
		if len(*rest) < end {
			break
		}
		f, err := protocol.DecodeFrame((*rest)[4:end])
		if err != nil {
			t.Fatal(err)
		}
		whole, *rest = append(whole, f), (*rest)[end:]
	}
	return whole
}
