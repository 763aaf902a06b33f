//go:build interop

package interop

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/plumemq/plume/test/interop/referee"
)

// server starts name servers and brokers: Apache's, or Plume's.
type server interface {
	StartNameServer(dir string) (*referee.NameServer, error)
	StartBroker(dir string, c referee.BrokerConfig) (*referee.Broker, error)
}

// client starts programs that send and consume; all know the same arguments and print the same lines.
type client interface {
	Program(dir string, args ...string) (*referee.Process, error)
}

// What is built and installed, once per run of the tests.
var (
	apache550   = sync.OnceValues(func() (*referee.Apache, error) { return install(referee.Apache550) })
	apache497   = sync.OnceValues(func() (*referee.Apache, error) { return install(referee.Apache497) })
	plume       = sync.OnceValues(func() (*referee.Plume, error) { return referee.BuildPlume(context.Background(), binDir()) })
	plumeClient = sync.OnceValues(func() (*referee.PlumeClient, error) { return referee.BuildPlumeClient(context.Background(), binDir()) })
	goClient    = sync.OnceValues(func() (*referee.GoClient, error) { return referee.BuildGoClient(context.Background(), binDir()) })
)

var binDir = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "plume-interop-")
	if err != nil {
		panic(err)
	}
	return dir
})

func TestMain(m *testing.M) {
	code := m.Run()
	endShared()
	_ = os.RemoveAll(binDir())
	os.Exit(code)
}

func install(version string) (*referee.Apache, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	return referee.Install(ctx, version)
}

// need is what get made. Without Java it skips the test, or fails it in CI.
func need[T any](t *testing.T, get func() (T, error)) T {
	t.Helper()
	v, err := get()
	if errors.Is(err, referee.ErrNoJava) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// subject is the server under test: Plume, or with PLUME_INTEROP_CONTROL=1 Apache 5.5.0, which shows that a test is right.
func subject(t *testing.T) server {
	t.Helper()
	if os.Getenv("PLUME_INTEROP_CONTROL") == "1" {
		return need(t, apache550)
	}
	need(t, apache550) // Skip before building anything where there is no Java.
	return need(t, plume)
}

// subjectClient is the client under test, or Apache's in its place.
func subjectClient(t *testing.T) client {
	t.Helper()
	if os.Getenv("PLUME_INTEROP_CONTROL") == "1" {
		return need(t, apache550)
	}
	need(t, apache550)
	return need(t, plumeClient)
}

// cluster is one name server and one broker.
type cluster struct {
	*referee.NameServer
	broker *referee.Broker
	store  string
}

// start starts a cluster that ends with the test.
func start(t *testing.T, nameServer, broker server, extra map[string]string) *cluster {
	t.Helper()
	ns, err := nameServer.StartNameServer(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ns.Kill)
	t.Logf("name server ready after %v", ns.Started.Round(time.Millisecond))
	c := &cluster{NameServer: ns, store: filepath.Join(t.TempDir(), "store")}
	c.broker = startBroker(t, broker, referee.BrokerConfig{NameServer: ns.Addr, Store: c.store, Extra: extra})
	return c
}

// startBroker starts a broker that ends with the test, and shows the end of its output if that failed.
func startBroker(t *testing.T, s server, config referee.BrokerConfig) *referee.Broker {
	t.Helper()
	b, err := s.StartBroker(t.TempDir(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("broker registered after %v", b.Started.Round(time.Millisecond))
	t.Cleanup(func() {
		b.Kill()
		if t.Failed() {
			t.Logf("the broker said:\n%s", last(b.Output(), 3000))
		}
	})
	return b
}

// launch starts a client program that ends with the test.
func launch(t *testing.T, c client, args ...string) *referee.Process {
	t.Helper()
	p, err := c.Program(t.TempDir(), args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

// finish runs a client program to its end and returns its lines.
func finish(t *testing.T, c client, args ...string) []referee.Line {
	t.Helper()
	return wait(t, launch(t, c, args...))
}

func wait(t *testing.T, p *referee.Process) []referee.Line {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	lines, err := p.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// await waits until p printed n lines of an event and returns those.
func await(t *testing.T, p *referee.Process, event string, n int) []referee.Line {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	lines, err := p.Await(ctx, event, n)
	if err != nil {
		t.Fatal(err)
	}
	return referee.Only(lines, event)
}

func last(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[len(s)-n:]
}
