package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
)

// sinkArg makes this program the receiver.
const sinkArg = "-receiver"

// The receiver's lines.
const (
	sinkListens = "listens" // with its address
	sinkTook    = "took"    // with the count of spans, at its end
)

// sink is the receiver's process: it counts the spans that come and forgets them. A real one would do its work on another machine, so
// this one is to take as little of the present one as a receiver can: see [receive].
func sink() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var spans atomic.Int64
	runtime.GOMAXPROCS(1) // more would look for work in each other's place
	say(map[string]any{"event": sinkListens, "addr": l.Addr().String()})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		_ = l.Close() // ends Accept
	}()
	for {
		conn, err := l.Accept()
		if err != nil {
			break
		}
		go func() {
			defer conn.Close()
			if err := receive(conn, &spans); err != nil {
				fmt.Fprintln(os.Stderr, "receiver:", err)
			}
		}()
	}
	say(map[string]any{"event": sinkTook, "spans": spans.Load()})
	return nil
}

func say(line map[string]any) { _ = json.NewEncoder(os.Stdout).Encode(line) }

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
