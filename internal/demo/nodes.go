package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/internal/disk/faulty"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/telemetry"
	"github.com/plumemq/plume/namesrv"
)

// goodbye bounds how long a server may take to shut down cleanly.
const goodbye = 5 * time.Second

// life is one life of a server: the seams under it and what makes it heard. A server that is started again gets a new one.
type life struct {
	net       *network.Faulty
	disk      *faulty.Disk
	component *observ.Component
	log       *zap.Logger
	dead      *atomic.Bool
}

func newLife(component *observ.Component, log *zap.Logger) life {
	dead := &atomic.Bool{}
	return life{
		net: network.NewFaulty(network.System), disk: faulty.New(disk.System), component: component, dead: dead,
		log: log.WithOptions(zap.WrapCore(func(c zapcore.Core) zapcore.Core { return living{c, dead} })),
	}
}

// end takes everything away from a process at once, as its death does: it says nothing more, to anybody. The peers in unaware do not
// hear of it either.
func (l *life) end(unaware ...string) {
	l.dead.Store(true)
	l.component.Silence()
	l.disk.Kill()
	l.net.Kill(unaware...)
}

// living is a log that falls silent with its process.
type living struct {
	zapcore.Core
	dead *atomic.Bool
}

// Enabled says whether anything is heard at a level.
func (c living) Enabled(l zapcore.Level) bool { return !c.dead.Load() && c.Core.Enabled(l) }

// With adds fields.
func (c living) With(fields []zap.Field) zapcore.Core { return living{c.Core.With(fields), c.dead} }

// Check adds the core to what writes the entry.
func (c living) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if !c.Enabled(e.Level) {
		return ce
	}
	return c.Core.Check(e, ce)
}

// process is what both kinds of servers are to their node.
type process interface {
	Start(ctx context.Context) error
	Shutdown(ctx context.Context) error
	Addr() net.Addr
}

// node is a server of the demo that can die and come back, on the same port and with the same files.
type node struct {
	name      string
	component func() *observ.Component // a new one for each life
	log       *zap.Logger
	// build makes the process for its next life.
	build func(port int, l life) (process, error)

	mu   sync.Mutex // owns all below
	port int
	life life
	run  process // nil while it is dead
	addr string
}

// start brings the server up, on the port that it had before.
func (n *node) start(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.run != nil {
		return nil
	}
	l := newLife(n.component(), n.log)
	p, err := n.build(n.port, l)
	if err != nil {
		return err
	}
	if err := p.Start(ctx); err != nil {
		l.net.Close()
		return err //nolint:wrapcheck // callers say whose
	}
	n.life.close()
	n.life, n.run, n.addr = l, p, p.Addr().String()
	if tcp, ok := p.Addr().(*net.TCPAddr); ok {
		n.port = tcp.Port
	}
	return nil
}

// close lets go of what an ended life has left open.
func (l *life) close() {
	if l.net != nil {
		l.net.Close()
	}
}

// stop shuts the server down as an administrator would.
func (n *node) stop(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.run == nil {
		n.life.close()
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, goodbye)
	defer cancel()
	err := n.run.Shutdown(ctx)
	n.run = nil
	n.life.close()
	if err != nil && !errors.Is(err, context.DeadlineExceeded) { // a client that went on asking is no trouble
		return fmt.Errorf("stop %s: %w", n.name, err)
	}
	return nil
}

// kill ends the server without a word. The peers in unaware do not hear of it.
func (n *node) kill(unaware ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.run == nil {
		return
	}
	n.life.end(unaware...)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()                // nothing is waited for
	_ = n.run.Shutdown(ctx) // ends the goroutines of the dead; they reach neither disk nor network any more
	n.run = nil
}

// current are the seams of the present life.
func (n *node) current() life {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.life
}

// address is where the server listens, or did until it died.
func (n *node) address() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.addr
}

// newNameServer is the demo's name server. Its configuration may be changed from outside, which one of the faults does.
func (d *Demo) newNameServer(p *telemetry.Providers) *node {
	return &node{name: serviceNamesrv, component: func() *observ.Component { return d.component(p, serviceNamesrv) }, log: d.log.Named(serviceNamesrv), port: d.cfg.NamesrvPort,
		build: func(port int, l life) (process, error) {
			cfg := namesrv.DefaultConfig()
			cfg.BindAddress, cfg.ListenPort = host, port
			cfg.EnableConfigUpdate, cfg.WaitForService = true, 365*24*time.Hour // if it is told to wait, it waits
			return namesrv.New(cfg, namesrv.Deps{Component: l.component, Registerer: d.metrics, Logger: l.log, Network: l.net, Disk: l.disk})
		},
	}
}

func (d *Demo) newBroker(p *telemetry.Providers, name string, port int) *node {
	return &node{name: name, component: func() *observ.Component { return d.component(p, name) }, log: d.log.Named(name), port: port,
		build: func(port int, l life) (process, error) {
			return broker.New(d.brokerConfig(name, port), broker.Deps{
				Component: l.component, Registerer: d.metrics, Logger: l.log, Network: l.net, Disk: l.disk,
			})
		},
	}
}
