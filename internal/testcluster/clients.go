package testcluster

import (
	"context"
	"slices"
	"testing"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// CreateTopic makes a topic with that many queues on each running broker and waits until the name server has it.
func (c *Cluster) CreateTopic(t testing.TB, topic string, queues int32) {
	t.Helper()
	for _, n := range c.Brokers {
		if n.broker != nil {
			c.Ask(t, n.addr, protocol.NewRequest(protocol.UpdateAndCreateTopic, &header.CreateTopicRequestHeader{
				Topic: topic, DefaultTopic: "TBW102", ReadQueueNums: queues, WriteQueueNums: queues, Perm: 6, TopicFilterType: "SINGLE_TAG",
			}))
		}
	}
	c.WaitTopic(t, topic)
}

// Ask sends one request to an address, over a connection of its own, and wants success.
func (c *Cluster) Ask(t testing.TB, addr string, req *protocol.RemotingCommand) *protocol.RemotingCommand {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	rc := remoting.NewClient(remoting.ClientConfig{})
	defer rc.Shutdown()
	resp, err := rc.InvokeSync(ctx, addr, req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Code != int32(protocol.Success) {
		t.Fatalf("%s %v: %v %s", addr, protocol.RequestCode(req.Code), protocol.ResponseCode(resp.Code), resp.Remark)
	}
	return resp
}

// clientOptions are what every client of the cluster has.
func (c *Cluster) clientOptions(service string) []client.Option {
	return []client.Option{
		client.WithNameServers(c.nameAddr),
		client.WithTracerProvider(c.Recorder.Provider(service)),
		client.WithTraceDetail(c.cfg.Detail),
		client.WithLogger(c.log.Named(service)),
		client.WithRegisterer(c.cfg.Registerer),
	}
}

// NewProducer makes and starts a producer, which stops with the test. Its service.name is "producer".
func (c *Cluster) NewProducer(t testing.TB, group string, opts ...producer.Option) *producer.Producer {
	t.Helper()
	var all []producer.Option
	for _, o := range c.clientOptions("producer") {
		all = append(all, o)
	}
	p, err := producer.New(group, slices.Concat(all, opts)...)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, "producer "+group, p.Shutdown) })
	return p
}

// NewConsumer makes and starts a consumer of all of a topic's messages and waits until it has a queue. It stops with the test.
// Its service.name is "consumer".
func (c *Cluster) NewConsumer(t testing.TB, group, topic string, handle consumer.Handler, opts ...consumer.Option) *consumer.Consumer {
	t.Helper()
	return c.NewFilteringConsumer(t, group, topic, "*", handle, opts...)
}

// NewFilteringConsumer is NewConsumer for the messages that an expression names.
func (c *Cluster) NewFilteringConsumer(t testing.TB, group, topic, expression string, handle consumer.Handler, opts ...consumer.Option) *consumer.Consumer {
	t.Helper()
	var all []consumer.Option
	for _, o := range c.clientOptions("consumer") {
		all = append(all, o)
	}
	cons, err := consumer.New(group, handle, slices.Concat(all, opts)...)
	if err != nil {
		t.Fatal(err)
	}
	if err := cons.Subscribe(topic, expression); err != nil {
		t.Fatal(err)
	}
	if err := cons.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, "consumer "+group, cons.Shutdown) })
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	if err := cons.AwaitAssignment(ctx, topic); err != nil {
		t.Fatal(err)
	}
	return cons
}
