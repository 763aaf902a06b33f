// Package consumer receives messages from RocketMQ.
//
// A [Consumer] belongs to a group. The members of a group share a topic's queues among themselves; each queue's messages are pulled by
// one member and handed to its [Handler], several at once across queues and within one:
//
//	c, err := consumer.New("billing", func(ctx context.Context, msgs []*message.MessageExt) error {
//		return charge(ctx, msgs[0]) // nil acknowledges, an error has the message delivered again later
//	}, client.WithNameServers("127.0.0.1:9876"))
//	if err != nil { ... }
//	if err := c.Subscribe("Orders", "paid || refunded"); err != nil { ... }
//	if err := c.Start(ctx); err != nil { ... }
//	defer c.Shutdown(context.Background())
//
// Delivery is at least once: a message whose handler failed, or whose acknowledgement was lost, comes again. After
// [WithMaxReconsumeTimes] attempts it goes to the group's dead letters, topic %DLQ%<group>.
//
// The package reads in the order of a message's way: rebalance.go (which queues are ours), consume_from.go (where to begin), pull.go
// (the long poll), process_queue.go (between pull and acknowledgement), work.go (the handler and what its answer means), sendback.go
// (retry) and offset*.go (how far we came).
package consumer
