package network_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/network"
)

const longEnough = 20 * time.Second

// realPair is a connection over sockets, dialled through client and accepted through server.
func realPair(t *testing.T, client, server network.Network) (near, far net.Conn, addr string) {
	t.Helper()
	l, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	near, err = client.Dial(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far = <-accepted
	t.Cleanup(func() { _, _, _ = near.Close(), far.Close(), l.Close() })
	return near, far, l.Addr().String()
}

// carried writes text on one side and wants it on the other.
func carried(t *testing.T, from, to net.Conn, text string) {
	t.Helper()
	if _, err := from.Write([]byte(text)); err != nil {
		t.Fatalf("write %q: %v", text, err)
	}
	got := make([]byte, len(text))
	_ = to.SetReadDeadline(time.Now().Add(longEnough))
	if _, err := io.ReadFull(to, got); err != nil || string(got) != text {
		t.Fatalf("%q: got %q, %v", text, got, err)
	}
}

// silent wants that nothing comes for a moment.
func silent(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read from the blackhole: %d, %v", n, err)
	}
}

func TestFaultyCarriesBytes(t *testing.T) {
	near, far, _ := realPair(t, network.NewFaulty(network.System), network.NewFaulty(network.System))
	carried(t, near, far, "there")
	carried(t, far, near, "and back")
	if n, err := network.Nonblocking(near).TryWrite([]byte("x")); n != 1 || err != nil {
		t.Fatalf("try: %d, %v", n, err)
	}
}

func TestFaultyBlackholeHoldsEverythingUntilItIsLifted(t *testing.T) {
	n := network.NewFaulty(network.System)
	near, far, addr := realPair(t, n, network.System)
	carried(t, near, far, "before")
	began := make(chan struct{})
	answer := make(chan string, 1)
	go func() { // a read that is under way when the fault comes
		close(began)
		got := make([]byte, 6)
		_, _ = io.ReadFull(near, got)
		answer <- string(got)
	}()
	<-began
	n.SetFault(addr, network.Fault{Blackhole: true})
	if _, err := near.Write([]byte("lost?")); err != nil {
		t.Fatalf("a write into the blackhole: %v", err)
	}
	silent(t, far)
	if _, err := far.Write([]byte("answer")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := n.Dial(ctx, addr); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a dial into the blackhole: %v", err)
	}
	select {
	case got := <-answer:
		t.Fatalf("%q came out of the blackhole", got)
	default:
	}
	n.SetFault(addr, network.Fault{})
	if got := <-answer; got != "answer" {
		t.Fatalf("healed: %q", got)
	}
	got := make([]byte, 5)
	_ = far.SetReadDeadline(time.Now().Add(longEnough))
	if _, err := io.ReadFull(far, got); err != nil || string(got) != "lost?" {
		t.Fatalf("healed: %q, %v", got, err)
	}
	carried(t, near, far, "after")
}

func TestFaultyCloseInABlackholeIsNotHeard(t *testing.T) {
	n := network.NewFaulty(network.System)
	near, far, addr := realPair(t, n, network.System)
	n.SetFault(addr, network.Fault{Blackhole: true})
	_, _ = near.Write([]byte("last words"))
	if err := near.Close(); err != nil {
		t.Fatal(err)
	}
	silent(t, far)
	n.SetFault(addr, network.Fault{})
	_ = far.SetReadDeadline(time.Now().Add(longEnough))
	if got, err := io.ReadAll(far); string(got) != "last words" || err != nil {
		t.Fatalf("healed: %q, %v", got, err)
	}
}

func TestFaultyDelay(t *testing.T) {
	n := network.NewFaulty(network.System)
	near, far, addr := realPair(t, n, network.System)
	const delay = 30 * time.Millisecond
	n.SetFault(addr, network.Fault{Delay: delay})
	began := time.Now()
	carried(t, near, far, "there")
	carried(t, far, near, "and back")
	if took := time.Since(began); took < 2*delay {
		t.Fatalf("there and back took %v", took)
	}
	began = time.Now()
	c, err := n.Dial(t.Context(), addr)
	if err != nil || time.Since(began) < delay {
		t.Fatalf("a dial took %v, %v", time.Since(began), err)
	}
	_ = c.Close()
}

func TestFaultyResets(t *testing.T) {
	n := network.NewFaulty(network.System)
	near, far, addr := realPair(t, n, network.System)
	n.SetFault(addr, network.Fault{Reset: true})
	carried(t, far, near, "reading is no harm")
	if _, err := near.Write([]byte("x")); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("write: %v", err)
	}
	if _, err := near.Read(make([]byte, 1)); err == nil {
		t.Fatal("the connection is still read from")
	}
	_ = far.SetReadDeadline(time.Now().Add(longEnough))
	if _, err := far.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the peer reads %v", err)
	}
	n.SetFault(addr, network.Fault{})
	near, _, addr = realPair(t, n, network.System)
	n.Reset(addr)
	if _, err := near.Write([]byte("x")); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("write after a reset: %v", err)
	}
}

func TestFaultyRefuses(t *testing.T) {
	n := network.NewFaulty(network.System)
	near, far, addr := realPair(t, n, network.System)
	n.SetFault(addr, network.Fault{Refuse: true})
	if _, err := n.Dial(t.Context(), addr); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("dial: %v", err)
	}
	carried(t, near, far, "a connection made before")
}

func TestFaultyKill(t *testing.T) {
	n := network.NewFaulty(network.System)
	near, far, unaware := realPair(t, n, network.System)
	other, _, _ := realPair(t, n, network.System)
	client, server, own := realPair(t, network.System, n)
	n.Kill(unaware)
	_ = client.SetReadDeadline(time.Now().Add(longEnough))
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatalf("a client of the dead reads %v", err)
	}
	if _, err := server.Write([]byte("x")); err == nil {
		t.Fatal("the dead wrote")
	}
	if _, err := other.Write([]byte("x")); err == nil {
		t.Fatal("the dead wrote")
	}
	if c, err := network.System.Dial(t.Context(), own); err == nil {
		_ = c.Close()
		t.Fatal("the dead listens")
	}
	if _, err := n.Dial(t.Context(), unaware); err == nil {
		t.Fatal("the dead dialled")
	}
	read := make(chan error, 1)
	go func() {
		_, err := near.Read(make([]byte, 1))
		read <- err
	}()
	_ = near.Close()
	if err := <-read; err == nil {
		t.Fatal("read from a closed connection")
	}
	silent(t, far)
	n.Close()
	_ = far.SetReadDeadline(time.Now().Add(longEnough))
	if _, err := far.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatalf("in the end the unaware reads %v", err)
	}
}
