package store

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/plumemq/plume/internal/observ"
)

// silent is a provider that could record, and is asked for nothing: traces begin elsewhere.
type silent struct{ trace.TracerProvider }

func (silent) SampleRoot() bool { return false }

func (silent) Tracer(string, ...trace.TracerOption) trace.Tracer {
	return noop.NewTracerProvider().Tracer("")
}

// nobody is a listener.
type nobody struct{}

func (nobody) Arriving(context.Context, *MessageArrival) {}

// BenchmarkDispatch is what a message costs the reput service that nobody traces: many in a round, or few, over 8 queues; with tracing off,
// and where others are traced.
func BenchmarkDispatch(b *testing.B) {
	for _, c := range []struct {
		name      string
		perRound  int
		component *observ.Component
	}{
		{"backlog", 4096, nil},
		{"backlog/tracing", 4096, observ.NewComponent(silent{})},
		{"rounds of 16", 16, nil},
	} {
		b.Run(c.name, func(b *testing.B) {
			cfg := DefaultConfig(b.TempDir())
			cfg.DiskSpaceWarningLevelRatio = 101
			s, err := Open(cfg, Deps{Component: c.component})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			s.SetMessageArrivingListener(nobody{})
			b.ReportAllocs()
			b.StopTimer()
			for n := 0; n < b.N; {
				batch := min(4096, b.N-n)
				for i := range batch {
					m := MessageExtBrokerInner{PropertiesString: "UNIQ_KEY\x017F0000010B5C18B4AAC2\x02WAIT\x01true\x02TAGS\x01TagA\x02"}
					m.Topic, m.QueueID, m.Body = "TopicTest", int32(i%8), make([]byte, 128)
					if r := s.AsyncPutMessage(context.Background(), &m).Result(); !r.OK() {
						b.Fatal(r.Err)
					}
					if (i+1)%c.perRound == 0 || i+1 == batch {
						b.StartTimer()
						err := s.reput.drain()
						b.StopTimer()
						if err != nil {
							b.Fatal(err)
						}
					}
				}
				n += batch
			}
		})
	}
}
