package producer

import (
	"context"
	"strings"

	"github.com/plumemq/plume/client/internal/tracedispatcher"
	"github.com/plumemq/plume/client/messagetrace"
	"github.com/plumemq/plume/message"
)

// messageTrace writes Apache's own message trace: a Pub record of every message stored. Nil when it is not wanted.
type messageTrace struct {
	inner      *Producer
	dispatcher *tracedispatcher.AsyncTraceDispatcher
}

// startMessageTrace starts the inner producer and the dispatcher, if a message trace is wanted.
func (p *Producer) startMessageTrace(ctx context.Context) (*messageTrace, error) {
	if !p.cfg.MessageTrace {
		return nil, nil
	}
	inner, err := New(tracedispatcher.GroupName(p.cfg.Group, tracedispatcher.Produce), tracedispatcher.InnerProducer(p.cfg.Client))
	if err != nil {
		return nil, err
	}
	if err := inner.Start(ctx); err != nil {
		return nil, err
	}
	return &messageTrace{inner: inner, dispatcher: tracedispatcher.New(tracedispatcher.Config{
		Topic: p.cfg.MessageTraceTopic, Send: inner.sendTrace, Clock: p.clock, Log: p.log, Component: p.component,
	})}, nil
}

func (p *Producer) sendTrace(ctx context.Context, msg *message.Message, done func(error)) {
	p.SendAsync(ctx, msg, func(_ *SendResult, err error) { done(err) })
}

// shutdown sends what is left.
func (t *messageTrace) shutdown(ctx context.Context) error {
	if t == nil {
		return nil
	}
	t.dispatcher.Shutdown(ctx)
	return t.inner.Shutdown(ctx)
}

// sendMessageAfter records an attempt after which the message is stored: res says where, nil that it was one-way, of which Apache's
// producers leave no record. A broker that is set not to be traced is obeyed.
//
// Java: client.trace.hook.SendMessageTraceHookImpl#sendMessageBefore, #sendMessageAfter (5.5.0).
func (p *Producer) sendMessageAfter(out *outgoing, res *SendResult) {
	if !p.cfg.MessageTrace || strings.HasPrefix(out.topic, p.cfg.MessageTraceTopic) || res != nil && !res.TraceOn {
		return
	}
	records := make([]messagetrace.Record, 1, max(1, len(out.members)))
	r := &records[0]
	*r = messagetrace.Record{
		Type: messagetrace.Pub, Time: out.began.UnixMilli(), Region: message.DefaultRegionID, Group: p.cfg.Group, Topic: out.msg.Topic,
		MsgID: out.id, Tags: out.msg.Tags(), Keys: out.msg.Property(message.PropertyKeys), StoreHost: out.addr,
		BodyLength: int32(len(out.body)), CostTime: int32(p.clock.Now().Sub(out.began).Milliseconds()), MessageType: messageType(out.msg),
		Success: true,
	}
	if res != nil {
		r.Region, r.MsgID, r.OffsetMsgID, r.Success = res.RegionID, res.MsgID, res.OffsetMsgID, res.Status == SendOK
	}
	if out.batch {
		records = memberRecords(records, out.members)
	}
	p.session.Load().messageTrace.dispatcher.Append(tracedispatcher.Context{Records: records, Span: out.step.SpanContext()})
}

// memberRecords makes a batch's one record into one for each member. Apache's producers keep the one, under an id that is all ids with
// commas between, by which nobody looks for a message.
func memberRecords(records []messagetrace.Record, members []*message.Message) []messagetrace.Record {
	batch := records[0]
	ids, offsetIDs := strings.Split(batch.MsgID, ","), strings.Split(batch.OffsetMsgID, ",")
	if len(ids) != len(members) {
		return records
	}
	records = records[:0]
	for i, msg := range members {
		r := batch
		r.MsgID, r.Tags, r.Keys, r.BodyLength = ids[i], msg.Tags(), msg.Property(message.PropertyKeys), int32(len(msg.Body))
		if len(offsetIDs) == len(members) {
			r.OffsetMsgID = offsetIDs[i]
		}
		records = append(records, r)
	}
	return records
}

// messageType is the kind of a message, as Apache's trace tells them apart.
func messageType(msg *message.Message) messagetrace.MessageType {
	for _, name := range [...]string{
		message.PropertyDelayTimeLevel, message.PropertyTimerDeliverMS, message.PropertyTimerDelaySec, message.PropertyTimerDelayMS,
	} {
		if _, ok := msg.Properties.Lookup(name); ok {
			return messagetrace.Delay
		}
	}
	if msg.Property(message.PropertyTransactionPrepared) == "true" {
		return messagetrace.TransactionHalf
	}
	return messagetrace.Normal
}
