package consumer

import (
	"context"
	"testing"
	"time"

	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

func TestPace(t *testing.T) {
	var p pace
	for i, want := range []time.Duration{0, 0, 0, 20, 40, 80, 160, 320, 640, 1000, 1000} {
		if got := p.afterAnswer(false); got != want*time.Millisecond {
			t.Errorf("fruitless answer %d: wait %v, want %d ms", i+1, got, want)
		}
	}
	if got := p.afterAnswer(true); got != 0 || p.afterAnswer(false) != 0 {
		t.Errorf("after a useful answer: %v", got)
	}
	p = pace{corrections: 1}
	if got := p.beforeFirst(); got != 0 {
		t.Errorf("after one correction: %v", got)
	}
	p.corrections = 1000
	if got := p.beforeFirst(); got != time.Second {
		t.Errorf("after many corrections: %v", got)
	}
}

// With tracing off nothing is recorded, and nothing is allocated for it.
func TestTracingOffAllocatesNothing(t *testing.T) {
	cfg := config.DefaultConsumer("group")
	c := &Consumer{cfg: cfg, group: "group", clock: clock.System, component: observ.NewComponent(nil)}
	ctx := context.Background()
	mq := message.MessageQueue{Topic: "T", BrokerName: "b"}
	msg := &message.MessageExt{}
	r := consumeRequest{msgs: []*message.MessageExt{msg}}
	n := testing.AllocsPerRun(100, func() {
		_, step := c.tracePull(ctx, &processQueue{mq: mq})
		c.tracePulled(step, pullResult{msgs: r.msgs})
		_, _ = c.traceProcess(ctx, r)
		_, _ = stepConsumeMessage.Start(ctx)
		_, _ = traceProcessConsumeResult(ctx, 1, 1)
		_, _ = c.traceNack(ctx, mq, msg)
		_, _ = (&remoteOffsets{component: c.component}).traceCommit(ctx, nil)
		_, _ = c.traceRebalance(ctx, "T", 4)
		_, _ = traceAllocate(ctx, "AVG", 1, 1)
		_, _ = traceComputePullFromWhere(ctx, mq)
		_, _ = c.traceCleanExpiredMsg(ctx, mq, 1)
		step.End(nil)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
