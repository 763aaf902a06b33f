package testcluster

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/spantest"
	"github.com/plumemq/plume/namesrv"
)

// ClusterName is the cluster's name, and so that of one of its topics.
const ClusterName = "TestCluster"

// waitLimit bounds every wait for the cluster to get somewhere.
const waitLimit = 20 * time.Second

// Config says what to start. The zero value is a name server and one broker.
type Config struct {
	// Brokers is how many; they are called broker-a, broker-b and so on. Zero means one, a negative number none.
	Brokers int
	// NameServer may change the name server's configuration before each start.
	NameServer func(*namesrv.Config)
	// Broker may change a broker's configuration before each of its starts.
	Broker func(name string, cfg *broker.Config)
	// Detail is how much the servers record; zero means observ.Steps.
	Detail observ.Detail
	// Logger hears everybody; nil means the test's, from level warn on.
	Logger *zap.Logger
	// Registerer has everybody's metrics; nil means none.
	Registerer prometheus.Registerer
}

// Cluster is a running cluster. Its methods are for the test's goroutine.
type Cluster struct {
	// Recorder has every span of every service.
	Recorder *spantest.Recorder
	// Brokers are the brokers in the order of their names.
	Brokers []*Node

	cfg        Config
	log        *zap.Logger
	nameServer *namesrv.NameServer // nil while stopped
	nameAddr   string              // the same over restarts
	namePort   int
}

// Start starts a cluster and waits until every broker is registered.
func Start(t testing.TB, cfg Config) *Cluster {
	t.Helper()
	if cfg.Brokers == 0 {
		cfg.Brokers = 1
	}
	if cfg.Detail == observ.Off {
		cfg.Detail = observ.Steps
	}
	c := &Cluster{Recorder: spantest.NewRecorder(), cfg: cfg, log: cfg.Logger}
	if c.log == nil {
		c.log = zaptest.NewLogger(t, zaptest.Level(zap.WarnLevel))
	}
	t.Cleanup(func() { c.Recorder.Conform(t) }) // registered first, so when everything has stopped
	c.StartNameServer(t)
	t.Cleanup(func() { c.StopNameServer(t) })
	for i := range max(cfg.Brokers, 0) {
		n := &Node{Name: "broker-" + string(rune('a'+i)), cluster: c, folder: t.TempDir()}
		c.Brokers = append(c.Brokers, n)
		n.Start(t)
		t.Cleanup(func() { n.Stop(t) })
	}
	c.WaitRegistered(t)
	return c
}

// component is a server's own source of spans.
func (c *Cluster) component(service string) *observ.Component {
	component := observ.NewComponent(c.Recorder.Provider(service))
	component.SetDetail(c.cfg.Detail)
	component.SendEvents(c.log.Named(service), true)
	return component
}

// Node is the broker of that name; nil when there is none.
func (c *Cluster) Node(name string) *Node {
	for _, n := range c.Brokers {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// NameServerAddr is where the name server listens, or did before it was stopped.
func (c *Cluster) NameServerAddr() string { return c.nameAddr }

// NameServer is the running name server; nil while it is stopped.
func (c *Cluster) NameServer() *namesrv.NameServer { return c.nameServer }

// StartNameServer starts the name server again, on its old port.
func (c *Cluster) StartNameServer(t testing.TB) {
	t.Helper()
	cfg := namesrv.DefaultConfig()
	cfg.ListenPort = c.namePort
	if c.cfg.NameServer != nil {
		c.cfg.NameServer(&cfg)
	}
	ns, err := namesrv.New(cfg, namesrv.Deps{Component: c.component("namesrv"), Registerer: c.cfg.Registerer, Logger: c.log.Named("namesrv")})
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.nameServer, c.nameAddr = ns, ns.Addr().String()
	c.namePort = portOf(ns.Addr())
}

// StopNameServer stops the name server; without one running it does nothing.
func (c *Cluster) StopNameServer(t testing.TB) {
	t.Helper()
	if c.nameServer == nil {
		return
	}
	stop(t, "name server", c.nameServer.Shutdown)
	c.nameServer = nil
}

// WaitRegistered waits until the name server knows every running broker.
func (c *Cluster) WaitRegistered(t testing.TB) {
	t.Helper()
	c.Eventually(t, "every broker registered", func() bool {
		known := c.nameServer.Routes().GetAllClusterInfo().BrokerAddrTable
		for _, n := range c.Brokers {
			if data, ok := known[n.Name]; n.broker != nil && (!ok || data.BrokerAddrs[0] != n.addr) {
				return false
			}
		}
		return true
	})
}

// WaitTopic waits until the name server has a topic on those brokers; none named means all that run.
func (c *Cluster) WaitTopic(t testing.TB, topic string, brokers ...string) {
	t.Helper()
	if len(brokers) == 0 {
		for _, n := range c.Brokers {
			if n.broker != nil {
				brokers = append(brokers, n.Name)
			}
		}
	}
	c.Eventually(t, fmt.Sprintf("topic %s on %v", topic, brokers), func() bool {
		data, ok := c.nameServer.Routes().PickupTopicRouteData(context.Background(), topic)
		if !ok {
			return false
		}
		have := make([]string, 0, len(data.QueueDatas))
		for _, q := range data.QueueDatas {
			have = append(have, q.BrokerName)
		}
		return !slices.ContainsFunc(brokers, func(b string) bool { return !slices.Contains(have, b) })
	})
}

// Eventually waits until done, or fails the test after 20 s.
func (c *Cluster) Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(waitLimit)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, waitLimit)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// stop calls a Shutdown with patience and reports its error.
func stop(t testing.TB, what string, shutdown func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	if err := shutdown(ctx); err != nil {
		t.Errorf("stop %s: %v", what, err)
	}
}
