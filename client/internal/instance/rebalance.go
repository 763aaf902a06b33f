package instance

import (
	"context"
	"time"
)

// minRebalanceInterval is the least time between two rounds that nobody asked for. It doubles while rounds in a row are not done.
const minRebalanceInterval = time.Second

// RebalanceImmediately asks for a round of rebalancing now; it does not wait for it.
//
// Java: MQClientInstance#rebalanceImmediately (5.5.0).
func (i *MQClientInstance) RebalanceImmediately() {
	select {
	case i.wakeup <- struct{}{}:
	default: // asked already
	}
}

// rebalanceService lets every consumer rebalance when asked and every RebalanceInterval, and sooner while one says that it is not
// done.
//
// Java: client.impl.consumer.RebalanceService#run (5.5.0).
func (i *MQClientInstance) rebalanceService(ctx context.Context) {
	timer := i.clock.NewTimer(i.cfg.RebalanceInterval)
	defer timer.Stop()
	retry := minRebalanceInterval
	for {
		select {
		case <-ctx.Done():
			return
		case <-i.wakeup:
			retry = minRebalanceInterval
		case <-timer.C():
		}
		next := i.cfg.RebalanceInterval
		if i.doRebalance(ctx) {
			retry = minRebalanceInterval
		} else {
			next = min(next, retry)
			retry = min(2*retry, i.cfg.RebalanceInterval)
		}
		timer.Reset(next)
	}
}

// doRebalance gives every consumer its turn; false when one is not done.
//
// Java: MQClientInstance#doRebalance (5.5.0).
func (i *MQClientInstance) doRebalance(ctx context.Context) bool {
	balanced := true
	for _, c := range *i.consumers.Load() {
		if !c.TryRebalance(ctx) {
			balanced = false
		}
	}
	return balanced
}
