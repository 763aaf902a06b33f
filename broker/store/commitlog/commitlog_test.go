package commitlog

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/message"
)

var testHost = netip.MustParseAddrPort("127.0.0.1:10911")

func testConfig(dir string, fileSize int64) Config {
	return Config{
		Dir: dir, FileSize: fileSize, FlushDiskType: AsyncFlush, FlushInterval: 500 * time.Millisecond, FlushLeastPages: 4,
		FlushThoroughInterval: 10 * time.Second, SyncFlushTimeout: 5 * time.Second, MaxMessageSize: 4 << 20,
		AutoMessageVersion: true, BusyTimeout: time.Second, Disk: disk.System, Clock: clock.System, Logger: zap.NewNop(),
	}
}

func testMessage(topic string, queue int32, body []byte) *MessageExtBrokerInner {
	m := &MessageExtBrokerInner{PropertiesString: "UNIQ_KEY\x017F0000010B5C18B4AAC2\x02WAIT\x01true\x02TAGS\x01TagA\x02"}
	m.Topic, m.QueueID, m.Body = topic, queue, body
	m.BornHost, m.StoreHost = testHost, testHost
	return m
}

func openLog(t testing.TB, cfg Config) *CommitLog {
	t.Helper()
	c := New(cfg)
	if err := c.Load(0); err != nil {
		t.Fatal(err)
	}
	_, err := c.Recover(Recovery{Durable: UnknownOffset, Visit: func(*message.Record) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CutBehind(false); err != nil {
		t.Fatal(err)
	}
	return c
}

func BenchmarkAsyncPutMessage(b *testing.B) {
	for _, goroutines := range []int{1, 64} {
		b.Run(fmt.Sprint("goroutines=", goroutines), func(b *testing.B) {
			c := openLog(b, testConfig(b.TempDir(), 1<<30))
			c.Start()
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for g := range goroutines {
				wg.Go(func() {
					msg := testMessage("TopicTest", int32(g%8), make([]byte, 128))
					for range b.N / goroutines {
						if r := c.AsyncPutMessage(context.Background(), msg, nil).Wait(context.Background()); !r.OK() {
							b.Error(r.Err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
			b.StopTimer()
			if err := c.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
