package store

import (
	"context"
	"errors"
	"strings"

	"github.com/plumemq/plume/broker/store/checkpoint"
	"github.com/plumemq/plume/broker/store/commitlog"
	"github.com/plumemq/plume/broker/store/ha"
	"github.com/plumemq/plume/broker/store/mappedfile"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

var (
	stepAsyncPutMessage = observ.Define(observ.Op{
		ID:     "store.asyncPutMessage",
		Name:   "DefaultMessageStore.asyncPutMessage",
		Func:   "broker/store.(*DefaultMessageStore).AsyncPutMessage",
		Java:   "DefaultMessageStore#asyncPutMessage",
		Claims: []string{"R4"},
	})
	stepAsyncPutMessages = observ.Define(observ.Op{
		ID:   "store.asyncPutMessages",
		Name: "DefaultMessageStore.asyncPutMessages",
		Func: "broker/store.(*DefaultMessageStore).AsyncPutMessages",
		Java: "DefaultMessageStore#asyncPutMessages",
	})
	stepDoReput = observ.Define(observ.Op{
		ID:   "store.doReput",
		Name: "ReputMessageService.doReput",
		Func: "broker/store.(*reputMessageService).doReput",
		Java: "DefaultMessageStore.ReputMessageService#doReput",
	})
	stepBuildConsumeQueue = observ.Define(observ.Op{
		ID:   "store.buildConsumeQueue",
		Func: "broker/store.(*reputMessageService).buildConsumeQueue",
		Java: "DefaultMessageStore.CommitLogDispatcherBuildConsumeQueue#dispatch",
	})
	stepBuildIndex = observ.Define(observ.Op{
		ID:   "store.buildIndex",
		Func: "broker/store.(*reputMessageService).buildIndex",
		Java: "IndexService#buildIndex",
	})
	stepNotifyMessageArriving = observ.Define(observ.Op{
		ID:   "store.notifyMessageArriving",
		Func: "broker/store.(*reputMessageService).notifyMessageArriving",
		Java: "DefaultMessageStore#notifyMessageArriveIfNecessary",
	})
	stepGetMessage = observ.Define(observ.Op{
		ID:   "store.getMessage",
		Name: "DefaultMessageStore.getMessage",
		Func: "broker/store.(*DefaultMessageStore).GetMessage",
		Java: "DefaultMessageStore#getMessage",
	})
	stepLoad = observ.Define(observ.Op{
		ID:   "store.load",
		Name: "DefaultMessageStore.load",
		Func: "broker/store.(*DefaultMessageStore).load",
		Java: "DefaultMessageStore#load",
	})
	stepRecover = observ.Define(observ.Op{
		ID:   "store.recover",
		Name: "DefaultMessageStore.recover",
		Func: "broker/store.(*DefaultMessageStore).recover",
		Java: "DefaultMessageStore#recover",
	})
)

// Steps are the steps of the message store, those of its parts included.
func Steps() []*observ.Op {
	steps := []*observ.Op{
		stepAsyncPutMessage, stepAsyncPutMessages, stepDoReput, stepBuildConsumeQueue, stepBuildIndex, stepNotifyMessageArriving,
		stepGetMessage, stepLoad, stepRecover,
	}
	steps = append(steps, commitlog.Steps()...)
	steps = append(steps, mappedfile.Steps()...)
	return append(steps, ha.Steps()...)
}

func traceAsyncPutMessage(ctx context.Context, msg *MessageExtBrokerInner) (context.Context, observ.Step) {
	ctx, step := stepAsyncPutMessage.Start(ctx)
	describePut(step, msg)
	return ctx, step
}

func traceAsyncPutMessages(ctx context.Context, batch *MessageExtBatch) (context.Context, observ.Step) {
	ctx, step := stepAsyncPutMessages.Start(ctx)
	describePut(step, &batch.MessageExtBrokerInner)
	return ctx, step
}

func describePut(step observ.Step, msg *MessageExtBrokerInner) {
	if step.On() {
		step.Set(
			observ.String("messaging.destination.name", msg.Topic),
			observ.Int("rocketmq.queue.id", int(msg.QueueID)),
			observ.Int("messaging.message.body.size", len(msg.Body)),
		)
	}
}

// endPut ends a put's step with its result; nil when the step does not record.
func endPut(step observ.Step) func(PutMessageResult) {
	if !step.On() {
		return nil
	}
	return func(r PutMessageResult) {
		err := r.Err
		if err == nil && !r.OK() {
			err = errors.New(r.Status.String())
		}
		step.Set(
			observ.String("rocketmq.put.status", r.Status.String()),
			observ.Int64("rocketmq.commitlog.offset", r.AppendResult.WroteOffset),
			observ.Int64("rocketmq.queue.offset", r.AppendResult.LogicsOffset),
			observ.Int("rocketmq.put.messages", int(r.AppendResult.MsgNum)),
		)
		step.End(&err)
	}
}

// traceDoReput starts a trace of its own for messages of which somebody traces at least one, linked to the requests that stored those.
func traceDoReput(r *reputMessageService, requests []dispatchRequest) (context.Context, observ.Step) {
	ctx := context.Background()
	if !r.store.component.Shows(stepDoReput) {
		return ctx, observ.Step{}
	}
	r.causes = r.store.appendCauses(r.causes[:0], requests)
	if len(r.causes) == 0 {
		return ctx, observ.Step{}
	}
	r.attrs = appendDispatchAttrs(r.attrs[:0], requests)
	return r.store.component.StartCaused(ctx, stepDoReput, r.causes, r.attrs...)
}

// appendCauses adds the recorded requests that stored messages; a message that outlived its broker names a span in its properties.
func (s *DefaultMessageStore) appendCauses(causes []observ.SpanContext, requests []dispatchRequest) []observ.SpanContext {
	for i := range requests {
		request := &requests[i]
		if request.traced = false; request.traceParent == "" && s.traced.before(request.offset) {
			continue // as most are where few traces are recorded
		}
		cause := s.traced.take(request.offset)
		if !cause.IsValid() && request.traceParent != "" {
			_, cause = observ.Extract(context.Background(), requestCarrier{request})
		}
		if request.traced = cause.IsValid() && cause.IsSampled(); request.traced {
			causes = append(causes, cause)
		}
	}
	return causes
}

// appendDispatchAttrs adds what tells of the messages as a whole; of one alone also whose it is.
func appendDispatchAttrs(attrs []observ.Attr, requests []dispatchRequest) []observ.Attr {
	first, last := &requests[0], &requests[len(requests)-1]
	if len(requests) == 1 {
		attrs = append(attrs,
			observ.String("messaging.destination.name", strings.Clone(first.topic)), // it lies in a buffer that is used again
			observ.Int("rocketmq.queue.id", int(first.queueID)),
			observ.Int64("rocketmq.queue.offset", first.queueOffset),
		)
	}
	return append(attrs,
		observ.Int64("rocketmq.commitlog.offset", first.offset),
		observ.Int64("rocketmq.commitlog.bytes", last.offset+int64(last.size)-first.offset),
		countOf(requests),
	)
}

func countOf(requests []dispatchRequest) observ.Attr {
	return observ.Int("messaging.batch.message_count", len(requests))
}

// requestCarrier reads trace context from a message's properties.
type requestCarrier struct{ request *dispatchRequest }

// Get copies: the properties lie in a buffer that is used again.
func (c requestCarrier) Get(key string) string {
	return strings.Clone(message.RecordProperty(c.request.properties, key))
}

func (requestCarrier) Set(string, string) {}

func traceBuildConsumeQueue(ctx context.Context, requests []dispatchRequest) (context.Context, observ.Step) {
	ctx, step := stepBuildConsumeQueue.Start(ctx)
	if step.On() {
		step.Set(countOf(requests))
		if len(requests) == 1 {
			step.Set(
				observ.Int64("rocketmq.queue.offset", requests[0].queueOffset),
				observ.Bool("rocketmq.consumequeue.visible", visibleToConsumers(requests[0].sysFlag)),
			)
		}
	}
	return ctx, step
}

func traceBuildIndex(ctx context.Context, requests []dispatchRequest) (context.Context, observ.Step) {
	ctx, step := stepBuildIndex.Start(ctx)
	if step.On() {
		step.Set(countOf(requests))
	}
	return ctx, step
}

func traceNotifyMessageArriving(ctx context.Context, requests []dispatchRequest) (context.Context, observ.Step) {
	ctx, step := stepNotifyMessageArriving.Start(ctx)
	if step.On() {
		visible := 0
		for i := range requests {
			if requests[i].queue != nil {
				visible++
			}
		}
		step.Set(observ.Int("messaging.batch.message_count", visible))
		if len(requests) == 1 {
			step.Set(observ.Int64("rocketmq.queue.offset", requests[0].queueOffset+1))
		}
	}
	return ctx, step
}

// traceArriving is in what context the listener is told of a message: of one that nobody traces in an empty one, so that what the listener
// does about it is not recorded for the sake of others.
func traceArriving(ctx context.Context, request *dispatchRequest) context.Context {
	if request.traced {
		return ctx
	}
	return context.Background()
}

func traceGetMessage(ctx context.Context, group, topic string, queueID int32, offset int64) (context.Context, observ.Step) {
	ctx, step := stepGetMessage.Start(ctx)
	if step.On() {
		step.Set(
			observ.String("messaging.consumer.group.name", group),
			observ.String("messaging.destination.name", topic),
			observ.Int("rocketmq.queue.id", int(queueID)),
			observ.Int64("rocketmq.queue.offset", offset),
		)
	}
	return ctx, step
}

func traceGot(step observ.Step, res *GetMessageResult) {
	if step.On() && res != nil {
		step.Set(
			observ.String("rocketmq.pull.status", res.Status.String()),
			observ.Int("messaging.batch.message_count", res.MessageCount()),
			observ.Int("rocketmq.pull.bytes", res.BufferTotalSize()),
			observ.Int64("rocketmq.queue.next_offset", res.NextBeginOffset),
		)
	}
}

func traceLoad(ctx context.Context, s *DefaultMessageStore) (context.Context, observ.Step) {
	return s.component.Start(ctx, stepLoad, observ.NewRoot())
}

func traceLoaded(step observ.Step, clean, found bool, state checkpoint.State) {
	if step.On() {
		step.Set(
			observ.Bool("rocketmq.store.last_exit_ok", clean),
			observ.Bool("rocketmq.store.checkpoint", found),
			observ.Bool("rocketmq.store.watermark", state.Watermark != nil),
		)
	}
}

func traceRecover(ctx context.Context) (context.Context, observ.Step) { return stepRecover.Start(ctx) }

func traceRecovered(step observ.Step, clean bool, from int64, res commitlog.Recovered) {
	if step.On() {
		step.Set(
			observ.Bool("rocketmq.store.last_exit_ok", clean),
			observ.Int64("rocketmq.recover.scan_from", res.From),
			observ.Int64("rocketmq.recover.dispatch_from", from),
			observ.Int64("rocketmq.recover.end", res.End),
			observ.Int64("rocketmq.recover.records", res.Records),
			observ.Int("rocketmq.recover.quarantined", len(res.Quarantined)),
		)
	}
}
