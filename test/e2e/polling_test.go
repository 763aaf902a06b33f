package e2e_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/namesrv"
)

// looked is the operating system's network, which counts how often somebody looks whether something has come.
type looked struct {
	network.Network
	count atomic.Int64
}

func (l *looked) Dial(ctx context.Context, addr string) (net.Conn, error) {
	c, err := l.Network.Dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	return &lookedAt{network.Nonblocking(c), l}, nil
}

func (l *looked) Listen(addr string) (net.Listener, error) {
	inner, err := l.Network.Listen(addr)
	return &lookedListener{inner, l}, err
}

type lookedListener struct {
	net.Listener
	by *looked
}

func (l *lookedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &lookedAt{network.Nonblocking(c), l.by}, nil
}

type lookedAt struct {
	network.Conn
	by *looked
}

func (c *lookedAt) TryRead(p []byte) (int, error) {
	c.by.count.Add(1)
	return c.Conn.TryRead(p)
}

// Name server, broker and client poll their connections, unless they were told not to: each for itself.
func TestBusyPollingIsSwitchedOffByEach(t *testing.T) {
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("with one processor nobody polls")
	}
	for _, on := range []bool{true, false} {
		networks := map[string]*looked{}
		for _, who := range []string{"name server", "broker", "client"} {
			networks[who] = &looked{Network: network.System}
		}
		sendOverEach(t, networks, on, func(sent int) bool {
			for _, n := range networks {
				if on && n.count.Load() == 0 { // one looks at a time: everybody's turn comes
					return false
				}
			}
			return sent >= 100
		})
		for who, n := range networks {
			if polled := n.count.Load() > 0; polled != on {
				t.Errorf("polling %v: the %s looked %d times", on, who, n.count.Load())
			}
		}
	}
}

// sendOverEach sends to one new topic after the other, whose routes are asked for, until done.
func sendOverEach(t *testing.T, networks map[string]*looked, polls bool, done func(sent int) bool) {
	t.Helper()
	nsConfig := namesrv.DefaultConfig()
	nsConfig.ListenPort = 0
	ns, err := namesrv.New(nsConfig, namesrv.Deps{Network: networks["name server"], NoBusyPolling: !polls})
	startFor(t, ns, err)
	cfg := broker.DefaultConfig()
	cfg.Network.ListenPort, cfg.Network.VIPPort = 0, false
	cfg.Register.NamesrvAddr, cfg.Store.StorePathRootDir, cfg.Store.MappedFileSizeCommitLog = ns.Addr().String(), t.TempDir(), 16<<20
	cfg.Store.DiskMaxUsedSpaceRatio, cfg.Store.DiskSpaceCleanForciblyRatio, cfg.Store.DiskSpaceWarningLevelRatio = 99, 99, 99
	b, err := broker.New(cfg, broker.Deps{Network: networks["broker"], NoBusyPolling: !polls})
	startFor(t, b, err)
	p, err := producer.New("producers", client.WithNameServers(ns.Addr().String()), client.WithNetwork(networks["client"]), client.WithBusyPolling(polls))
	startFor(t, p, err)
	for sent, ctx := 0, within(t); !done(sent); {
		if _, err := p.Send(ctx, message.New(fmt.Sprint(topic, sent), []byte("looked for"))); err == nil {
			sent++
		} else if ctx.Err() != nil { // else the name server does not know the broker yet
			t.Fatal(err)
		}
	}
}

// startFor starts a part for the test's duration; err is that of its making.
func startFor(t *testing.T, part interface {
	Start(ctx context.Context) error
	Shutdown(ctx context.Context) error
}, err error) {
	t.Helper()
	if err == nil {
		err = part.Start(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = part.Shutdown(context.Background()) })
}
