package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/plumemq/plume/test/interop/referee"
)

// sinkArg makes this program the receiver.
const sinkArg = "-receiver"

// The receiver's lines.
const (
	sinkListens = "listens" // with its address
	sinkTook    = "took"    // with the count of spans, at its end
)

// What the receiver is given so that it takes little of the machine: how much it reads at once, and how much may come before it asks for more.
const (
	readBuffer = 256 << 10
	window     = 64 << 20
	collectAt  = 1000 // percent, of the garbage collector
)

// sink is the receiver's process: it counts the spans that come and forgets them. A real one would do its work on another machine.
func sink() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var spans atomic.Int64
	debug.SetGCPercent(collectAt)
	runtime.GOMAXPROCS(1) // more would look for work in each other's place
	server := grpc.NewServer(grpc.ForceServerCodecV2(counting{&spans}), grpc.UnknownServiceHandler(takeAll), grpc.MaxRecvMsgSize(64<<20),
		grpc.ReadBufferSize(readBuffer), grpc.InitialWindowSize(window), grpc.InitialConnWindowSize(window), grpc.NumStreamWorkers(2), experimental.BufferPool(&lastBuffers{}))
	say(map[string]any{"event": sinkListens, "addr": l.Addr().String()})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		server.Stop()
	}()
	if err := server.Serve(l); err != nil {
		return err
	}
	say(map[string]any{"event": sinkTook, "spans": spans.Load()})
	return nil
}

func say(line map[string]any) { _ = json.NewEncoder(os.Stdout).Encode(line) }

// takeAll answers one request of any method with an empty response.
func takeAll(_ any, stream grpc.ServerStream) error {
	if err := stream.RecvMsg(nil); err != nil {
		return err
	}
	return stream.SendMsg(nil)
}

// counting is a codec that counts spans and makes nothing of them.
type counting struct{ spans *atomic.Int64 }

// Name is protobuf's: that is what comes.
func (counting) Name() string { return "proto" }

// Marshal makes an empty response.
func (counting) Marshal(any) (mem.BufferSlice, error) { return nil, nil }

// Unmarshal counts, from where the bytes lie: ResourceSpans, ScopeSpans and Span are fields 1, 2 and 2 of what holds them.
func (c counting) Unmarshal(data mem.BufferSlice, _ any) error {
	request := data.Reader()
	defer request.Close()
	return each(request, request.Remaining(), 1, func(resource int) error {
		return each(request, resource, 2, func(scope int) error {
			return each(request, scope, 2, func(span int) error {
				c.spans.Add(1)
				return skip(request, span)
			})
		})
	})
}

// lastBuffers gives out buffers that were given back, of the kinds of length that gRPC asks for; its own pools clear them first.
type lastBuffers struct{ small, large sync.Pool }

// smallRoom is what small buffers have room for: a frame.
const smallRoom = 32 << 10

func (b *lastBuffers) pool(length int) (*sync.Pool, int) {
	if length <= smallRoom {
		return &b.small, smallRoom
	}
	return &b.large, length
}

// Get implements mem.BufferPool.
func (b *lastBuffers) Get(length int) *[]byte {
	pool, room := b.pool(length)
	buffer, ok := pool.Get().(*[]byte)
	if !ok || cap(*buffer) < length {
		made := make([]byte, room)
		buffer = &made
	}
	*buffer = (*buffer)[:length]
	return buffer
}

// Put implements mem.BufferPool.
func (b *lastBuffers) Put(buffer *[]byte) {
	pool, _ := b.pool(cap(*buffer))
	pool.Put(buffer)
}

// each calls f with the length of every submessage of that field number, in a message of so many bytes, and skips all else. f reads
// what it is told of.
func each(r *mem.Reader, length int, field protowire.Number, f func(length int) error) error {
	for end := r.Remaining() - length; r.Remaining() > end; {
		tag, err := binary.ReadUvarint(r)
		if err != nil {
			return err
		}
		number, kind := protowire.DecodeTag(tag)
		var value uint64
		if kind == protowire.VarintType || kind == protowire.BytesType {
			value, err = binary.ReadUvarint(r)
		}
		switch {
		case err != nil:
		case kind == protowire.BytesType && number == field:
			err = f(int(value))
		case kind == protowire.BytesType:
			err = skip(r, int(value))
		case kind == protowire.Fixed64Type:
			err = skip(r, 8)
		case kind == protowire.Fixed32Type:
			err = skip(r, 4)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func skip(r *mem.Reader, n int) error {
	_, err := r.Discard(n)
	return err
}

// startSink starts the receiver.
func startSink(dir string) (*referee.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return referee.Start(referee.Spec{Name: "receiver", Path: self, Args: []string{sinkArg}, Dir: dir})
}

// sinkEndpoint is where it listens.
func sinkEndpoint(receiver *referee.Process) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	lines, err := receiver.Await(ctx, sinkListens, 1)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("http://%s", referee.Only(lines, sinkListens)[0].Text("addr")), nil
}

// spansOf ends the receiver and reads how many spans it took; -1 if it does not say.
func spansOf(receiver *referee.Process) int64 {
	if err := receiver.Stop(); err != nil {
		return -1
	}
	for _, l := range referee.Only(receiver.Lines(), sinkTook) {
		return l.Int("spans")
	}
	return -1
}
