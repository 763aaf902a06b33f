package processor_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/plumemq/plume/broker/processor"
	"github.com/plumemq/plume/broker/rebalance"
	"github.com/plumemq/plume/broker/stats"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// fakeStore answers every put with one status and keeps the last message.
type fakeStore struct {
	status store.PutMessageStatus
	put    store.MessageExtBrokerInner
	origin *message.MessageExt
}

func (f *fakeStore) AsyncPutMessage(_ context.Context, msg *store.MessageExtBrokerInner) store.PutFuture {
	f.put = *msg
	return store.Completed(store.PutMessageResult{Status: f.status})
}

func (f *fakeStore) AsyncPutMessages(ctx context.Context, b *store.MessageExtBatch) store.PutFuture {
	return f.AsyncPutMessage(ctx, &b.MessageExtBrokerInner)
}

func (f *fakeStore) LookMessageByOffset(int64) (*message.MessageExt, error) {
	if f.origin == nil {
		return nil, errors.New("no such record")
	}
	return f.origin, nil
}

func (f *fakeStore) DiskUsedRatio() (float64, error) { return 0.91, nil }

// fakeTopics has one topic and makes any other that it is asked for.
type fakeTopics struct{ made []string }

func (*fakeTopics) SelectTopicConfig(name string) *body.TopicConfig {
	if name != "T" && !strings.HasPrefix(name, "%RETRY%") {
		return nil
	}
	t := body.NewTopicConfig(name)
	return &t
}

func (*fakeTopics) CreateTopicInSendMessageMethod(context.Context, string, string, int32, int32) (*body.TopicConfig, error) {
	return nil, nil
}

func (f *fakeTopics) CreateTopicInSendMessageBackMethod(_ context.Context, name string, queues, perm int32, _ bool, _ int32) (*body.TopicConfig, error) {
	f.made = append(f.made, name)
	t := body.NewTopicConfig(name)
	t.ReadQueueNums, t.WriteQueueNums, t.Perm = queues, queues, perm
	return &t, nil
}

type fakeGroups struct{}

func (fakeGroups) FindSubscriptionGroupConfig(group string) (*body.SubscriptionGroupConfig, error) {
	if group == "unknown" {
		return nil, nil
	}
	g := body.NewSubscriptionGroupConfig(group)
	return &g, nil
}

type bench struct {
	*processor.SendMessageProcessor
	store  fakeStore
	topics fakeTopics
	locks  *rebalance.LockManager
}

func newBench() *bench {
	b := &bench{locks: rebalance.NewLockManager(clock.System)}
	b.SendMessageProcessor = processor.NewSendMessageProcessor(processor.SendConfig{
		ClusterName: "C", RegionID: "R", TraceOn: true, BrokerIP1: "10.0.0.1", StoreHost: netip.MustParseAddrPort("10.0.0.1:10911"),
		MaxMessageSize: 4194304, Permission: func() int32 { return 6 }, Clock: clock.System,
	}, &b.store, &b.topics, fakeGroups{}, b.locks, new(stats.Broker))
	return b
}

// send processes one SEND_MESSAGE_V2 as it would come off the wire.
func (b *bench) send(change func(h *header.SendMessageRequestHeaderV2)) (*protocol.RemotingCommand, error) {
	h := &header.SendMessageRequestHeaderV2{ProducerGroup: "pg", Topic: "T", DefaultTopic: "TBW102", DefaultTopicQueueNums: 4, Properties: "UNIQ_KEY\x01U\x02"}
	if change != nil {
		change(h)
	}
	return b.process(protocol.SendMessageV2, h)
}

func (b *bench) process(code protocol.RequestCode, h protocol.CustomHeader) (*protocol.RemotingCommand, error) {
	req := protocol.NewRequest(code, h)
	req.MaterializeHeader()
	req.Body = []byte("body")
	return b.ProcessRequest(context.Background(), &remoting.RequestContext{Request: req, Channel: new(remoting.Channel)})
}

func TestEveryPutStatusHasApachesAnswer(t *testing.T) {
	const illegal = "the message is illegal, maybe msg body or properties length not matched. msg body length limit 4194304B, msg properties length limit 32KB."
	cases := []struct {
		status store.PutMessageStatus
		code   protocol.ResponseCode
		remark string // of a refusal
	}{
		{store.PutOK, protocol.Success, ""},
		{store.FlushDiskTimeout, protocol.FlushDiskTimeout, ""},
		{store.FlushSlaveTimeout, protocol.FlushSlaveTimeout, ""},
		{store.SlaveNotAvailable, protocol.SlaveNotAvailable, ""},
		{store.ServiceNotAvailable, protocol.ServiceNotAvailable, "service not available now. It may be caused by one of the following reasons: the broker's disk is full [CL:  0.91 CQ:  0.91 INDEX:  0.91], messages are put to the slave, message store has been shut down, etc."},
		{store.CreateMappedFileFailed, protocol.SystemError, "create mapped file failed, server is busy or broken."},
		{store.MessageIllegal, protocol.MessageIllegal, illegal},
		{store.PropertiesSizeExceeded, protocol.MessageIllegal, illegal},
		{store.OSPageCacheBusy, protocol.SystemBusy, "[PC_SYNCHRONIZED]broker busy, start flow control for a while"},
		{store.UnknownError, protocol.SystemError, "UNKNOWN_ERROR"},
		{store.InSyncReplicasNotEnough, protocol.SystemError, "in-sync replicas not enough"},
		{store.WheelTimerNotEnable, protocol.SystemError, "accurate timer message is not enabled, timerWheelEnable is false"},
		{store.PutToRemoteBrokerFail, protocol.SystemError, "UNKNOWN_ERROR DEFAULT"},
	}
	for _, c := range cases {
		b := newBench()
		b.store.status = c.status
		resp, err := b.send(nil)
		if c.remark == "" {
			if err != nil || protocol.ResponseCode(resp.Code) != c.code || resp.ExtFields.Get("MSG_REGION") != "R" || resp.ExtFields.Get("TRACE_ON") != "true" {
				t.Errorf("%s answered %+v, %v", c.status, resp, err)
			}
			continue
		}
		var refused *protocol.ResponseError
		if !errors.As(err, &refused) || refused.Code != c.code || refused.Remark != c.remark {
			t.Errorf("%s answered %v, want %s %q", c.status, err, c.code, c.remark)
		}
	}
}

func TestPropertiesReachTheStoreAsSent(t *testing.T) {
	many := ""
	for i := range 40 {
		many += fmt.Sprintf("k%d\x01v\x02", i)
	}
	const added = "MSG_REGION\x01R\x02TRACE_ON\x01true\x02CLUSTER\x01C\x02"
	for sent, want := range map[string]string{
		"K\x01v\x02UNIQ_KEY\x01U\x02":                            "K\x01v\x02UNIQ_KEY\x01U\x02" + added,
		"traceparent\x0100-a-b-01\x02UNIQ_KEY\x01U":              "traceparent\x0100-a-b-01\x02UNIQ_KEY\x01U\x02" + added, // 4.x
		"CLUSTER\x01old\x02UNIQ_KEY\x01U\x02POP_CK\x011 2 3\x02": "CLUSTER\x01C\x02UNIQ_KEY\x01U\x02MSG_REGION\x01R\x02TRACE_ON\x01true\x02",
		"WAIT\x01true\x02TAGS\x01\x02UNIQ_KEY\x01U\x02":          "WAIT\x01true\x02UNIQ_KEY\x01U\x02" + added, // Java without a tag
		"a\x011\x02UNIQ_KEY\x01V\x02a\x012\x02UNIQ_KEY\x01U\x02": "a\x012\x02UNIQ_KEY\x01U\x02" + added,
		"\x01v\x02n\x02\x02UNIQ_KEY\x01U\x02\x01":                "UNIQ_KEY\x01U\x02" + added,
		many + "UNIQ_KEY\x01U\x02" + many:                        many + "UNIQ_KEY\x01U\x02" + added,
	} {
		b := newBench()
		resp, err := b.send(func(h *header.SendMessageRequestHeaderV2) { h.Properties = sent })
		if err != nil || b.store.put.PropertiesString != want {
			t.Errorf("%q was stored as %q (%v), want %q", sent, b.store.put.PropertiesString, err, want)
			continue
		}
		if id := resp.Header.(*header.SendMessageResponseHeader).TransactionID; id != "U" {
			t.Errorf("%q answered with id %q", sent, id)
		}
	}
	b := newBench()
	if resp, err := b.send(func(h *header.SendMessageRequestHeaderV2) { h.Properties = "MY_UNIQ_KEY\x01x\x02" }); err != nil ||
		len(resp.Header.(*header.SendMessageResponseHeader).TransactionID) != 32 || b.store.put.Property("UNIQ_KEY") == "" {
		t.Errorf("no id was made up: %v", err)
	}
}

func TestBrokersFlagsAreNotTheClients(t *testing.T) {
	b := newBench()
	if _, err := b.send(func(h *header.SendMessageRequestHeaderV2) { h.SysFlag = 0x1 | 0x10 | 0x20 | 0x40 | 0x80 | 0x300 }); err != nil {
		t.Fatal(err)
	}
	if b.store.put.SysFlag != 0x1|0x300 {
		t.Errorf("stored with flags %#x", b.store.put.SysFlag)
	}
	var refused *protocol.ResponseError
	if _, err := b.send(func(h *header.SendMessageRequestHeaderV2) { h.SysFlag = 0x4 }); !errors.As(err, &refused) || refused.Code != protocol.NoPermission {
		t.Errorf("a half message: %v", err)
	}
}

func TestRetriesEndAmongTheDeadLetters(t *testing.T) {
	send := func(b *bench, times int32, limit protocol.NullInt32) string {
		t.Helper()
		if _, err := b.send(func(h *header.SendMessageRequestHeaderV2) {
			h.Topic, h.ReconsumeTimes, h.MaxReconsumeTimes = "%RETRY%g", times, limit
		}); err != nil {
			t.Fatal(err)
		}
		return b.store.put.Topic
	}
	b := newBench()
	for _, c := range []struct {
		times int32
		limit protocol.NullInt32
		want  string
	}{{16, protocol.NullInt32{}, "%RETRY%g"}, {17, protocol.NullInt32{}, "%DLQ%g"}, {3, protocol.SomeInt32(2), "%DLQ%g"}, {1, protocol.SomeInt32(2), "%RETRY%g"}} {
		if got := send(b, c.times, c.limit); got != c.want {
			t.Errorf("%+v went to %s", c, got)
		}
	}
	b.locks.TryLockBatch("g", "c", []message.MessageQueue{{Topic: "T"}}) // the group consumes in order
	if got := send(b, 1, protocol.NullInt32{}); got != "%DLQ%g" {
		t.Errorf("went to %s, want the dead letters", got)
	}
	_, err := b.send(func(h *header.SendMessageRequestHeaderV2) { h.Topic = "%RETRY%unknown" })
	if !errors.Is(err, protocol.SubscriptionGroupNotExist) {
		t.Errorf("an unknown group: %v", err)
	}
}

func TestSendBack(t *testing.T) {
	cases := []struct {
		name         string
		times, level int32
		limit        protocol.NullInt32
		topic, delay string
	}{
		{"the broker chooses", 0, 0, protocol.SomeInt32(16), "%RETRY%g", "3"},
		{"and waits longer each time", 4, 0, protocol.SomeInt32(16), "%RETRY%g", "7"},
		{"the client chooses", 0, 9, protocol.SomeInt32(16), "%RETRY%g", "9"},
		{"the client gives up", 0, -1, protocol.SomeInt32(16), "%DLQ%g", "0"},
		{"too often", 16, 0, protocol.NullInt32{}, "%DLQ%g", "0"},
		{"too often for the client", 1, 0, protocol.SomeInt32(1), "%DLQ%g", "0"},
	}
	for _, c := range cases {
		b := newBench()
		b.store.origin = &message.MessageExt{
			Message:        message.Message{Topic: "T", Body: []byte("b"), Properties: message.Properties{{Name: "traceparent", Value: "tp"}}},
			ReconsumeTimes: c.times, StoreHost: netip.MustParseAddrPort("127.0.0.1:10911"), SysFlag: message.FlagCompressed,
		}
		_, err := b.process(protocol.ConsumerSendMsgBack, &header.ConsumerSendMsgBackRequestHeader{Group: "g", DelayLevel: c.level, MaxReconsumeTimes: c.limit})
		put := b.store.put
		if err != nil || put.Topic != c.topic || put.Property("DELAY") != c.delay || put.ReconsumeTimes != c.times+1 || put.Property("RETRY_TOPIC") != "T" ||
			put.Property("ORIGIN_MESSAGE_ID") == "" || put.Property("WAIT") != "false" || put.Property("traceparent") != "tp" || put.SysFlag != message.FlagCompressed {
			t.Errorf("%s: stored in %s with %q, %v", c.name, put.Topic, put.PropertiesString, err)
		}
	}
	b := newBench()
	b.store.origin, b.store.status = &message.MessageExt{Message: message.Message{Topic: "T"}}, store.ServiceNotAvailable
	if _, err := b.process(protocol.ConsumerSendMsgBack, &header.ConsumerSendMsgBackRequestHeader{Group: "g"}); !errors.Is(err, protocol.SystemError) {
		t.Errorf("a store that refuses: %v", err)
	}
}

func BenchmarkSendMessage(b *testing.B) {
	bench := newBench()
	req := protocol.NewRequest(protocol.SendMessageV2, &header.SendMessageRequestHeaderV2{ProducerGroup: "pg", Topic: "T", DefaultTopic: "TBW102", Properties: "UNIQ_KEY\x01U\x02WAIT\x01true\x02"})
	req.MaterializeHeader()
	req.Body = make([]byte, 128)
	rc := &remoting.RequestContext{Request: req, Channel: new(remoting.Channel)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bench.ProcessRequest(context.Background(), rc); err != nil {
			b.Fatal(err)
		}
	}
}
