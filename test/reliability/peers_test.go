package reliability

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/plumemq/plume/remoting/protocol"
)

// Frames that come in pieces, stay unfinished, answer questions that nobody asked, or are noise.
func TestStrangePeers(t *testing.T) {
	_, targets := newTargets(t)
	request := protocol.AppendFrame(nil, protocol.NewRequest(9999, nil))
	for _, s := range targets {
		t.Run(s.name+"/a byte at a time", func(t *testing.T) {
			conn := s.dial(t)
			for i := range request {
				if _, err := conn.Write(request[i : i+1]); err != nil {
					t.Fatal(err)
				}
			}
			readResponse(t, conn)
		})
		t.Run(s.name+"/half a frame", func(t *testing.T) {
			for cut := range request {
				conn := s.dial(t)
				if _, err := conn.Write(request[:cut]); err != nil {
					t.Fatal(err)
				}
				_ = conn.Close()
			}
			s.alive(t)
		})
		t.Run(s.name+"/answers to no question", func(t *testing.T) {
			conn := s.dial(t)
			for opaque := range int32(100) {
				answer := protocol.NewResponse(protocol.Success, "")
				answer.Flag |= 1
				answer.Opaque = opaque
				if _, err := conn.Write(protocol.AppendFrame(nil, answer)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := conn.Write(request); err != nil {
				t.Fatal(err)
			}
			readResponse(t, conn)
		})
		t.Run(s.name+"/noise", func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			for i := range 100 {
				noise := make([]byte, 8+random.IntN(2000))
				for i := range noise {
					noise[i] = byte(random.Uint32())
				}
				if i%2 == 0 { // the length is right, the rest is noise
					binary.BigEndian.PutUint32(noise, uint32(len(noise)-4))
				}
				conn := s.dial(t)
				_, _ = conn.Write(noise)
				_ = conn.Close()
			}
			s.alive(t)
		})
	}
}

// A thousand peers that declare 16 MiB and send 8 bytes cost what they sent.
func TestDeclaredLengthsCostNothing(t *testing.T) {
	_, targets := newTargets(t)
	for _, s := range targets {
		var conns []net.Conn
		before := memoryInUse()
		for range 1000 {
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Logf("%d connections have to do: %v", len(conns), err)
				break
			}
			conns = append(conns, conn)
			if _, err := conn.Write(withLength(protocol.MaxFrameLength-4, make([]byte, 8)...)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(100 * time.Millisecond) // for the last of them to be read
		s.alive(t)
		if grown := memoryInUse() - before; grown > 100<<20 {
			t.Errorf("%s: %d connections cost %d MiB", s.name, len(conns), grown>>20)
		}
		for _, conn := range conns {
			_ = conn.Close()
		}
		s.alive(t)
	}
}

// memoryInUse is the memory that this process, which holds the servers, has taken, in bytes.
func memoryInUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// A frame of the greatest length that is allowed is read, and answered for what it is.
func TestLongestFrame(t *testing.T) {
	_, targets := newTargets(t)
	for _, s := range targets {
		header := []byte(`{"code":9999,"opaque":7}`)
		frame := framed(0, len(header), header, bytes.Repeat([]byte{'x'}, protocol.MaxFrameLength-8-len(header)))
		conn := s.dial(t)
		if _, err := conn.Write(frame); err != nil {
			t.Fatal(err)
		}
		if resp := readResponse(t, conn); resp.Code != int32(protocol.RequestCodeNotSupported) || resp.Opaque != 7 {
			t.Errorf("%s: answered %v", s.name, resp)
		}
	}
}

// memoryTaken is all the memory that this process ever allocated, in bytes.
func memoryTaken() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.TotalAlloc)
}
