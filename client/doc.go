// Package client holds what producers and consumers of the RocketMQ client library share: options, credentials and the errors
// that callers test for. The roles themselves are packages client/producer and client/consumer.
//
// # Quick start
//
// Send:
//
//	p, err := producer.New("orders", client.WithNameServers("127.0.0.1:9876"))
//	if err != nil { ... }
//	if err := p.Start(ctx); err != nil { ... }
//	defer p.Shutdown(ctx)
//	res, err := p.Send(ctx, message.New("TopicTest", []byte("hello")))
//	if err != nil { ... }
//	fmt.Println(res.Status, res.MsgID, res.MessageQueue, res.QueueOffset)
//
// Receive:
//
//	c, err := consumer.New("billing", func(ctx context.Context, msgs []*message.MessageExt) error {
//		fmt.Println(msgs[0].MsgID, string(msgs[0].Body))
//		return nil // acknowledged; an error would bring it again later
//	}, client.WithNameServers("127.0.0.1:9876"))
//	if err != nil { ... }
//	if err := c.Subscribe("TopicTest", "*"); err != nil { ... }
//	if err := c.Start(ctx); err != nil { ... }
//	defer c.Shutdown(ctx)
//
// # Errors
//
// All are told apart by errors.Is: [ErrTopicNotExist] (no such topic, and no broker creates it), [ErrNoNameServer], remoting.ErrTimeout
// (the message may or may not have been stored) and the others of this package and package
// remoting. A broker's own refusal is a *protocol.ResponseError, found with errors.As; its code is found with errors.Is:
// errors.Is(err, protocol.SystemBusy).
//
// # Tracing
//
// Every send is a trace of the steps it takes, down to the handler that consumes the message. It is reported to the TracerProvider
// given by [WithTracerProvider], or else to OpenTelemetry's global one. Without either nothing is recorded and nothing is allocated for it.
package client
