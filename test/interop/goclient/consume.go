package main

import (
	"context"
	"fmt"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

// consume runs a push consumer until --count messages were acknowledged or --timeout milliseconds passed. --fail n refuses a
// message until it was redelivered n times.
func consume(args arguments) error {
	model := consumer.Clustering
	if args.get("model", "") == "BROADCASTING" {
		model = consumer.BroadCasting
	}
	c, err := rocketmq.NewPushConsumer(
		consumer.WithNameServer(primitive.NamesrvAddr{args["namesrv"]}),
		consumer.WithGroupName(args["group"]),
		consumer.WithInstance(fmt.Sprintf("consume%d", time.Now().UnixNano())),
		consumer.WithConsumerModel(model),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset))
	if err != nil {
		return err
	}
	acknowledged := make(chan struct{}, 1000)
	selector := consumer.MessageSelector{Type: consumer.TAG, Expression: args.get("expression", "*")}
	handle := handler(args.number("fail", 0), acknowledged)
	if err := c.Subscribe(args["topic"], selector, handle); err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	line{"event": "started"}.print()
	complete := await(acknowledged, args.number("count", 1), time.Duration(args.number("timeout", 30000))*time.Millisecond)
	if err := c.Shutdown(); err != nil {
		return err
	}
	line{"event": "done", "complete": complete}.print()
	return nil
}

func handler(failures int, acknowledged chan<- struct{}) func(context.Context, ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
	return func(ctx context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		if c, ok := primitive.GetConcurrentlyCtx(ctx); ok {
			c.DelayLevelWhenNextConsume = 1
		}
		for _, m := range messages {
			refused := int(m.ReconsumeTimes) < failures
			show(m, refused)
			if refused {
				return consumer.ConsumeRetryLater, nil
			}
			acknowledged <- struct{}{}
		}
		return consumer.ConsumeSuccess, nil
	}
}

func show(m *primitive.MessageExt, refused bool) {
	line{"event": "message", "topic": m.Topic, "body": string(m.Body), "msgId": m.MsgId, "offsetMsgId": m.OffsetMsgId,
		"queueId": m.Queue.QueueId, "brokerName": m.Queue.BrokerName, "queueOffset": m.QueueOffset,
		"reconsumeTimes": m.ReconsumeTimes, "properties": m.GetProperties(), "refused": refused}.print()
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
