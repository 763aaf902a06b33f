package catalog

import (
	"slices"

	"github.com/plumemq/plume"
	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/broker/longpolling"
	"github.com/plumemq/plume/broker/outer"
	brokerprocessor "github.com/plumemq/plume/broker/processor"
	"github.com/plumemq/plume/broker/schedule"
	"github.com/plumemq/plume/broker/session"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/client/steps"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/namesrv/processor"
	"github.com/plumemq/plume/namesrv/routeinfo"
	"github.com/plumemq/plume/remoting"
)

// Steps are the steps of every package of this module.
func Steps() []*observ.Op {
	return slices.Concat(
		steps.All(), remoting.Steps(),
		processor.Steps(), routeinfo.Steps(),
		broker.Steps(), brokerprocessor.Steps(), longpolling.Steps(), outer.Steps(), schedule.Steps(), session.Steps(),
		store.Steps(), // commitlog's, mappedfile's and ha's, too
	)
}

// Load is the catalogue of this module as it was built.
func Load() (*Catalog, error) { return New(plume.Files, Steps()) }
