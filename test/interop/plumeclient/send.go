package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/message"
)

// send sends --count messages in each of --modes: sync, async, oneway, batch, queue, selector.
func send(ctx context.Context, args arguments) error {
	var options []producer.Option
	for _, o := range args.options() {
		options = append(options, o)
	}
	p, err := producer.New(args.get("group", "interop_plume_producer"), options...)
	if err != nil {
		return err
	}
	if err := p.Start(ctx); err != nil {
		return err
	}
	for _, mode := range strings.Split(args.get("modes", "sync"), ",") {
		if err := sendMode(ctx, p, mode, args); err != nil {
			return fmt.Errorf("%s: %w", mode, err)
		}
	}
	if linger := args.number("linger", 0); linger > 0 {
		line{"event": "idle"}.print()
		time.Sleep(time.Duration(linger) * time.Millisecond)
	}
	if err := p.Shutdown(ctx); err != nil {
		return err
	}
	line{"event": "done"}.print()
	return nil
}

func sendMode(ctx context.Context, p *producer.Producer, mode string, args arguments) error {
	var messages []*message.Message
	for i := range args.number("count", 1) {
		messages = append(messages, newMessage(mode, i, args))
	}
	switch mode {
	case "batch":
		r, err := p.SendBatch(ctx, messages)
		if err != nil {
			return err
		}
		var bodies []string
		for _, m := range messages {
			bodies = append(bodies, string(m.Body))
		}
		report(mode, strings.Join(bodies, ","), r)
		return nil
	case "async":
		sendAsync(ctx, p, messages)
		return nil
	}
	for i, m := range messages {
		if err := sendOne(ctx, p, mode, i, m); err != nil {
			return err
		}
	}
	if mode == "oneway" {
		time.Sleep(300 * time.Millisecond)
	}
	return nil
}

// sendOne sends one message in a mode that waits.
func sendOne(ctx context.Context, p *producer.Producer, mode string, i int, m *message.Message) error {
	var r *producer.SendResult
	var err error
	switch mode {
	case "oneway":
		if err := p.SendOneway(ctx, m); err != nil {
			return err
		}
		line{"event": "sent", "mode": mode, "body": show(m.Body)}.print()
		return nil
	case "queue":
		var queues []message.MessageQueue
		if queues, err = p.FetchPublishMessageQueues(ctx, m.Topic); err == nil {
			r, err = p.SendToQueue(ctx, m, queues[i%len(queues)])
		}
	case "selector":
		r, err = p.SendSelect(ctx, m, func(queues []message.MessageQueue, _ *message.Message) message.MessageQueue {
			return queues[i%len(queues)]
		})
	default:
		r, err = p.Send(ctx, m)
	}
	if err != nil {
		return err
	}
	report(mode, show(m.Body), r)
	return nil
}

func sendAsync(ctx context.Context, p *producer.Producer, messages []*message.Message) {
	var answered sync.WaitGroup
	for _, m := range messages {
		answered.Add(1)
		p.SendAsync(ctx, m, func(r *producer.SendResult, err error) {
			defer answered.Done()
			if err != nil {
				line{"event": "failed", "mode": "async", "body": show(m.Body), "error": err.Error()}.print()
				return
			}
			report("async", show(m.Body), r)
		})
	}
	answered.Wait()
}

func newMessage(mode string, i int, args arguments) *message.Message {
	body := fmt.Sprintf("%s-%d", mode, i)
	if label := args.get("label", ""); label != "" {
		body = label + "-" + body
	}
	for len(body) < args.number("size", 0) {
		body += fmt.Sprint(" ", len(body))
	}
	m := message.New(args["topic"], []byte(body))
	tags := strings.Split(args.get("tags", ""), ",")
	if tag := tags[i%len(tags)]; tag != "" {
		m.SetTags(tag)
	}
	if key := args.get("key", ""); key != "" {
		m.SetKeys(fmt.Sprintf("%s%d", key, i), key+"-all")
	}
	if level := args.number("delay", 0); level > 0 {
		m.SetDelayTimeLevel(level)
	}
	for _, property := range strings.Split(args.get("properties", ""), ",") {
		if name, value, ok := strings.Cut(property, "="); ok {
			m.SetProperty(name, value)
		}
	}
	return m
}

func report(mode, body string, r *producer.SendResult) {
	status := r.Status.String()
	if r.Status == producer.SendOK {
		status = "SEND_OK"
	}
	line{"event": "sent", "mode": mode, "body": body, "status": status, "msgId": r.MsgID, "offsetMsgId": r.OffsetMsgID,
		"queueOffset": r.QueueOffset, "brokerName": r.MessageQueue.BrokerName, "queueId": r.MessageQueue.QueueID}.print()
}

// show is a body as the lines hold it: long ones are left out.
func show(body []byte) string {
	if len(body) > 256 {
		return ""
	}
	return string(body)
}
