// Package client holds what producers and consumers of the RocketMQ client library share: options, credentials and the errors
// that callers test for. The roles themselves are packages client/producer and client/consumer.
//
// # Quick start
//
//	p, err := producer.New("orders", client.WithNameServers("127.0.0.1:9876"))
//	if err != nil {
//		return err
//	}
//	if err := p.Start(ctx); err != nil {
//		return err
//	}
//	defer p.Shutdown(ctx)
//
//	res, err := p.Send(ctx, message.New("TopicTest", []byte("hello")))
//	switch {
//	case errors.Is(err, client.ErrTopicNotExist): // no such topic, and no broker creates it
//	case errors.Is(err, remoting.ErrTimeout): // it may or may not have been stored
//	case err != nil:
//		return err
//	default:
//		fmt.Println(res.Status, res.MsgID, res.MessageQueue, res.QueueOffset)
//	}
//
// A broker's own refusal is a *protocol.ResponseError, found with errors.As; its code is found with errors.Is:
// errors.Is(err, protocol.SystemBusy).
//
// # Tracing
//
// Every send is a trace of the steps it takes, reported to the TracerProvider given by [WithTracerProvider], or else to
// OpenTelemetry's global one. Without either nothing is recorded and nothing is allocated for it.
package client
