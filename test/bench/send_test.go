package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/namesrv"
)

// manyQueues is a topic that every broker has, with 1024 queues; fewQueues is made by the first send to it.
const (
	manyQueues = "BenchmarkTest"
	fewQueues  = "BenchFewQueues"
)

// cluster starts a name server and a broker that report to provider, and returns a producer of theirs.
func cluster(b *testing.B, provider trace.TracerProvider) *producer.Producer {
	b.Helper()
	ctx := context.Background()
	names := namesrv.DefaultConfig()
	names.BindAddress, names.ListenPort = "127.0.0.1", 0
	ns, err := namesrv.New(names, namesrv.Deps{TracerProvider: provider})
	begin(b, err, func() error { return ns.Start(ctx) }, func() error { return ns.Shutdown(ctx) })
	cfg := broker.DefaultConfig()
	cfg.Register.NamesrvAddr = ns.Addr().String()
	cfg.Store.StorePathRootDir = b.TempDir()
	cfg.Network.BindAddress, cfg.Network.BrokerIP1, cfg.Network.ListenPort = "127.0.0.1", "127.0.0.1", 0
	br, err := broker.New(cfg, broker.Deps{TracerProvider: provider})
	begin(b, err, func() error { return br.Start(ctx) }, func() error { return br.Shutdown(ctx) })
	p, err := producer.New("bench", client.WithNameServers(ns.Addr().String()), client.WithTracerProvider(provider))
	begin(b, err, func() error { return p.Start(ctx) }, func() error { return p.Shutdown(ctx) })
	return p
}

// begin starts a part of the cluster unless it could not be made, and sees that it is stopped.
func begin(b *testing.B, err error, start, stop func() error) {
	b.Helper()
	if err == nil {
		err = start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := stop(); err != nil {
			b.Error(err)
		}
	})
}

// send makes b.N sends, so many of them at a time, after a few to get going.
func send(b *testing.B, p *producer.Producer, topic string, inFlight int) {
	b.Helper()
	run := func(n int) {
		var left atomic.Int64
		left.Store(int64(n))
		var wg sync.WaitGroup
		for range inFlight {
			wg.Go(func() {
				body := make([]byte, 128)
				for left.Add(-1) >= 0 {
					if _, err := p.Send(context.Background(), message.New(topic, body)); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
	run(2000)
	b.ReportAllocs()
	b.ResetTimer()
	run(b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sends/s")
}

// BenchmarkSend is synchronous sends of 128 bytes with tracing off.
func BenchmarkSend(b *testing.B) {
	for _, topic := range []string{fewQueues, manyQueues} {
		for _, inFlight := range []int{1, 64} {
			b.Run(fmt.Sprintf("topic=%s/inflight=%d", topic, inFlight), func(b *testing.B) {
				send(b, cluster(b, noop.NewTracerProvider()), topic, inFlight)
			})
		}
	}
}

// BenchmarkSendTraced is what tracing adds at 64 in flight: with all traces dropped by the sampler, one in a hundred recorded, and
// all. What is recorded is thrown away.
func BenchmarkSendTraced(b *testing.B) {
	for _, share := range []float64{0, 0.01, 1} {
		b.Run(fmt.Sprintf("share=%v", share), func(b *testing.B) {
			sampler := sdktrace.ParentBased(sdktrace.TraceIDRatioBased(share))
			send(b, cluster(b, sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler))), fewQueues, 64)
		})
	}
}
