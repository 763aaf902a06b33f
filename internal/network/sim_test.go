package network_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/internal/network"
)

const addr = "10.0.0.1:9876"

// pair is a connection over s to addr.
func pair(t *testing.T, s *network.Sim) (near, far net.Conn) {
	t.Helper()
	l, err := s.Listen(addr)
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	near, err = s.Dial(context.Background(), addr)
	if err != nil {
		t.Fatal(err)
	}
	far = <-accepted
	t.Cleanup(func() { _, _, _ = near.Close(), far.Close(), l.Close() })
	return near, far
}

func TestSimCarriesBytes(t *testing.T) {
	near, far := pair(t, network.NewSim())
	if near.RemoteAddr().String() != addr || far.RemoteAddr().String() != near.LocalAddr().String() {
		t.Fatalf("addresses: %v -> %v, %v -> %v", near.LocalAddr(), near.RemoteAddr(), far.LocalAddr(), far.RemoteAddr())
	}
	go func() {
		_, _ = near.Write([]byte("hello"))
		_ = near.Close()
	}()
	got, err := io.ReadAll(far)
	if string(got) != "hello" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := far.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Fatalf("write to a closed peer: %v", err)
	}
}

func TestSimRefusesDials(t *testing.T) {
	s := network.NewSim()
	if _, err := s.Dial(context.Background(), addr); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("nobody listens: %v", err)
	}
	near, _ := pair(t, s)
	s.SetFault(addr, network.Fault{Refuse: true})
	if _, err := s.Dial(context.Background(), addr); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("refused: %v", err)
	}
	if _, err := near.Write([]byte("x")); err != nil {
		t.Fatalf("a connection made before: %v", err)
	}
	if s.Dials(addr) != 3 {
		t.Fatalf("%d dials", s.Dials(addr))
	}
}

func TestSimBlackhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := network.NewSim()
		near, far := pair(t, s)
		s.SetFault(addr, network.Fault{Blackhole: true})
		if _, err := near.Write([]byte("x")); err != nil {
			t.Fatalf("a write into the blackhole: %v", err)
		}
		_ = far.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := far.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("a read from the blackhole: %v", err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := s.Dial(ctx, addr); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("a dial into the blackhole: %v", err)
		}
		s.SetFault(addr, network.Fault{})
		_ = far.SetReadDeadline(time.Time{})
		if n, err := far.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Fatalf("healed: %d, %v", n, err)
		}
	})
}

func TestSimBoundsWhatIsUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t, network.NewSim())
		_ = near.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := near.Write(make([]byte, 1<<20))
		if n == 0 || n == 1<<20 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("write without a reader: %d, %v", n, err)
		}
		if m, err := network.Nonblocking(near).TryWrite([]byte("x")); m != 0 || err != nil {
			t.Fatalf("try: %d, %v", m, err)
		}
		_, _ = io.CopyN(io.Discard, far, int64(n))
		if m, err := network.Nonblocking(near).TryWrite([]byte("x")); m != 1 || err != nil {
			t.Fatalf("try after reading: %d, %v", m, err)
		}
	})
}

func TestSimDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := network.NewSim()
		near, far := pair(t, s)
		s.SetFault(addr, network.Fault{Delay: 40 * time.Millisecond})
		began := time.Now()
		_, _ = near.Write([]byte("x"))
		_, _ = far.Read(make([]byte, 1))
		if d := time.Since(began); d != 40*time.Millisecond {
			t.Fatalf("took %v", d)
		}
	})
}

func TestSimReset(t *testing.T) {
	s := network.NewSim()
	near, far := pair(t, s)
	s.Reset(addr)
	for _, c := range []net.Conn{near, far} {
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Fatalf("read: %v", err)
		}
		if _, err := c.Write([]byte("x")); !errors.Is(err, syscall.ECONNRESET) {
			t.Fatalf("write: %v", err)
		}
	}
}

func TestTryWriteOfASocketNeverWaits(t *testing.T) {
	l, err := network.System.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := network.System.Dial(context.Background(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w, total := network.Nonblocking(c), 0
	for range 10_000 { // until the socket's buffers are full, as nobody reads
		n, err := w.TryWrite(make([]byte, 64<<10))
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		total += n
	}
	_ = c.Close()
	if _, err := w.TryWrite([]byte("x")); err == nil {
		t.Fatal("a write to a closed socket succeeded")
	}
	t.Logf("%d bytes fit", total)
}
