package producer_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/message"
)

// startOnLoopback is a started producer whose broker answers over real TCP.
func startOnLoopback(b *testing.B) *producer.Producer {
	c := clustertest.New(b, network.System, "broker-a")
	c.AddTopic(topic, 8, "broker-a")
	c.Broker("broker-a").Discard()
	p := newProducer(b, c, client.WithTracerProvider(noop.NewTracerProvider()), producer.WithTopics(topic))
	if err := p.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = p.Shutdown(context.Background()) })
	return p
}

func body() *message.Message { return message.New(topic, make([]byte, 128)) }

func BenchmarkSend(b *testing.B) {
	p, msg, ctx := startOnLoopback(b), body(), context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Send(ctx, msg); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSend64InFlight(b *testing.B) {
	p, msg, ctx := startOnLoopback(b), body(), context.Background()
	b.ReportAllocs()
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := p.Send(ctx, msg); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSendOneway(b *testing.B) {
	p, msg, ctx := startOnLoopback(b), body(), context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if err := p.SendOneway(ctx, msg); err != nil {
			b.Fatal(err)
		}
	}
}
