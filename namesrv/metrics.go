package namesrv

import (
	"net"
	"strconv"

	"github.com/plumemq/plume/internal/metrics"
)

// instrument makes what the name server records with; nothing without a registerer.
func (ns *NameServer) instrument(cfg *Config, deps *Deps) error {
	ns.metrics = metrics.New(deps.Registerer, metrics.Options{
		Node: metrics.Node{Type: "namesrv", ID: net.JoinHostPort(cfg.BindAddress, strconv.Itoa(cfg.ListenPort))},
	})
	if ns.metrics == nil {
		return nil
	}
	ns.component.Observe(ns.metrics.Steps("namesrv"))
	ns.metrics.Scrape(ns.collect, metrics.NamesrvLiveBrokers, metrics.NamesrvTopics)
	return ns.metrics.Err()
}

// collect reads the tables for a scrape.
func (ns *NameServer) collect(emit metrics.Emit) {
	brokers, topics := ns.routes.Count()
	emit(metrics.NamesrvLiveBrokers, float64(brokers))
	emit(metrics.NamesrvTopics, float64(topics))
}
