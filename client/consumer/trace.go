package consumer

import (
	"context"
	"strconv"

	"go.uber.org/zap"

	"github.com/plumemq/plume/client/internal/api"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

var (
	stepStart = observ.Define(observ.Op{
		ID: "consumer.start", Name: "consumer.start", Func: "client/consumer.(*Consumer).Start", Java: "DefaultMQPushConsumerImpl#start", Claims: []string{"T22"},
	})
	stepShutdown = observ.Define(observ.Op{
		ID: "consumer.shutdown", Name: "consumer.shutdown", Func: "client/consumer.(*Consumer).Shutdown", Java: "DefaultMQPushConsumerImpl#shutdown",
	})
	stepRebalance = observ.Define(observ.Op{
		ID: "consumer.rebalanceByTopic", Func: "client/consumer.(*Consumer).rebalanceByTopic",
		Java: "RebalanceImpl#rebalanceByTopic", Claims: []string{"P8", "T19"},
	})
	stepAllocate = observ.Define(observ.Op{
		ID: "consumer.allocate", Func: "client/consumer.(*Consumer).allocate", Java: "AllocateMessageQueueStrategy#allocate",
	})
	stepComputePullFromWhere = observ.Define(observ.Op{
		ID: "consumer.computePullFromWhere", Func: "client/consumer.(*Consumer).computePullFromWhere",
		Java: "RebalancePushImpl#computePullFromWhereWithException",
	})
	stepPull = observ.Define(observ.Op{
		ID: "consumer.pullMessage", Func: "client/consumer.(*Consumer).pullMessage", Kind: observ.Client, Detail: observ.Semconv, MayBeIdle: true,
		Java: "DefaultMQPushConsumerImpl#pullMessage", Claims: []string{"P8"},
	})
	stepProcess = observ.Define(observ.Op{
		ID: "consumer.process", Func: "client/consumer.(*Consumer).consume", Kind: observ.Consumer, Detail: observ.Semconv,
		Java: "ConsumeMessageConcurrentlyService.ConsumeRequest#run",
	})
	stepConsumeMessage = observ.Define(observ.Op{
		ID: "consumer.consumeMessage", Func: "client/consumer.(*Consumer).consumeMessage", Java: "MessageListenerConcurrently#consumeMessage",
	})
	stepProcessConsumeResult = observ.Define(observ.Op{
		ID: "consumer.processConsumeResult", Func: "client/consumer.(*Consumer).processConsumeResult",
		Java: "ConsumeMessageConcurrentlyService#processConsumeResult",
	})
	stepCleanExpiredMsg = observ.Define(observ.Op{
		ID: "consumer.cleanExpiredMsg", Func: "client/consumer.(*Consumer).cleanExpiredMsg", Java: "ProcessQueue#cleanExpiredMsg",
	})
	stepNack = observ.Define(observ.Op{
		ID: "consumer.sendMessageBack", Func: "client/consumer.(*Consumer).sendMessageBack", Kind: observ.Client, Detail: observ.Semconv,
		Java: "DefaultMQPushConsumerImpl#sendMessageBack", Claims: []string{"P3"},
	})
	stepCommit = observ.Define(observ.Op{
		ID: "consumer.commit", Func: "client/consumer.(*remoteOffsets).commit", Kind: observ.Client, Detail: observ.Semconv,
		Java: "RemoteBrokerOffsetStore#persistAll",
	})
)

// Steps are the steps of this package.
func Steps() []*observ.Op {
	return []*observ.Op{
		stepStart, stepShutdown, stepRebalance, stepAllocate, stepComputePullFromWhere, stepPull, stepProcess, stepConsumeMessage,
		stepProcessConsumeResult, stepCleanExpiredMsg, stepNack, stepCommit,
	}
}

// logger adds the trace in ctx to the log.
func (c *Consumer) logger(ctx context.Context) *zap.Logger { return observ.Logger(ctx, c.log) }

// messaging are the attributes that OpenTelemetry's conventions ask of every operation on a destination.
func messaging(operation, kind, destination, group, clientID string) []observ.Attr {
	return []observ.Attr{
		observ.String("messaging.system", "rocketmq"),
		observ.String("messaging.operation.name", operation),
		observ.String("messaging.operation.type", kind),
		observ.String("messaging.destination.name", destination),
		observ.String("messaging.consumer.group.name", group),
		observ.String("messaging.client.id", clientID),
	}
}

func (c *Consumer) model() string {
	if c.cfg.Broadcasting {
		return "broadcasting"
	}
	return "clustering"
}

func (c *Consumer) attributes(operation, kind, destination string) []observ.Attr {
	return append(messaging(operation, kind, destination, c.group, c.instance.ClientID()),
		observ.String("messaging.rocketmq.namespace", c.cfg.Namespace),
		observ.String("messaging.rocketmq.consumption_model", c.model()))
}

func (c *Consumer) traceStart(ctx context.Context) (context.Context, observ.Step) {
	return c.component.Start(ctx, stepStart, observ.With(observ.String("messaging.consumer.group.name", c.group)))
}

func (c *Consumer) traceShutdown(ctx context.Context) (context.Context, observ.Step) {
	return c.component.Start(ctx, stepShutdown, observ.With(observ.String("messaging.consumer.group.name", c.group)))
}

func (c *Consumer) traceRebalance(ctx context.Context, topic string, queues int) (context.Context, observ.Step) {
	if !c.component.On() {
		return ctx, observ.Step{}
	}
	return c.component.Start(ctx, stepRebalance, observ.NewRoot(), observ.With(
		observ.String("messaging.consumer.group.name", c.group), observ.String("messaging.destination.name", topic),
		observ.Int("rocketmq.rebalance.queues", queues), observ.Int("rocketmq.rebalance.before", len(c.queues.list(topic)))))
}

func (c *Consumer) traceCleanExpiredMsg(ctx context.Context, mq message.MessageQueue, n int) (context.Context, observ.Step) {
	if !c.component.On() {
		return ctx, observ.Step{}
	}
	return c.component.Start(ctx, stepCleanExpiredMsg, observ.NewRoot(), observ.With(
		observ.String("messaging.consumer.group.name", c.group), observ.String("messaging.destination.name", mq.Topic),
		observ.String("rocketmq.broker.name", mq.BrokerName), partition(mq),
		observ.Int("messaging.batch.message_count", n)))
}

func traceAllocate(ctx context.Context, strategy string, queues, members int) (context.Context, observ.Step) {
	ctx, step := stepAllocate.Start(ctx)
	if step.On() {
		step.Set(observ.String("rocketmq.allocate.strategy", strategy), observ.Int("rocketmq.allocate.queues", queues),
			observ.Int("rocketmq.allocate.members", members))
	}
	return ctx, step
}

func traceAllocated(step observ.Step, mine []message.MessageQueue) {
	if step.On() {
		step.Set(observ.Int("rocketmq.allocate.mine", len(mine)))
	}
}

func traceComputePullFromWhere(ctx context.Context, mq message.MessageQueue) (context.Context, observ.Step) {
	ctx, step := stepComputePullFromWhere.Start(ctx)
	if step.On() {
		step.Set(observ.String("rocketmq.broker.name", mq.BrokerName), observ.Int("rocketmq.queue.id", int(mq.QueueID)))
	}
	return ctx, step
}

func traceStartOffset(step observ.Step, offset int64, reason string) {
	if step.On() {
		step.Set(observ.Int64("rocketmq.queue.offset", offset), observ.String("rocketmq.start_offset.reason", reason))
	}
}

// tracePull is the root of a trace of its own; one that brings nothing marks itself idle, for exporters to leave out.
func (c *Consumer) tracePull(ctx context.Context, pq *processQueue) (context.Context, observ.Step) {
	if !c.component.On() {
		return ctx, observ.Step{}
	}
	mq := pq.mq
	known, _ := c.instance.FindBrokerAddressInSubscribe(mq.BrokerName, pq.brokerID.Load(), false)
	return c.component.Start(ctx, stepPull, observ.NewRoot(), observ.Named("pull "+mq.Topic),
		observ.With(c.attributes("pull", "receive", mq.Topic)...), observ.With(partition(mq), observ.String("rocketmq.broker.name", mq.BrokerName)),
		observ.With(observ.PeerAttrs(known.Addr)...))
}

// tracePullFrom names the broker asked, in case it was not known at the start.
func tracePullFrom(step observ.Step, addr string) {
	if step.On() {
		step.Set(observ.PeerAttrs(addr)...)
	}
}

// partition is a queue as the conventions name it.
func partition(mq message.MessageQueue) observ.Attr {
	return observ.String("messaging.destination.partition.id", strconv.Itoa(int(mq.QueueID)))
}

func (c *Consumer) tracePulled(step observ.Step, res pullResult) {
	if !step.On() {
		return
	}
	step.Set(observ.String("rocketmq.pull.status", res.Status.String()), observ.Int("messaging.batch.message_count", len(res.msgs)),
		observ.Bool("rocketmq.idle", res.Status != api.Found))
	for _, m := range res.msgs {
		step.Link(c.creation(m))
	}
}

// creation is the span that sent the message, as its properties carry it.
func (c *Consumer) creation(m *message.MessageExt) observ.SpanContext {
	_, sc := c.component.Extract(context.Background(), &m.Properties)
	return sc
}

// traceProcess is a child of the send of a single message, unless told to link only; batches only link.
func (c *Consumer) traceProcess(ctx context.Context, r consumeRequest) (context.Context, observ.Step) {
	if !c.component.On() {
		return ctx, observ.Step{}
	}
	first := r.msgs[0]
	links := []observ.SpanContext{r.pulled}
	for _, m := range r.msgs {
		links = append(links, c.creation(m))
	}
	opts := []observ.StartOption{
		observ.Named("process " + first.Topic), observ.LinkedTo(links...), observ.With(c.attributes("process", "process", first.Topic)...),
		observ.With(observ.Int64("rocketmq.queue.wait_ms", c.clock.Now().Sub(r.since).Milliseconds())),
		observ.With(observ.ServerAttrs(first.StoreHost.String())...),
	}
	if len(r.msgs) == 1 {
		opts = append(opts, observ.With(c.singleMessage(first)...))
	} else {
		opts = append(opts, observ.With(observ.Int("messaging.batch.message_count", len(r.msgs))))
	}
	if len(r.msgs) == 1 && !c.cfg.LinkOnly {
		ctx, _ = c.component.Extract(ctx, &first.Properties)
	}
	return c.component.Start(ctx, stepProcess, opts...)
}

func (c *Consumer) singleMessage(m *message.MessageExt) []observ.Attr {
	attrs := []observ.Attr{
		observ.String("messaging.destination.partition.id", strconv.Itoa(int(m.QueueID))),
		observ.String("messaging.message.id", m.MsgID),
		observ.Int("messaging.message.body.size", len(m.Body)),
		observ.String("rocketmq.broker.name", m.BrokerName),
		observ.Int64("rocketmq.queue.offset", m.QueueOffset),
		observ.Int("rocketmq.reconsume_times", int(m.ReconsumeTimes)),
	}
	if tags := m.Tags(); tags != "" {
		attrs = append(attrs, observ.String("messaging.rocketmq.message.tag", tags))
	}
	if keys := m.Keys(); c.cfg.TraceKeys && len(keys) > 0 {
		attrs = append(attrs, observ.Strings("messaging.rocketmq.message.keys", keys))
	}
	return attrs
}

func traceProcessConsumeResult(ctx context.Context, acked, n int) (context.Context, observ.Step) {
	ctx, step := stepProcessConsumeResult.Start(ctx)
	if step.On() {
		step.Set(observ.Int("rocketmq.ack_index", acked-1), observ.Int("messaging.batch.message_count", n))
	}
	return ctx, step
}

// traceNack settles one message for the worse, at the broker that it came from.
func (c *Consumer) traceNack(ctx context.Context, mq message.MessageQueue, m *message.MessageExt) (context.Context, observ.Step) {
	if !observ.Records(ctx) {
		return ctx, observ.Step{}
	}
	known, _ := c.instance.FindBrokerAddressInSubscribe(mq.BrokerName, 0, true)
	return stepNack.StartLinked(ctx, observ.Named("nack "+m.Topic), observ.With(c.attributes("nack", "settle", m.Topic)...), observ.With(
		partition(mq), observ.String("messaging.message.id", m.MsgID), observ.Int("rocketmq.reconsume_times", int(m.ReconsumeTimes))),
		observ.With(observ.PeerAttrs(known.Addr)...))
}

// traceCommit belongs to the rebalance or the shutdown that asks for it; otherwise it is a trace of its own. What it settles is named
// as far as it is the same for all queues.
func (r *remoteOffsets) traceCommit(ctx context.Context, changed map[message.MessageQueue]int64) (context.Context, observ.Step) {
	if !r.component.On() {
		return ctx, observ.Step{}
	}
	name, attrs := "commit", []observ.Attr{
		observ.String("messaging.system", "rocketmq"), observ.String("messaging.operation.name", "commit"),
		observ.String("messaging.operation.type", "settle"), observ.String("messaging.consumer.group.name", r.group),
		observ.String("messaging.client.id", r.instance.ClientID()), observ.String("messaging.rocketmq.namespace", r.namespace),
		observ.Int("rocketmq.commit.queues", len(changed)),
	}
	if topic, broker, mq := sharedParts(changed); topic != "" {
		name, attrs = "commit "+topic, append(attrs, observ.String("messaging.destination.name", topic))
		if broker != "" {
			known, _ := r.instance.FindBrokerAddressInSubscribe(broker, 0, true)
			attrs = append(attrs, observ.PeerAttrs(known.Addr)...)
		}
		if len(changed) == 1 {
			attrs = append(attrs, partition(mq))
		}
	}
	opts := []observ.StartOption{observ.Named(name), observ.With(attrs...)}
	if observ.Records(ctx) {
		return stepCommit.StartLinked(ctx, opts...)
	}
	return r.component.Start(ctx, stepCommit, append(opts, observ.NewRoot())...)
}

// sharedParts are the topic and the broker that all queues have in common, "" where they differ, and one of the queues.
func sharedParts(changed map[message.MessageQueue]int64) (topic, broker string, one message.MessageQueue) {
	first := true
	for mq := range changed {
		if first {
			topic, broker, one, first = mq.Topic, mq.BrokerName, mq, false
			continue
		}
		if mq.Topic != topic {
			topic = ""
		}
		if mq.BrokerName != broker {
			broker = ""
		}
	}
	return topic, broker, one
}
