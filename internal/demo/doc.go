// Package demo is the whole of Plume in one process: a name server, two brokers, a traced producer and a traced consumer that talk
// RocketMQ's protocol over real TCP, each under a service name of its own, and the site that shows what they do.
//
// Its parts start in the order in which the first trace makes sense: the name server, the brokers (until both are registered), the
// topic, the consumer (until it has its queues), the producer, and then a first message whose trace is cold, whole and consumed. A
// second one goes to a topic that nobody knows. Everything listens on loopback; the brokers' stores are temporary and go with the
// demo.
package demo
