package demo

import (
	"cmp"
	"context"
	"fmt"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/internal/telemetry"
)

func (d *Demo) startConsumer(ctx context.Context) error {
	p, err := d.providers(ctx, serviceConsumer, telemetry.Options{})
	if err != nil {
		return err
	}
	d.business = newBusiness()
	d.consumer, err = consumer.New(consumerGroup, d.business.handle,
		client.WithNameServers(d.namesrv.address()), client.WithTracerProvider(fewPulls(p.TracerProvider())), client.WithDetailControl(d.control),
		client.WithInstanceName(serviceConsumer), client.WithRegisterer(d.metrics), client.WithLogger(d.log.Named(serviceConsumer)), d.routePoll(), client.WithRPCHook(silence{}),
		consumer.ConsumeFromFirst(), consumer.WithConcurrency(4), consumer.WithAwaitTermination(2*time.Second),
		consumer.WithMaxReconsumeTimes(1)) // one retry, so that dead letters are seen before the reader has left
	if err != nil {
		return fmt.Errorf("consumer: %w", err)
	}
	if err := d.consumer.Subscribe(Topic, "*"); err != nil {
		return fmt.Errorf("consumer: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := d.consumer.Start(ctx); err != nil {
		return fmt.Errorf("consumer: %w", err)
	}
	d.onClose(d.consumer.Shutdown)
	if err := d.awaitAllQueues(ctx); err != nil {
		return fmt.Errorf("consumer: %w", err)
	}
	d.say("consumer", "group %s, %d queues assigned", consumerGroup, d.assigned())
	return nil
}

// awaitAllQueues waits until the only member of its group has every queue of the topic.
func (d *Demo) awaitAllQueues(ctx context.Context) error {
	if err := d.consumer.AwaitAssignment(ctx, Topic); err != nil {
		return err //nolint:wrapcheck // the caller says whose
	}
	for d.assigned() < queues*len(d.brokers) {
		select {
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // likewise
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil
}

// assigned counts the queues of the topic that the consumer has.
func (d *Demo) assigned() int {
	n := 0
	for _, mq := range d.consumer.Assignment() {
		if mq.Topic == Topic {
			n++
		}
	}
	return n
}

func (d *Demo) startProducer(ctx context.Context) error {
	p, err := d.providers(ctx, serviceProducer, telemetry.Options{Processors: []sdktrace.SpanProcessor{capturer{}}})
	if err != nil {
		return err
	}
	d.wire = network.NewFaulty(network.System)
	d.sender = &sender{fresh: func(ctx context.Context, name string, topics ...string) (*producer.Producer, error) {
		one, err := producer.New(producerGroup,
			client.WithNameServers(d.namesrv.address()), client.WithTracerProvider(p.TracerProvider()), client.WithDetailControl(d.control), client.WithNetwork(d.wire),
			client.WithInstanceName(name), client.WithRegisterer(d.metrics), client.WithLogger(d.log.Named(serviceProducer)), d.routePoll(), client.WithRPCHook(silence{}), producer.WithTopics(topics...))
		if err != nil {
			return nil, err //nolint:wrapcheck // callers say whose
		}
		return one, one.Start(ctx) //nolint:wrapcheck // likewise
	}}
	if err := d.sender.renew(ctx); err != nil {
		return fmt.Errorf("producer: %w", err)
	}
	d.onClose(d.sender.close)
	d.say("producer", "group %s", producerGroup)
	return nil
}

// routePoll is how often clients ask for routes anew.
func (d *Demo) routePoll() client.Option {
	return client.WithPollNameServerInterval(cmp.Or(d.cfg.RoutePoll, 30*time.Second))
}

// firstMessages are one whose route is cold, one to a topic that nobody knows, and one whose route is known.
func (d *Demo) firstMessages(ctx context.Context) error {
	for _, first := range []struct{ mode, what string }{
		{modeSync, "to " + Topic + ", its route not cached yet"},
		{modeNewTopic, "to a topic that nobody knows"},
		{modeSync, "to " + Topic + " again, its route cached"},
	} {
		if _, err := d.sender.Send(ctx, first.mode); err != nil {
			return fmt.Errorf("first messages: %w", err)
		}
		d.say("message", "%s", first.what)
	}
	return nil
}
