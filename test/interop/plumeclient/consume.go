package main

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/message"
)

var errRefused = errors.New("refused on purpose")

// consume runs a push consumer until --count messages were acknowledged or --timeout milliseconds passed. --fail n refuses a
// message until it was redelivered n times; --fail -1 refuses always, and each delivery counts.
func consume(ctx context.Context, args arguments) error {
	options := []consumer.Option{consumer.ConsumeFromFirst()}
	for _, o := range args.options() {
		options = append(options, o)
	}
	if args.get("model", "") == "BROADCASTING" {
		options = append(options, consumer.WithBroadcasting())
	}
	if n := args.number("max-reconsume", -1); n >= 0 {
		options = append(options, consumer.WithMaxReconsumeTimes(n))
	}
	acknowledged := make(chan struct{}, 1000)
	c, err := consumer.New(args["group"], handler(args.number("fail", 0), acknowledged), options...)
	if err != nil {
		return err
	}
	if err := c.Subscribe(args["topic"], args.get("expression", "*")); err != nil {
		return err
	}
	if err := c.Start(ctx); err != nil {
		return err
	}
	line{"event": "started"}.print()
	complete := await(acknowledged, args.number("count", 1), time.Duration(args.number("timeout", 30000))*time.Millisecond)
	if linger := args.number("linger", 0); linger > 0 {
		line{"event": "idle"}.print()
		time.Sleep(time.Duration(linger) * time.Millisecond)
	}
	if err := c.Shutdown(ctx); err != nil {
		return err
	}
	line{"event": "done", "complete": complete}.print()
	return nil
}

func handler(failures int, acknowledged chan<- struct{}) consumer.Handler {
	return func(ctx context.Context, messages []*message.MessageExt) error {
		m := messages[0]
		refused := failures < 0 || int(m.ReconsumeTimes) < failures
		printMessage(ctx, m, refused)
		if !refused || failures < 0 {
			acknowledged <- struct{}{}
		}
		if refused {
			return errRefused
		}
		return nil
	}
}

func printMessage(ctx context.Context, m *message.MessageExt, refused bool) {
	properties := map[string]string{}
	for _, p := range m.Properties {
		properties[p.Name] = p.Value
	}
	line{"event": "message", "topic": m.Topic, "body": show(m.Body), "bodyLength": len(m.Body), "msgId": m.MsgID,
		"offsetMsgId": message.OffsetMsgID(m.StoreHost, m.CommitLogOffset), "queueId": m.QueueID, "brokerName": m.BrokerName,
		"queueOffset": m.QueueOffset, "storeSize": m.StoreSize, "bornTimestamp": m.BornTimestamp, "storeTimestamp": m.StoreTimestamp,
		"reconsumeTimes": m.ReconsumeTimes, "properties": properties, "refused": refused,
		"traceId": trace.SpanContextFromContext(ctx).TraceID().String()}.print()
}

func await(acknowledged <-chan struct{}, count int, timeout time.Duration) bool {
	end := time.After(timeout)
	for range count {
		select {
		case <-acknowledged:
		case <-end:
			return false
		}
	}
	return true
}
