package ha

import (
	"context"

	"github.com/plumemq/plume/internal/observ"
)

var stepHandleHA = observ.Define(observ.Op{
	ID:     "ha.handleHA",
	Func:   "broker/store/ha.(*Service).HandleHA",
	Java:   "CommitLog#handleHA",
	Claims: []string{"R2"},
})

// Steps are the steps of this package.
func Steps() []*observ.Op { return []*observ.Op{stepHandleHA} }

func traceHandleHA(ctx context.Context, role Role, nextOffset int64) (context.Context, observ.Step) {
	ctx, step := stepHandleHA.Start(ctx)
	if step.On() {
		step.Set(
			observ.String("rocketmq.broker.role", string(role)),
			observ.Int("rocketmq.ha.slaves", 0),
			observ.Int64("rocketmq.ha.next_offset", nextOffset),
		)
	}
	return ctx, step
}
