package reliability

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// hostile sends a request that is well formed and meant ill, and wants an answer, soon and at little cost.
func hostile(t *testing.T, s target, req *protocol.RemotingCommand) *protocol.RemotingCommand {
	t.Helper()
	rc := remoting.NewClient(remoting.ClientConfig{Serialize: protocol.RocketMQ}) // has no escapes: more fits
	defer rc.Shutdown()
	r := reader{rc, s.addr}
	before, began := memoryTaken(), time.Now()
	resp, err := r.ask(req)
	if err != nil {
		t.Fatalf("%v: %v", protocol.RequestCode(req.Code), err)
	}
	sober(t, protocol.RequestCode(req.Code), resp)
	if took := time.Since(began); took > 8*time.Second { // minutes are what is meant

		t.Errorf("%v took %v", protocol.RequestCode(req.Code), took)
	}
	if taken := memoryTaken() - before; taken > 512<<20 {
		t.Errorf("%v took %d MiB", protocol.RequestCode(req.Code), taken>>20)
	}
	s.alive(t)
	return resp
}

// Requests with as large numbers, as many parts, as much air in them as the protocol allows.
func TestHostileRequests(t *testing.T) {
	_, targets := newTargets(t)
	nameServer, broker := targets[0], targets[1]
	r := broker.bystander
	r.createTopic(t, topic, 1)
	var first header.SendMessageResponseHeader
	r.must(t, protocol.SendMessageV2, sendHeader(topic, 0), &first, []byte(strings.Repeat("body", 100)))
	awaitEnd(t, r, 0, 1)
	request := func(code protocol.RequestCode, h protocol.CustomHeader, body []byte) *protocol.RemotingCommand {
		req := protocol.NewRequest(code, h)
		req.Body = body
		return req
	}
	refused := func(name string, s target, req *protocol.RemotingCommand) {
		t.Run(name, func(t *testing.T) {
			if resp := hostile(t, s, req); resp.Code == int32(protocol.Success) {
				t.Error("succeeded")
			}
		})
	}
	answered := func(name string, s target, req *protocol.RemotingCommand) {
		t.Run(name, func(t *testing.T) { hostile(t, s, req) })
	}

	var many []byte
	for i := range int64(1_500_000) {
		many = append(strconv.AppendInt(many, i, 36), "\x01v\x02"...)
	}
	crowd := sendHeader(topic, 0)
	crowd.Properties = string(many)
	refused("a million properties", broker, request(protocol.SendMessageV2, crowd, []byte("x")))
	air := sendHeader(topic, 0)
	air.Properties = strings.Repeat("\x02", 15<<20)
	refused("properties of separators", broker, request(protocol.SendMessageV2, air, []byte("x")))

	const most = 1<<31 - 1
	refused("a topic of 2^31-1 queues", broker, request(protocol.UpdateAndCreateTopic, &header.CreateTopicRequestHeader{
		Topic: "Wide", DefaultTopic: "TBW102", ReadQueueNums: most, WriteQueueNums: most, Perm: 6,
	}, nil))
	wide := sendHeader("Wide", most)
	wide.DefaultTopicQueueNums = most
	answered("a new topic with 2^31-1 queues", broker, request(protocol.SendMessageV2, wide, []byte("x")))
	answered("its statistics", broker, request(protocol.GetTopicStatsInfo, &header.GetTopicStatsInfoRequestHeader{Topic: "Wide"}, nil))

	for _, n := range []int32{most, -1, -1 << 31} {
		pull := &header.PullMessageRequestHeader{
			ConsumerGroup: "g", Topic: topic, MaxMsgNums: n, MaxMsgBytes: n, Subscription: "*", SysFlag: header.PullSubscription,
		}
		answered(fmt.Sprint("a pull of ", n, " messages"), broker, request(protocol.PullMessage, pull, nil))
		answered(fmt.Sprint("a query for ", n, " messages"), broker, request(protocol.QueryMessage, &header.QueryMessageRequestHeader{
			Topic: topic, Key: "U", MaxNum: n, BeginTimestamp: -1 << 63, EndTimestamp: 1<<63 - 1,
		}, nil))
	}
	for _, offset := range []int64{1, 4, 90, 1 << 40, -1, -1 << 63, 1<<63 - 1} {
		name := fmt.Sprint(" at ", offset)
		refused("a message"+name, broker, request(protocol.ViewMessageByID, &header.ViewMessageRequestHeader{Offset: offset}, nil))
		refused("a message sent back"+name, broker, request(protocol.ConsumerSendMsgBack, &header.ConsumerSendMsgBackRequestHeader{
			Group: "g", Offset: offset, OriginTopic: topic, DelayLevel: -1 << 31,
		}, nil))
		pull := &header.PullMessageRequestHeader{
			ConsumerGroup: "g", Topic: topic, QueueOffset: offset, CommitOffset: offset, MaxMsgNums: 1, Subscription: "*",
			SysFlag: header.PullSubscription | header.PullCommitOffset,
		}
		answered("a pull"+name, broker, request(protocol.PullMessage, pull, nil))
		answered("a search"+name, broker, request(protocol.SearchOffsetByTimestamp, &header.SearchOffsetRequestHeader{Topic: topic, Timestamp: offset}, nil))
	}
	subscription := &header.PullMessageRequestHeader{
		ConsumerGroup: "g", Topic: topic, MaxMsgNums: 1, SysFlag: header.PullSubscription, Subscription: strings.Repeat("t||", 1_000_000),
	}
	answered("a million tags", broker, request(protocol.PullMessage, subscription, nil))

	register := &header.RegisterBrokerRequestHeader{BrokerName: "evil", BrokerAddr: "127.0.0.1:1", ClusterName: "c", HAServerAddr: "127.0.0.1:2", Compressed: true}
	refused("a registration that inflates to 256 MiB", nameServer, request(protocol.RegisterBroker, register, bomb(t)))
	answered("a registration of a million empty lists", nameServer, request(protocol.RegisterBroker, &header.RegisterBrokerRequestHeader{
		BrokerName: "evil", BrokerAddr: "127.0.0.1:1", ClusterName: "c", HAServerAddr: "127.0.0.1:2",
	}, []byte(`{"filterServerList":[`+strings.Repeat(`"",`, 4_000_000)+`""]}`)))
	answered("a heartbeat of a million groups", broker, request(protocol.HeartBeat, nil,
		[]byte(`{"clientID":"c","producerDataSet":[`+strings.Repeat(`{},`, 4_000_000)+`{}]}`)))
	answered("a lock on a million queues", broker, request(protocol.LockBatchMQ, nil,
		[]byte(`{"consumerGroup":"g","clientId":"c","mqSet":[`+strings.Repeat(`{},`, 4_000_000)+`{}]}`)))

	msgs, err := r.pull(topic, 0, 0)
	if err != nil || len(msgs) != 1 || msgs[0].MsgID != "U" {
		t.Errorf("in the end the queue holds %d messages, %v", len(msgs), err)
	}
}

// bomb is a body of about a megabyte that inflates to 256 MiB.
func bomb(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := zlib.NewWriterLevel(&out, zlib.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range 256 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Bodies that say they are compressed and are bombs: the broker stores them as they are, a client that reads them stops in time.
func TestDecompressionBomb(t *testing.T) {
	const limit = 1 << 20
	for _, c := range []message.Compression{message.Zlib, message.LZ4, message.Zstd} {
		body, err := c.Compress(make([]byte, 64<<20), 1)
		if err != nil {
			t.Fatal(err)
		}
		before := memoryTaken()
		if _, err := c.Decompress(body, limit); err == nil {
			t.Errorf("%v: 64 MiB got through a limit of 1 MiB", c)
		}
		if taken := memoryTaken() - before; taken > 32<<20 {
			t.Errorf("%v: took %d MiB to refuse", c, taken>>20)
		}
	}
}
