package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

// send sends --count messages in each of --modes: sync, async, oneway, batch.
func send(args arguments) error {
	p, err := rocketmq.NewProducer(
		producer.WithNameServer(primitive.NamesrvAddr{args["namesrv"]}),
		producer.WithGroupName(args.get("group", "interop_go_producer")),
		producer.WithInstanceName(fmt.Sprintf("send%d", time.Now().UnixNano())),
		producer.WithSendMsgTimeout(5*time.Second), producer.WithRetry(2))
	if err != nil {
		return err
	}
	if err := p.Start(); err != nil {
		return err
	}
	for _, mode := range strings.Split(args.get("modes", "sync"), ",") {
		if err := sendMode(p, mode, args); err != nil {
			return fmt.Errorf("%s: %w", mode, err)
		}
	}
	if err := p.Shutdown(); err != nil {
		return err
	}
	line{"event": "done"}.print()
	return nil
}

func sendMode(p rocketmq.Producer, mode string, args arguments) error {
	var messages []*primitive.Message
	for i := range args.number("count", 1) {
		messages = append(messages, newMessage(mode, i, args))
	}
	switch mode {
	case "batch":
		r, err := p.SendSync(context.Background(), messages...)
		if err != nil {
			return err
		}
		var bodies []string
		for _, m := range messages {
			bodies = append(bodies, string(m.Body))
		}
		report(mode, strings.Join(bodies, ","), r)
	case "async":
		return sendAsync(p, messages)
	case "oneway":
		for _, m := range messages {
			if err := p.SendOneWay(context.Background(), m); err != nil {
				return err
			}
			line{"event": "sent", "mode": mode, "body": string(m.Body)}.print()
		}
		time.Sleep(300 * time.Millisecond)
	default:
		for _, m := range messages {
			r, err := p.SendSync(context.Background(), m)
			if err != nil {
				return err
			}
			report(mode, string(m.Body), r)
		}
	}
	return nil
}

func sendAsync(p rocketmq.Producer, messages []*primitive.Message) error {
	var answered sync.WaitGroup
	for _, m := range messages {
		answered.Add(1)
		err := p.SendAsync(context.Background(), func(_ context.Context, r *primitive.SendResult, err error) {
			defer answered.Done()
			if err != nil {
				line{"event": "failed", "mode": "async", "body": string(m.Body), "error": err.Error()}.print()
				return
			}
			report("async", string(m.Body), r)
		}, m)
		if err != nil {
			return err
		}
	}
	answered.Wait()
	return nil
}

func newMessage(mode string, i int, args arguments) *primitive.Message {
	body := fmt.Sprintf("%s-%d", mode, i)
	if label := args.get("label", ""); label != "" {
		body = label + "-" + body
	}
	m := primitive.NewMessage(args["topic"], []byte(body))
	tags := strings.Split(args.get("tags", ""), ",")
	if tag := tags[i%len(tags)]; tag != "" {
		m.WithTag(tag)
	}
	if key := args.get("key", ""); key != "" {
		m.WithKeys([]string{fmt.Sprintf("%s%d", key, i), key + "-all"})
	}
	if level := args.number("delay", 0); level > 0 {
		m.WithDelayTimeLevel(level)
	}
	for _, property := range strings.Split(args.get("properties", ""), ",") {
		if name, value, ok := strings.Cut(property, "="); ok {
			m.WithProperty(name, value)
		}
	}
	return m
}

func report(mode, body string, r *primitive.SendResult) {
	status := map[primitive.SendStatus]string{primitive.SendOK: "SEND_OK"}[r.Status]
	line{"event": "sent", "mode": mode, "body": body, "status": status, "msgId": r.MsgID, "offsetMsgId": r.OffsetMsgID,
		"queueOffset": r.QueueOffset, "brokerName": r.MessageQueue.BrokerName, "queueId": r.MessageQueue.QueueId}.print()
}
