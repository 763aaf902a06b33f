package session

import "github.com/plumemq/plume/internal/observ"

var (
	stepScanConsumers = observ.Define(observ.Op{
		ID: "session.ConsumerManager.scanNotActiveChannel", Name: "ConsumerManager.scanNotActiveChannel",
		Func: "broker/session.(*ConsumerManager).ScanNotActiveChannel",
		Java: "ConsumerManager#scanNotActiveChannel", Claims: []string{"T10"}, Detail: observ.Deep,
	})
	stepScanProducers = observ.Define(observ.Op{
		ID: "session.ProducerManager.scanNotActiveChannel", Name: "ProducerManager.scanNotActiveChannel",
		Func: "broker/session.(*ProducerManager).ScanNotActiveChannel",
		Java: "ProducerManager#scanNotActiveChannel", Claims: []string{"T10"}, Detail: observ.Deep,
	})
)

// Steps are the steps of this package.
func Steps() []*observ.Op { return []*observ.Op{stepScanConsumers, stepScanProducers} }

func traceScanned(step observ.Step, removed int) {
	if step.On() {
		step.Set(observ.Int("rocketmq.channels.removed", removed))
	}
}
