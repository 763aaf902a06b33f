package commitlog

import (
	"context"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
)

var (
	stepAsyncPutMessage = observ.Define(observ.Op{
		ID:   "commitlog.asyncPutMessage",
		Name: "CommitLog.asyncPutMessage",
		Func: "broker/store/commitlog.(*CommitLog).asyncPutMessage",
		Java: "CommitLog#asyncPutMessage",
	})
	stepHandleDiskFlush = observ.Define(observ.Op{
		ID:   "commitlog.handleDiskFlush",
		Func: "broker/store/commitlog.(*CommitLog).handleDiskFlush",
		Java: "CommitLog.DefaultFlushManager#handleDiskFlush",
	})
	stepDoCommit = observ.Define(observ.Op{
		ID:   "commitlog.doCommit",
		Name: "GroupCommitService.doCommit",
		Func: "broker/store/commitlog.(*CommitLog).Commit",
		Java: "CommitLog.GroupCommitService#doCommit",
	})
	stepFlushRealTime = observ.Define(observ.Op{
		ID:     "commitlog.flushRealTime",
		Name:   "FlushRealTimeService.flush",
		Detail: observ.Deep,
		Func:   "broker/store/commitlog.(*CommitLog).flushRealTime",
		Java:   "CommitLog.FlushRealTimeService#run",
	})
)

// Steps are the steps of this package.
func Steps() []*observ.Op {
	return []*observ.Op{stepAsyncPutMessage, stepHandleDiskFlush, stepDoCommit, stepFlushRealTime}
}

func traceAsyncPutMessage(ctx context.Context) (context.Context, observ.Step) {
	ctx, step := stepAsyncPutMessage.Start(ctx)
	if !step.On() {
		return nil, step // untraced puts keep no context
	}
	return observ.Detach(ctx), step
}

// traceLockWait and traceLocked tell how long a put waited for its turn.
func traceLockWait(step observ.Step, c clock.Clock) (entered time.Time) {
	if step.On() {
		entered = c.Now()
	}
	return entered
}

func traceLocked(step observ.Step, c clock.Clock, entered time.Time) {
	if step.On() {
		step.Event("putMessageLock.acquired", observ.Int64("rocketmq.lock.wait_us", c.Now().Sub(entered).Microseconds()))
	}
}

func traceHandleDiskFlush(p *put, t FlushDiskType) (context.Context, observ.Step) {
	if !p.step.On() {
		return nil, observ.Step{}
	}
	r := &p.result.AppendResult
	p.step.Set(
		observ.Int64("rocketmq.commitlog.offset", r.WroteOffset),
		observ.Int("rocketmq.commitlog.bytes", int(r.WroteBytes)),
		observ.Int64("rocketmq.queue.offset", r.LogicsOffset),
	)
	ctx, step := stepHandleDiskFlush.Start(p.ctx)
	step.Set(observ.String("rocketmq.flush.type", t.String()), observ.Bool("rocketmq.flush.wait", t == SyncFlush && p.wait))
	return ctx, step
}

// traceDoCommit starts a span of its own for a sync that serves at least one traced put.
func traceDoCommit(c *observ.Component, links []observ.SpanContext) (context.Context, observ.Step) {
	return traceFlush(c, stepDoCommit, links)
}

func traceFlushRealTime(c *observ.Component, links []observ.SpanContext) (context.Context, observ.Step) {
	return traceFlush(c, stepFlushRealTime, links)
}

func traceFlush(c *observ.Component, op *observ.Op, links []observ.SpanContext) (context.Context, observ.Step) {
	if len(links) == 0 {
		return context.Background(), observ.Step{}
	}
	return c.StartCaused(context.Background(), op, links, observ.Int("rocketmq.flush.puts_traced", len(links)))
}
