package producer

import (
	"context"
	"strconv"
	"strings"

	"github.com/plumemq/plume/client/internal/topicroute"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

var (
	stepSend = observ.Define(observ.Op{
		ID: "producer.send", Kind: observ.Producer, Detail: observ.Semconv,
		Func: "client/producer.(*Producer).sendDefaultImpl", Java: "DefaultMQProducerImpl#sendDefaultImpl",
		Claims: []string{"P1", "P2", "S1"},
	})
	stepTryToFindTopicPublishInfo = observ.Define(observ.Op{
		ID: "producer.tryToFindTopicPublishInfo", Func: "client/producer.(*Producer).tryToFindTopicPublishInfo",
		Java: "DefaultMQProducerImpl#tryToFindTopicPublishInfo", Claims: []string{"P4", "S2", "R6"},
	})
	stepSendKernelImpl = observ.Define(observ.Op{
		ID: "producer.sendKernelImpl", Func: "client/producer.(*Producer).sendKernelImpl",
		Java: "DefaultMQProducerImpl#sendKernelImpl", Claims: []string{"P3", "S4"},
	})
	stepTryToCompressMessage = observ.Define(observ.Op{
		ID: "producer.tryToCompressMessage", Func: "client/producer.(*Producer).tryToCompressMessage",
		Java: "DefaultMQProducerImpl#tryToCompressMessage",
	})
	stepStart = observ.Define(observ.Op{
		ID: "producer.start", Name: "producer.start", Func: "client/producer.(*Producer).Start",
		Java: "DefaultMQProducerImpl#start", Claims: []string{"P8", "T21", "T22"},
	})
	stepShutdown = observ.Define(observ.Op{
		ID: "producer.shutdown", Name: "producer.shutdown", Func: "client/producer.(*Producer).Shutdown",
		Java: "DefaultMQProducerImpl#shutdown",
	})
)

// Steps are the steps of this package.
func Steps() []*observ.Op {
	return []*observ.Op{
		stepSend, stepTryToFindTopicPublishInfo, stepSendKernelImpl, stepTryToCompressMessage, stepStart, stepShutdown,
	}
}

func traceStart(ctx context.Context, p *Producer) (context.Context, observ.Step) {
	return p.component.Start(ctx, stepStart, roleAttrs(p))
}

func traceShutdown(ctx context.Context, p *Producer) (context.Context, observ.Step) {
	return p.component.Start(ctx, stepShutdown, roleAttrs(p))
}

func roleAttrs(p *Producer) observ.StartOption {
	return observ.With(observ.String("messaging.system", "rocketmq"),
		observ.String("messaging.client.id", p.cfg.ClientID()), observ.String("rocketmq.producer.group", p.cfg.Group))
}

// traceSend begins the send span.
func traceSend(ctx context.Context, p *Producer, out *outgoing) (context.Context, observ.Step) {
	if out.msg == nil {
		return p.component.Start(ctx, stepSend)
	}
	ctx, step := startSend(ctx, p, out)
	if step.On() {
		step.Set(observ.Int("messaging.message.body.size", len(out.msg.Body)))
		if !plain(out) { // else they are among what its topic's sends have in common
			step.Set(kindAttrs(out)...)
		}
		if p.cfg.TraceKeys {
			step.Set(keyAttrs(out.msg)...)
		}
	}
	return ctx, step
}

// startSend makes nothing for a send that the sampler refuses, unless the user's context may have a say.
func startSend(ctx context.Context, p *Producer, out *outgoing) (context.Context, observ.Step) {
	if out.msg.Property(observ.TraceParent) != "" {
		return p.component.StartPreset(ctx, p.spans.send(p, out), sendOptions(out)...)
	}
	draw := p.component.DrawIn(ctx, stepSend, out.refusedRoom())
	if !draw.On() {
		return draw.Context(), observ.Step{}
	}
	return draw.Start(p.spans.send(p, out), sendOptions(out)...)
}

// sendOptions are what few sends have. A message with a creation context of its own is only carried by its send, which links to that
// context; the convention has such a span be a CLIENT's.
func sendOptions(out *outgoing) (opts []observ.StartOption) {
	if user := usersContext(out.msg); user.IsValid() {
		opts = append(opts, observ.LinkedTo(user), observ.OfKind(observ.Client))
	}
	if out.fixed {
		opts = append(opts, observ.With(observ.String("messaging.destination.partition.id", strconv.Itoa(int(out.queue.QueueID)))))
	}
	return opts
}

// sendSpans are what the send spans of a topic have in common, by mode and topic: of plain messages, and of others; and what those that
// end alike do.
type sendSpans struct {
	plain, others [modeOneway + 1]observ.Recent[string, observ.Preset]
	ends          observ.Recent[sendEnd, observ.Prepared]
}

// send is the name of a send's span and what samplers look at.
func (s *sendSpans) send(p *Producer, out *outgoing) *observ.Preset {
	presets, plain := &s.others[out.mode], plain(out)
	if plain {
		presets = &s.plain[out.mode]
	}
	if known := presets.Load(out.msg.Topic); known != nil {
		return known
	}
	attrs := []observ.Attr{
		observ.String("messaging.system", "rocketmq"),
		observ.String("messaging.operation.name", "send"),
		observ.String("messaging.operation.type", "send"),
		observ.String("messaging.destination.name", out.msg.Topic),
		observ.String("messaging.rocketmq.namespace", p.cfg.Namespace),
		observ.String("messaging.client.id", p.cfg.ClientID()),
		observ.String("rocketmq.communication_mode", out.mode.String()),
		observ.String("rocketmq.producer.group", p.cfg.Group),
	}
	if plain {
		attrs = append(attrs, kindAttrs(out)...)
	}
	return presets.Keep(strings.Clone(out.msg.Topic), stepSend.Preset("send "+out.msg.Topic, attrs...))
}

// plain says whether it is a message of the kind of most, of which there is nothing to tell.
func plain(out *outgoing) bool { return !out.batch && len(out.msg.Properties) == 0 }

// kindAttrs say what kind of message it is.
func kindAttrs(out *outgoing) (attrs []observ.Attr) {
	msg, kind := out.msg, "normal"
	switch {
	case out.batch:
		return []observ.Attr{observ.Int("messaging.batch.message_count", len(out.members))}
	case msg.Property(message.PropertyTransactionPrepared) == "true":
		kind = "transaction"
	case msg.DelayTimeLevel() > 0:
		kind = "delay"
		attrs = append(attrs, observ.Int("messaging.rocketmq.message.delay_time_level", msg.DelayTimeLevel()))
	case isDelayed(msg):
		kind = "delay"
		if at, err := strconv.ParseInt(msg.Property(message.PropertyTimerDeliverMS), 10, 64); err == nil {
			attrs = append(attrs, observ.Int64("messaging.rocketmq.message.delivery_timestamp", at))
		}
	case msg.ShardingKey() != "":
		kind = "fifo"
	}
	attrs = append(attrs, observ.String("messaging.rocketmq.message.type", kind))
	if tags := msg.Tags(); tags != "" {
		attrs = append(attrs, observ.String("messaging.rocketmq.message.tag", tags))
	}
	return attrs
}

// keyAttrs are what tells one message from another by its content: only for those who ask for it.
func keyAttrs(msg *message.Message) (attrs []observ.Attr) {
	if keys := msg.Keys(); len(keys) > 0 {
		attrs = append(attrs, observ.Strings("messaging.rocketmq.message.keys", keys))
	}
	if key := msg.ShardingKey(); key != "" {
		attrs = append(attrs, observ.String("messaging.rocketmq.message.group", key))
	}
	return attrs
}

// usersContext is the context that the message carries already: the send links to what the user created it in.
func usersContext(msg *message.Message) observ.SpanContext {
	if msg.Property(observ.TraceParent) == "" {
		return observ.SpanContext{}
	}
	_, sc := observ.Extract(context.Background(), &msg.Properties)
	return sc
}

func traceValidated(step observ.Step) { step.Event("send.validated") }

func traceReturned(step observ.Step) { step.Event("send.returned") }

// traceSent notes how a send ended. The span itself ends elsewhere.
func traceSent(p *Producer, out *outgoing, res *SendResult, err error) {
	step := out.step
	if !step.On() {
		return
	}
	if res != nil {
		attrs := []observ.Attr{
			observ.String("messaging.message.id", out.id), observ.Int64("rocketmq.queue.offset", res.QueueOffset),
			observ.String("messaging.destination.partition.id", strconv.Itoa(int(res.MessageQueue.QueueID))),
		}
		if out.fixed { // then the queue was known at the start
			attrs = attrs[:2]
		}
		step.Set(attrs...)
		step.SetPrepared(p.spans.ending(sendEnd{res.MessageQueue.BrokerName, out.addr, res.Status, out.attempt + 1}))
	} else {
		if out.id != "" {
			step.Set(observ.String("messaging.message.id", out.id))
		}
		step.Set(observ.Int("rocketmq.attempts", out.attempt+1))
		step.SetPrepared(observ.PreparedPeer(out.addr))
	}
	step.Fail(err)
}

// sendEnd is how sends of a producer end, but for what tells one from another.
type sendEnd struct {
	broker, addr string
	status       SendStatus
	attempts     int
}

// ending is what spans say of it.
func (s *sendSpans) ending(e sendEnd) *observ.Prepared {
	if known := s.ends.Load(e); known != nil {
		return known
	}
	return s.ends.Keep(e, observ.Prepare(append([]observ.Attr{
		observ.Int("rocketmq.attempts", e.attempts),
		observ.String("rocketmq.broker.name", e.broker),
		observ.String("rocketmq.send.status", e.status.String()),
	}, observ.PeerAttrs(e.addr)...)...))
}

func traceTryToFindTopicPublishInfo(ctx context.Context, topic string) (context.Context, observ.Step) {
	ctx, step := stepTryToFindTopicPublishInfo.Start(ctx)
	if step.On() {
		step.Set(observ.String("messaging.destination.name", topic))
	}
	return ctx, step
}

func traceRouteCacheHit(step observ.Step, info *topicroute.TopicPublishInfo) {
	if step.On() {
		step.Set(observ.String("rocketmq.route.cache", "hit"))
		traceRouteQueues(step, info)
	}
}

func traceRouteCacheMiss(step observ.Step) {
	if step.On() {
		step.Set(observ.String("rocketmq.route.cache", "miss"))
	}
}

func traceRouteQueues(step observ.Step, info *topicroute.TopicPublishInfo) {
	if step.On() {
		step.Set(observ.Int("rocketmq.route.queues", len(info.MessageQueueList)))
	}
}

func traceSendKernelImpl(ctx context.Context, out *outgoing, mq message.MessageQueue) (context.Context, observ.Step) {
	ctx, step := stepSendKernelImpl.Start(ctx)
	if step.On() {
		step.Set(
			observ.Int("rocketmq.attempt", out.attempt),
			observ.String("rocketmq.broker.name", mq.BrokerName),
			observ.String("messaging.destination.partition.id", strconv.Itoa(int(mq.QueueID))),
		)
	}
	return ctx, step
}

func traceTryToCompressMessage(ctx context.Context, _ *outgoing) (context.Context, observ.Step) {
	return stepTryToCompressMessage.Start(ctx)
}

func traceCompressed(step observ.Step, from, to int) {
	if step.On() {
		step.Set(observ.Int("rocketmq.compress.from_bytes", from), observ.Int("rocketmq.compress.to_bytes", to))
	}
}

// appendTraceContext writes the send span's context as properties, if the message is to carry it: W3C's traceparent, and RocketMQ's own
// TRACE_CONTEXT with the same value.
func appendTraceContext(dst []byte, out *outgoing, p *Producer) []byte {
	if carriesContext(out, p, out.msg) {
		dst = appendSpanContext(dst, out.step.SpanContext(), out.msg.Property(message.PropertyTraceContext) == "")
	}
	return dst
}

func appendSpanContext(dst []byte, sc observ.SpanContext, twice bool) []byte {
	if state := sc.TraceState(); state.Len() > 0 {
		dst = message.AppendProperty(dst, observ.TraceState, state.String())
	}
	var room [observ.TraceParentLength]byte
	parent := observ.AppendTraceParent(room[:0], sc)
	dst = message.AppendProperty(dst, observ.TraceParent, parent)
	if twice {
		dst = message.AppendProperty(dst, message.PropertyTraceContext, parent)
	}
	return dst
}

// setTraceContext is appendTraceContext for a message of a batch.
func setTraceContext(out *outgoing, p *Producer, msg *message.Message) {
	if !carriesContext(out, p, msg) {
		return
	}
	observ.Inject(out.ctx, &msg.Properties)
	if msg.Property(message.PropertyTraceContext) == "" {
		msg.Properties.Set(message.PropertyTraceContext, msg.Property(observ.TraceParent))
	}
}

// carriesContext says whether a message of the send is to carry its span's context: if that is sampled, and the message has none.
func carriesContext(out *outgoing, p *Producer, msg *message.Message) bool {
	return out.step.On() && p.cfg.PropagateInMessage && p.component.Propagates() &&
		msg.Property(observ.TraceParent) == "" && out.step.SpanContext().IsSampled()
}
