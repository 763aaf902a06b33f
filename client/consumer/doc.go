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
// [WithMaxReconsumeTimes] attempts it goes to the group's dead letters, topic %DLQ%<group>. The group's offset never passes a message
// that was neither acknowledged nor stored for another attempt; a message that could not be stored goes to the handler again
// after 5 s. With [WithBroadcasting] every member gets every message and nothing is retried.
//
// # Tracing
//
// Each message's handler runs in a span that continues the trace of its send (see [WithLinkedProcess]); pulls, rebalances and commits
// are traces of their own. Without a TracerProvider nothing is recorded and nothing is allocated for it.
//
// # Reading the source
//
// The files follow a message's way: lifecycle.go (joining and leaving), rebalance.go (which queues are ours), consume_from.go (where to
// begin), pull.go and pull_errors.go (the long poll, and what can go wrong with it), process_queue.go (between pull and
// acknowledgement), work.go (the handler and what its answer means), sendback.go and expire.go (retry) and offset*.go (how far we
// came). roles.go and answers.go are what the client instance, brokers and tools ask.
package consumer
