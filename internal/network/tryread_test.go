package network_test

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/plumemq/plume/internal/network"
)

// come tries to read until something comes, an error or longEnough.
func come(t *testing.T, c net.Conn) (string, error) {
	t.Helper()
	r, buf := network.Nonblocking(c), make([]byte, 64)
	for until := time.Now().Add(longEnough); time.Now().Before(until); time.Sleep(time.Millisecond) {
		if n, err := r.TryRead(buf); n > 0 || err != nil {
			return string(buf[:n]), err
		}
	}
	t.Fatal("nothing came")
	return "", nil
}

// empty wants that nothing has come.
func empty(t *testing.T, c net.Conn) {
	t.Helper()
	if n, err := network.Nonblocking(c).TryRead(make([]byte, 1)); n != 0 || err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
}

func TestTryReadNeverWaits(t *testing.T) {
	for name, n := range map[string]network.Network{
		"socket": network.System, "simulated": network.NewSim(), "faulty": network.NewFaulty(network.System),
	} {
		t.Run(name, func(t *testing.T) {
			near, far, _ := realPair(t, n, n)
			empty(t, near)
			carried(t, near, far, "there")
			if _, err := far.Write([]byte("and back")); err != nil {
				t.Fatal(err)
			}
			if got, err := come(t, near); got != "and back" || err != nil {
				t.Fatalf("%q, %v", got, err)
			}
			empty(t, near)
			_ = far.Close()
			if got, err := come(t, near); got != "" || err != io.EOF { //nolint:errorlint // as Read
				t.Fatalf("after the end: %q, %v", got, err)
			}
			_ = near.Close()
			if _, err := come(t, near); !errors.Is(err, net.ErrClosed) {
				t.Fatalf("after closing: %v", err)
			}
		})
	}
}

func TestTryReadSaysWhoResets(t *testing.T) {
	near, far, _ := realPair(t, network.System, network.System)
	_ = far.(*net.TCPConn).SetLinger(0)
	_ = far.Close()
	_, err := come(t, near)
	var op *net.OpError
	if !errors.Is(err, syscall.ECONNRESET) || !errors.As(err, &op) || op.Addr.String() != near.RemoteAddr().String() {
		t.Fatalf("%v", err)
	}
}

func TestTryReadInABlackholeBringsNothing(t *testing.T) {
	n := network.NewFaulty(network.System)
	near, far, addr := realPair(t, n, network.System)
	n.SetFault(addr, network.Fault{Blackhole: true})
	if _, err := far.Write([]byte("answer")); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		empty(t, near)
		time.Sleep(time.Millisecond)
	}
	n.SetFault(addr, network.Fault{})
	if got, err := come(t, near); got != "answer" || err != nil {
		t.Fatalf("healed: %q, %v", got, err)
	}
}
