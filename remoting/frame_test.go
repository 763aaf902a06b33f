package remoting_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// lengthThen is a frame's length field and what follows it.
func lengthThen(length uint32, rest ...byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, length), rest...)
}

// TestBadFramesCloseTheConnection over real TCP; and the server goes on serving others.
func TestBadFramesCloseTheConnection(t *testing.T) {
	server := remoting.NewServer(remoting.ServerConfig{Addr: "127.0.0.1:0"})
	server.RegisterDefaultProcessor(remoting.ProcessorFunc(echo), nil)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer server.Shutdown(context.Background())
	cases := map[string][]byte{
		"length 0":           lengthThen(0),
		"length 3":           lengthThen(3, 0, 0, 0),
		"length -1":          lengthThen(0xFFFFFFFF),
		"length max+1":       lengthThen(protocol.MaxFrameLength - 3),
		"length 2^31-1":      lengthThen(0x7FFFFFFF),
		"header too long":    lengthThen(8, 0, 0xFF, 0xFF, 0xFF, '{', '}', 0, 0),
		"unknown serializer": lengthThen(6, 9, 0, 0, 2, '{', '}'),
		"no json":            lengthThen(8, 0, 0, 0, 4, 'n', 'o', 'p', 'e'),
		"binary cut short":   lengthThen(6, 1, 0, 0, 2, 0, 0),
		"a TLS hello":        {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03},
		"an HTTP request":    []byte("GET / HTTP/1.1\r\n\r\n"),
	}
	for name, frame := range cases {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", server.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			if _, err := conn.Write(frame); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(conn)
			if ne, ok := err.(net.Error); len(got) > 0 || ok && ne.Timeout() { //nolint:errorlint // as net returns it
				t.Fatalf("%q, %v", got, err)
			}
		})
	}
	client := remoting.NewClient(remoting.ClientConfig{})
	defer client.Shutdown()
	if _, err := client.InvokeSync(context.Background(), server.Addr().String(), request("")); err != nil {
		t.Fatal(err)
	}
}

// TestDeclaredLengthAllocatesNothing: 1,000 peers that declare 16 MiB and send 8 bytes.
func TestDeclaredLengthAllocatesNothing(t *testing.T) {
	server := remoting.NewServer(remoting.ServerConfig{Addr: "127.0.0.1:0"})
	server.RegisterDefaultProcessor(remoting.ProcessorFunc(echo), nil)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	const peers = 1000
	var conns []net.Conn
	for range peers {
		conn, err := net.Dial("tcp", server.Addr().String())
		if err != nil {
			break // too few file descriptors here; what there is will do
		}
		conns = append(conns, conn)
		_, _ = conn.Write(lengthThen(protocol.MaxFrameLength-4, 0, 0, 0, 0, 0, 0, 0, 0))
	}
	for len(server.Channels()) < len(conns) {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	if mib := after.HeapInuse >> 20; mib > 100 {
		t.Errorf("%d MiB in use for %d peers", mib, len(conns))
	}
	for _, c := range conns {
		_ = c.Close()
	}
	_ = server.Shutdown(context.Background())
}

// TestFramesInPieces: frames of all sizes, written a few bytes at a time and many at once.
func TestFramesInPieces(t *testing.T) {
	server := remoting.NewServer(remoting.ServerConfig{Addr: "127.0.0.1:0"})
	server.RegisterDefaultProcessor(remoting.ProcessorFunc(echo), remoting.NewExecutor("one", 1, 100))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer server.Shutdown(context.Background())
	conn, err := net.Dial("tcp", server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sizes := []int{0, 1, 100, 8 << 10, 20 << 10, 300 << 10, 3, 5 << 20, 64 << 10, 7}
	var stream []byte
	for i, n := range sizes {
		req := request(string(bytes.Repeat([]byte{byte('a' + i)}, n)))
		req.Opaque = int32(i)
		stream = protocol.AppendFrame(stream, req)
	}
	go func() {
		for piece := 1; len(stream) > 0; piece = piece*3%100_003 + 1 {
			n := min(piece, len(stream))
			_, _ = conn.Write(stream[:n])
			stream = stream[n:]
		}
	}()
	for i, n := range sizes {
		resp := readFrame(t, conn)
		if resp.Opaque != int32(i) || !bytes.Equal(resp.Body, bytes.Repeat([]byte{byte('a' + i)}, n)) {
			t.Fatalf("frame %d: opaque %d, %d bytes", i, resp.Opaque, len(resp.Body))
		}
	}
}
