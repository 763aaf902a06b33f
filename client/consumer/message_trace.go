package consumer

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/plumemq/plume/client/internal/tracedispatcher"
	"github.com/plumemq/plume/client/messagetrace"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/message"
)

// messageTrace writes Apache's own message trace: a SubBefore and a SubAfter record of every message handled. Nil when it is not
// wanted.
type messageTrace struct {
	inner      *producer.Producer
	dispatcher *tracedispatcher.AsyncTraceDispatcher
	requestIDs *message.IDGenerator
}

// startMessageTrace starts the inner producer and the dispatcher, if a message trace is wanted.
func (c *Consumer) startMessageTrace(ctx context.Context) (*messageTrace, error) {
	if !c.cfg.MessageTrace {
		return nil, nil
	}
	inner, err := producer.New(tracedispatcher.GroupName(c.cfg.Group, tracedispatcher.Consume), tracedispatcher.InnerProducer(c.cfg.Client))
	if err != nil {
		return nil, err
	}
	if err := inner.Start(ctx); err != nil {
		return nil, err
	}
	t := &messageTrace{inner: inner, requestIDs: message.NewIDGenerator(c.clock, c.cfg.ClientAddr())}
	t.dispatcher = tracedispatcher.New(tracedispatcher.Config{
		Topic: c.cfg.MessageTraceTopic, Send: t.send, Clock: c.clock, Log: c.log, Component: c.component,
	})
	return t, nil
}

func (t *messageTrace) send(ctx context.Context, msg *message.Message, done func(error)) {
	t.inner.SendAsync(ctx, msg, func(_ *producer.SendResult, err error) { done(err) })
}

// shutdown sends what is left.
func (t *messageTrace) shutdown(ctx context.Context) error {
	if t == nil {
		return nil
	}
	t.dispatcher.Shutdown(ctx)
	return t.inner.Shutdown(ctx)
}

// tracedConsumption is what SubBefore said of a batch, for SubAfter to say how it ended. The zero value is of one that leaves no trace.
type tracedConsumption struct {
	records []messagetrace.Record // of the messages whose brokers want a trace
	places  []int                 // of those messages in the batch
	began   time.Time
	size    int // of the batch
}

// consumeMessageBefore records that the handler is about to get msgs. Messages whose broker is set not to be traced, and those that say
// of no region, are left out, as Apache's consumers leave them out; those of the trace topic itself too, or its trace would never end.
//
// Java: client.trace.hook.ConsumeMessageTraceHookImpl#consumeMessageBefore (5.5.0).
func (c *Consumer) consumeMessageBefore(ctx context.Context, msgs []*message.MessageExt) (traced tracedConsumption) {
	if c.messageTrace == nil {
		return traced
	}
	traced.began, traced.size = c.clock.Now(), len(msgs)
	requestID := c.messageTrace.requestIDs.Next()
	for i, m := range msgs {
		region := m.Property(message.PropertyMsgRegion)
		if region == "" || m.Property(message.PropertyTraceSwitch) == "false" || strings.HasPrefix(m.Topic, c.cfg.MessageTraceTopic) {
			continue
		}
		traced.places = append(traced.places, i)
		traced.records = append(traced.records, messagetrace.Record{
			Type: messagetrace.SubBefore, Time: traced.began.UnixMilli(), Region: region, Group: c.cfg.Group, Topic: m.Topic,
			RequestID: requestID, MsgID: m.MsgID, Keys: m.Property(message.PropertyKeys), RetryTimes: m.ReconsumeTimes,
		})
	}
	c.appendTrace(ctx, traced.records)
	return traced
}

// consumeMessageAfter records how the handler did.
//
// Java: client.trace.hook.ConsumeMessageTraceHookImpl#consumeMessageAfter (5.5.0), which has one outcome for all messages of a batch.
func (c *Consumer) consumeMessageAfter(ctx context.Context, traced tracedConsumption, err error) {
	if len(traced.records) == 0 {
		return
	}
	now, acked := c.clock.Now(), acknowledged(traced.size, err)
	took := now.Sub(traced.began)
	after := make([]messagetrace.Record, 0, len(traced.records))
	for i, r := range traced.records {
		done := traced.places[i] < acked
		after = append(after, messagetrace.Record{
			Type: messagetrace.SubAfter, Time: now.UnixMilli(), Group: r.Group, Topic: r.Topic, RequestID: r.RequestID, MsgID: r.MsgID,
			Keys: r.Keys, CostTime: int32(took.Milliseconds() / int64(traced.size)), Success: done,
			ContextCode: c.returnType(took, done, err),
		})
	}
	c.appendTrace(ctx, after)
}

// returnType is how Apache calls the outcome.
//
// Java: ConsumeMessageConcurrentlyService.ConsumeRequest#run (5.5.0).
func (c *Consumer) returnType(took time.Duration, done bool, err error) int32 {
	switch {
	case errors.Is(err, ErrHandlerPanic):
		return messagetrace.ConsumeException
	case took >= c.cfg.ConsumeTimeout:
		return messagetrace.ConsumeTimeOut
	case done:
		return messagetrace.ConsumeSuccess
	default:
		return messagetrace.ConsumeFailed
	}
}

func (c *Consumer) appendTrace(ctx context.Context, records []messagetrace.Record) {
	if len(records) > 0 {
		c.messageTrace.dispatcher.Append(tracedispatcher.Context{Records: records, Span: observ.Current(ctx).SpanContext()})
	}
}
