// Package broker is the RocketMQ broker: it keeps topics' queues on disk in Apache's format, answers producers, consumers and
// administrators on Apache's wire, and registers with every name server.
//
//	b, err := broker.New(cfg, broker.Deps{})
//	err = b.Start(ctx)      // store recovered, ports bound, registered where a name server answers
//	...
//	err = b.Shutdown(ctx)
//
// This package only wires. What is known lives in topic, offset, subscription, session, filter and rebalance; what is stored
// in store; what runs by itself in longpolling, schedule and outer; and what a request does in processor, one file per
// request code or family. None of these sees the Broker: each declares the few methods it needs.
//
// Java: broker.BrokerController (5.5.0).
package broker
