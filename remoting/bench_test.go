package remoting_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// sendHeader has the fields of SEND_MESSAGE_V2's.
type sendHeader struct {
	group, topic, defaultTopic, properties, broker string
	queues, queueID, sysFlag, flag, reconsume      int32
	born                                           int64
	unitMode, batch                                bool
}

func (h *sendHeader) Fields(c *protocol.FieldCodec) {
	c.String("a", &h.group, protocol.Required)
	c.String("b", &h.topic, protocol.Required)
	c.String("c", &h.defaultTopic, protocol.Required)
	c.Int32("d", &h.queues, protocol.Required)
	c.Int32("e", &h.queueID, protocol.Required)
	c.Int32("f", &h.sysFlag, protocol.Required)
	c.Int64("g", &h.born, protocol.Required)
	c.Int32("h", &h.flag, protocol.Required)
	c.String("i", &h.properties, protocol.Optional)
	c.Int32("j", &h.reconsume, protocol.Optional)
	c.Bool("k", &h.unitMode, protocol.Optional)
	c.Bool("m", &h.batch, protocol.Optional)
	c.String("n", &h.broker, protocol.Optional)
}

// sendResult has the fields of its response.
type sendResult struct {
	msgID       string
	queueID     int32
	queueOffset int64
}

func (h *sendResult) Fields(c *protocol.FieldCodec) {
	c.String("msgId", &h.msgID, protocol.Required)
	c.Int32("queueId", &h.queueID, protocol.Required)
	c.Int64("queueOffset", &h.queueOffset, protocol.Required)
}

func sendRequest(body []byte) *protocol.RemotingCommand {
	req := protocol.NewRequest(protocol.SendMessageV2, &sendHeader{
		group: "bench_group", topic: "BenchmarkTest", defaultTopic: "TBW102", queues: 4, queueID: 3, born: 1700000000000,
		properties: "UNIQ_KEY\x017F00000112345678ABCDEF0123456789\x02WAIT\x01true\x02", broker: "broker-a",
	})
	req.Body = body
	return req
}

// storing decodes the header and answers as a broker would.
func storing() remoting.Processor {
	var offset atomic.Int64
	return remoting.ProcessorFunc(func(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		var h sendHeader
		if err := rc.Request.DecodeHeader(&h); err != nil {
			return nil, err
		}
		resp := protocol.NewResponse(protocol.Success, "")
		resp.Header = &sendResult{msgID: "7F00000100002A9F0000000000000ABC", queueID: h.queueID, queueOffset: offset.Add(1)}
		return resp, nil
	})
}

func benchmarkInvokeSync(b *testing.B, callers int) {
	server := remoting.NewServer(remoting.ServerConfig{Addr: "127.0.0.1:0"})
	server.RegisterProcessor(protocol.SendMessageV2, storing(), remoting.NewExecutor("send", 16, 10_000))
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = server.Shutdown(context.Background()) }()
	client := remoting.NewClient(remoting.ClientConfig{})
	defer client.Shutdown()
	addr, body := server.Addr().String(), make([]byte, 128)
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
				resp, err := client.InvokeSync(ctx, addr, sendRequest(body))
				cancel()
				var h sendResult
				if err == nil {
					err = resp.DecodeHeader(&h)
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

func BenchmarkInvokeSync1(b *testing.B)  { benchmarkInvokeSync(b, 1) }
func BenchmarkInvokeSync64(b *testing.B) { benchmarkInvokeSync(b, 64) }
