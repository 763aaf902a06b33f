package protocol_test

import (
	"testing"

	"github.com/plumemq/plume/internal/race"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// sendRequest is a SEND_MESSAGE_V2 as a traced producer sends it, with a body of 128 bytes.
func sendRequest() *protocol.RemotingCommand {
	cmd := protocol.NewRequest(protocol.SendMessageV2, &header.SendMessageRequestHeaderV2{
		ProducerGroup: "benchmark_producer", Topic: "BenchmarkTest", DefaultTopic: "TBW102", DefaultTopicQueueNums: 4, QueueID: 7,
		BornTimestamp: 1700000000000, BrokerName: "broker-a",
		Properties: "UNIQ_KEY\x017F000001C3B018B4AAC2960A5B2C0001\x02WAIT\x01true\x02TAGS\x01TagA\x02",
	})
	cmd.Opaque = 123456
	cmd.ExtFields.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	cmd.Body = make([]byte, 128)
	return cmd
}

func benchmarkEncodings(b *testing.B, run func(b *testing.B, cmd *protocol.RemotingCommand)) {
	for name, serialize := range map[string]protocol.SerializeType{"json": protocol.JSON, "binary": protocol.RocketMQ} {
		b.Run(name, func(b *testing.B) {
			cmd := sendRequest()
			cmd.Serialize = serialize
			b.ReportAllocs()
			run(b, cmd)
		})
	}
}

func BenchmarkAppendFrame(b *testing.B) {
	benchmarkEncodings(b, func(b *testing.B, cmd *protocol.RemotingCommand) {
		var buf []byte
		for b.Loop() {
			buf = protocol.AppendFrame(buf[:0], cmd)
		}
	})
}

// BenchmarkDecodeFrame includes the copy of the frame, which a reader off a socket makes too.
func BenchmarkDecodeFrame(b *testing.B) {
	benchmarkEncodings(b, func(b *testing.B, cmd *protocol.RemotingCommand) {
		frame := protocol.AppendFrame(nil, cmd)[4:]
		buf := make([]byte, len(frame))
		for b.Loop() {
			copy(buf, frame)
			if _, err := protocol.DecodeFrame(buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecodeHeader(b *testing.B) {
	cmd, err := protocol.DecodeFrame(protocol.AppendFrame(nil, sendRequest())[4:])
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var h header.SendMessageRequestHeaderV2
		if err := cmd.DecodeHeader(&h); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAllocations holds what the hot path costs: nothing to write a frame; to read one, the command and its fields.
func TestAllocations(t *testing.T) {
	for _, serialize := range []protocol.SerializeType{protocol.JSON, protocol.RocketMQ} {
		cmd := sendRequest()
		cmd.Serialize = serialize
		buf := protocol.AppendFrame(nil, cmd)
		if n := testing.AllocsPerRun(100, func() { buf = protocol.AppendFrame(buf[:0], cmd) }); n > 0 && !race.Enabled {
			t.Errorf("AppendFrame in %s allocates %v times", serialize, n)
		}
		frame := make([]byte, len(buf)-4)
		if n := testing.AllocsPerRun(100, func() {
			copy(frame, buf[4:])
			if _, err := protocol.DecodeFrame(frame); err != nil {
				t.Fatal(err)
			}
		}); n > 2 && !race.Enabled {
			t.Errorf("DecodeFrame in %s allocates %v times", serialize, n)
		}
	}
}
