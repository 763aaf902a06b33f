package testcluster

import (
	"net"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/plumemq/plume/broker"
)

// Node is one broker of the cluster, running or not.
type Node struct {
	Name string

	cluster *Cluster
	folder  string         // of its store; kept over restarts
	broker  *broker.Broker // nil while stopped
	port    int            // the same over restarts
	addr    string
}

// Addr is where clients reach it, or did before it was stopped.
func (n *Node) Addr() string { return n.addr }

// Broker is the running broker; nil while it is stopped.
func (n *Node) Broker() *broker.Broker { return n.broker }

// StoreFolder is where it keeps its files.
func (n *Node) StoreFolder() string { return filepath.Join(n.folder, "store") }

// Start starts the broker, again on its old port and store. It returns before the name server knows.
func (n *Node) Start(t testing.TB) {
	t.Helper()
	cfg := broker.DefaultConfig()
	cfg.BrokerName, cfg.BrokerClusterName = n.Name, ClusterName
	cfg.Network.ListenPort, cfg.Network.VIPPort = n.port, false
	cfg.Register.NamesrvAddr = n.cluster.nameAddr
	cfg.Pools.Send.MaxWait = waitLimit // a loaded machine is not what these tests are about
	cfg.Store.StorePathRootDir = n.StoreFolder()
	cfg.Store.MappedFileSizeCommitLog = 16 << 20
	cfg.Store.MaxHashSlotNum, cfg.Store.MaxIndexNum = 10_000, 40_000
	cfg.Store.DiskMaxUsedSpaceRatio, cfg.Store.DiskSpaceCleanForciblyRatio, cfg.Store.DiskSpaceWarningLevelRatio = 99, 99, 99
	if n.cluster.cfg.Broker != nil {
		n.cluster.cfg.Broker(n.Name, &cfg)
	}
	b, err := broker.New(cfg, broker.Deps{
		Component: n.cluster.component(n.Name), Registerer: n.cluster.cfg.Registerer, Logger: n.cluster.log.Named(n.Name),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	n.broker, n.addr, n.port = b, b.Addr().String(), portOf(b.Addr())
}

// Stop stops the broker; one that does not run stays so.
func (n *Node) Stop(t testing.TB) {
	t.Helper()
	if n.broker == nil {
		return
	}
	stop(t, n.Name, n.broker.Shutdown)
	n.broker = nil
}

// Restart stops the broker, starts it again and waits until the name server knows.
func (n *Node) Restart(t testing.TB) {
	t.Helper()
	n.Stop(t)
	n.Start(t)
	n.cluster.WaitRegistered(t)
}

func portOf(a net.Addr) int {
	addr, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return 0
	}
	return int(addr.Port())
}
