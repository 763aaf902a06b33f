package broker_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

func TestSendAndPull(t *testing.T) {
	r := start(t, testConfig(t.TempDir()))
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	sent := r.send("TopicTest", 1, "hello", message.Property{Name: "TAGS", Value: "A"}, message.Property{Name: "traceparent", Value: parent})
	if sent.QueueID != 1 || sent.QueueOffset != 0 || sent.TransactionID != "U1" || len(sent.MsgID) != 32 {
		t.Errorf("answered %+v", sent)
	}
	msgs := r.pull("g", "TopicTest", 1, 0, 5*time.Second)
	if len(msgs) != 1 || string(msgs[0].Body) != "hello" {
		t.Fatalf("pulled %v", msgs)
	}
	for name, want := range map[string]string{
		"TAGS": "A", "traceparent": parent, "UNIQ_KEY": "U1", "MSG_REGION": "DefaultRegion", "TRACE_ON": "true", "CLUSTER": "DefaultCluster",
	} {
		if got := msgs[0].Property(name); got != want {
			t.Errorf("property %s is %q, want %q", name, got, want)
		}
	}
	if byID := r.call(protocol.ViewMessageByID, &header.ViewMessageRequestHeader{Offset: msgs[0].CommitLogOffset}, nil); protocol.ResponseCode(byID.Code) != protocol.Success {
		t.Errorf("view by id: %s", byID.Remark)
	}
}

func TestSendWithLongNamesAndBatch(t *testing.T) {
	r := start(t, testConfig(t.TempDir()))
	h := &header.SendMessageRequestHeader{
		ProducerGroup: "pg", Topic: "Long", DefaultTopic: "TBW102", DefaultTopicQueueNums: 2, QueueID: -1, Properties: "K\x01V",
	}
	resp := r.want(r.call(protocol.SendMessage, h, []byte("one")), protocol.Success, "")
	if resp.ExtFields.Get("MSG_REGION") != "DefaultRegion" || resp.ExtFields.Get("TRACE_ON") != "true" || resp.ExtFields.Get("transactionId") == "" {
		t.Errorf("answered %v", resp.ExtFields)
	}
	batch, err := message.EncodeBatch([]*message.Message{message.New("Batch", []byte("a")), message.New("Batch", []byte("b"))})
	if err != nil {
		t.Fatal(err)
	}
	bh := sendHeader("Batch", 0)
	bh.Batch = true
	resp = r.want(r.call(protocol.SendBatchMessage, bh, batch), protocol.Success, "")
	if ids := strings.Split(resp.ExtFields.Get("msgId"), ","); len(ids) != 2 {
		t.Errorf("batch got ids %v", ids)
	}
	if msgs := r.pull("g", "Batch", 0, 0, 5*time.Second); len(msgs) == 0 {
		t.Error("nothing of the batch was pulled")
	}
}

func TestLongPollIsWokenByTheMessage(t *testing.T) {
	r := start(t, testConfig(t.TempDir()))
	r.send("Poll", 0, "first")
	r.pull("g", "Poll", 0, 0, 5*time.Second) // it is in its queue: before that, offset 1 lies beyond the queue's end
	type answer struct {
		resp *protocol.RemotingCommand
		err  error
	}
	done := make(chan answer, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req := protocol.NewRequest(protocol.PullMessage, pullHeader("g", "Poll", 0, 1, 15*time.Second))
	if err := r.client.InvokeAsync(ctx, r.b.Addr().String(), req, func(resp *protocol.RemotingCommand, err error) { done <- answer{resp, err} }); err != nil {
		t.Fatal(err)
	}
	select {
	case a := <-done:
		t.Fatalf("answered at once: %+v, %v", a.resp, a.err)
	case <-time.After(100 * time.Millisecond):
	}
	began := time.Now()
	r.send("Poll", 0, "second")
	a := <-done
	if a.err != nil || protocol.ResponseCode(a.resp.Code) != protocol.Success {
		t.Fatalf("%v %+v", a.err, a.resp)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("woken after %v", took)
	}
	// without the flag, nothing is held
	r.want(r.call(protocol.PullMessage, pullHeader("g", "Poll", 0, 2, 0), nil), protocol.PullNotFound, "OFFSET_OVERFLOW_ONE")
	r.want(r.call(protocol.PullMessage, pullHeader("g", "Poll", 0, 9, 0), nil), protocol.PullOffsetMoved, "OFFSET_OVERFLOW_BADLY")
}

func TestHeartbeatTellsTheGroup(t *testing.T) {
	r := start(t, testConfig(t.TempDir()))
	r.send("Beat", 0, "x")
	r.pull("g", "Beat", 0, 0, 5*time.Second) // it is in its queue
	told := make(chan string, 10)
	r.client.RegisterProcessor(protocol.NotifyConsumerIDsChanged, remoting.ProcessorFunc(func(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
		told <- rc.Request.ExtFields.Get("consumerGroup")
		return nil, nil
	}))
	r.want(r.call(protocol.GetConsumerListByGroup, &header.GetConsumerListByGroupRequestHeader{ConsumerGroup: "cg"}, nil), protocol.SystemError, "no consumer for this group, cg")
	r.heartbeat("c1", "cg", "Beat")
	if g := <-told; g != "cg" {
		t.Errorf("told of %q", g)
	}
	var list body.GetConsumerListByGroupResponseBody
	resp := r.want(r.call(protocol.GetConsumerListByGroup, &header.GetConsumerListByGroupRequestHeader{ConsumerGroup: "cg"}, nil), protocol.Success, "")
	if err := list.Decode(resp.Body); err != nil || len(list.ConsumerIDList) != 1 || list.ConsumerIDList[0] != "c1" {
		t.Errorf("listed %v, %v", list, err)
	}
	r.want(r.call(protocol.GetTopicConfig, &header.GetTopicConfigRequestHeader{Topic: "%RETRY%cg"}, nil), protocol.Success, "")
	// a pull without a subscription uses the heartbeat's, unless it is newer
	h := pullHeader("cg", "Beat", 0, 0, 0)
	h.SysFlag, h.SubVersion = 0, 5
	r.want(r.call(protocol.PullMessage, h, nil), protocol.Success, "FOUND")
	h.SubVersion = 6
	r.want(r.call(protocol.PullMessage, h, nil), protocol.SubscriptionNotLatest, "the consumer's subscription not latest")
	r.want(r.call(protocol.UnregisterClient, &header.UnregisterClientRequestHeader{ClientID: "c1", ConsumerGroup: "cg", ProducerGroup: "pg"}, nil), protocol.Success, "")
	r.want(r.call(protocol.GetConsumerConnectionList, &header.GetConsumerConnectionListRequestHeader{ConsumerGroup: "cg"}, nil), protocol.ConsumerNotOnline, "not online")
}

// A client that is gone by the time its heartbeat is processed is not known: its close event was the last word of it.
func TestHeartbeatOfAClientThatIsGone(t *testing.T) {
	r := start(t, testConfig(t.TempDir()))
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			client := remoting.NewClient(remoting.ClientConfig{})
			defer client.Shutdown()
			data := heartbeat.HeartbeatData{ClientID: strconv.Itoa(i), ConsumerDataSet: []heartbeat.ConsumerData{{GroupName: "hasty"}}}
			req := protocol.NewRequest(protocol.HeartBeat, nil)
			req.Body = data.Encode()
			if err := client.InvokeOneway(t.Context(), r.b.Addr().String(), req); err != nil {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
	online := func() bool {
		resp := r.call(protocol.GetConsumerConnectionList, &header.GetConsumerConnectionListRequestHeader{ConsumerGroup: "hasty"}, nil)
		return protocol.ResponseCode(resp.Code) == protocol.Success
	}
	for deadline := time.Now().Add(10 * time.Second); online(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("there are still consumers")
		}
	}
}

func TestOffsets(t *testing.T) {
	r := start(t, testConfig(t.TempDir()))
	query := &header.QueryConsumerOffsetRequestHeader{ConsumerGroup: "cg", Topic: "Off", QueueID: 0}
	r.want(r.call(protocol.QueryConsumerOffset, query, nil), protocol.QueryNotFound, "Not found")
	r.send("Off", 0, "x")
	r.pull("cg", "Off", 0, 0, 5*time.Second)
	if resp := r.want(r.call(protocol.QueryConsumerOffset, query, nil), protocol.Success, ""); resp.ExtFields.Get("offset") != "0" {
		t.Errorf("a new group starts at %s, want 0", resp.ExtFields.Get("offset"))
	}
	update := &header.UpdateConsumerOffsetRequestHeader{ConsumerGroup: "cg", Topic: "Off", QueueID: 0, CommitOffset: 1}
	r.want(r.call(protocol.UpdateConsumerOffset, update, nil), protocol.Success, "")
	if resp := r.call(protocol.QueryConsumerOffset, query, nil); resp.ExtFields.Get("offset") != "1" {
		t.Errorf("offset is %s, want 1", resp.ExtFields.Get("offset"))
	}
	for code, want := range map[protocol.RequestCode]string{protocol.GetMaxOffset: "1", protocol.GetMinOffset: "0"} {
		resp := r.want(r.call(code, &header.GetMaxOffsetRequestHeader{Topic: "Off", QueueID: 0}, nil), protocol.Success, "")
		if got := resp.ExtFields.Get("offset"); got != want {
			t.Errorf("%s is %s, want %s", code, got, want)
		}
	}
	r.want(r.call(protocol.SearchOffsetByTimestamp, &header.SearchOffsetRequestHeader{Topic: "Off", Timestamp: 1}, nil), protocol.Success, "")
	var stats body.ConsumeStats
	resp := r.want(r.call(protocol.GetConsumeStats, &header.GetConsumeStatsRequestHeader{ConsumerGroup: "cg"}, nil), protocol.Success, "")
	if err := stats.Decode(resp.Body); err != nil {
		t.Fatal(err)
	}
	if w := stats.OffsetTable[message.MessageQueue{Topic: "Off", BrokerName: "broker-a", QueueID: 0}]; w.ConsumerOffset != 1 || w.BrokerOffset != 1 || w.LastTimestamp == 0 {
		t.Errorf("progress is %+v", w)
	}
}

func TestDelayedMessage(t *testing.T) {
	r := start(t, testConfig(t.TempDir()))
	r.send("Delay", 0, "now")
	r.pull("g", "Delay", 0, 0, 5*time.Second) // until it is dispatched, offset 1 is not the queue's end
	began := time.Now()
	sent := r.send("Delay", 0, "later", message.Property{Name: "DELAY", Value: "99"}) // the last level there is: 2 s
	if sent.QueueID != 0 {
		t.Errorf("the producer is told queue %d", sent.QueueID)
	}
	msgs := r.pull("g", "Delay", 0, 1, 15*time.Second)
	took := time.Since(began)
	if len(msgs) != 1 || string(msgs[0].Body) != "later" || msgs[0].Property("REAL_TOPIC") != "Delay" {
		t.Fatalf("pulled %v", msgs)
	}
	if took < 1900*time.Millisecond || took > 6*time.Second {
		t.Errorf("delivered after %v, want 2 s", took)
	}
	r.want(r.call(protocol.SendMessageV2, sendHeader("Delay", 0, message.Property{Name: "TIMER_DELAY_SEC", Value: "5"}), []byte("x")),
		protocol.SystemError, "accurate timer message is not enabled")
}

func TestSendBackRetriesThenDies(t *testing.T) {
	r := start(t, testConfig(t.TempDir()))
	r.send("Back", 0, "poison")
	msg := r.pull("cg", "Back", 0, 0, 5*time.Second)[0]
	back := &header.ConsumerSendMsgBackRequestHeader{Offset: msg.CommitLogOffset, Group: "cg", DelayLevel: 1, MaxReconsumeTimes: protocol.SomeInt32(1)}
	r.want(r.call(protocol.ConsumerSendMsgBack, back, nil), protocol.Success, "")
	retried := r.pull("cg", "%RETRY%cg", 0, 0, 15*time.Second)[0]
	if string(retried.Body) != "poison" || retried.ReconsumeTimes != 1 || retried.Property("RETRY_TOPIC") != "Back" || retried.Property("ORIGIN_MESSAGE_ID") == "" {
		t.Fatalf("retried %+v", retried)
	}
	back.Offset = retried.CommitLogOffset
	r.want(r.call(protocol.ConsumerSendMsgBack, back, nil), protocol.Success, "")
	dead := r.pull("cg", "%DLQ%cg", 0, 0, 15*time.Second)[0]
	if string(dead.Body) != "poison" || dead.ReconsumeTimes != 2 {
		t.Errorf("dead %+v", dead)
	}
	back.Offset = 1 << 40
	r.want(r.call(protocol.ConsumerSendMsgBack, back, nil), protocol.SystemError, "look message by offset failed")
}

func TestRestartKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	r := start(t, testConfig(dir))
	r.send("Keep", 0, "kept")
	r.send("Keep", 0, "delayed", message.Property{Name: "DELAY", Value: "5"})
	r.pull("cg", "Keep", 0, 0, 5*time.Second)
	r.want(r.call(protocol.UpdateConsumerOffset, &header.UpdateConsumerOffsetRequestHeader{ConsumerGroup: "cg", Topic: "Keep", CommitOffset: 1}, nil), protocol.Success, "")
	r.stop()
	r = start(t, testConfig(dir))
	if msgs := r.pull("cg", "Keep", 0, 0, 5*time.Second); string(msgs[0].Body) != "kept" {
		t.Errorf("pulled %v", msgs)
	}
	if resp := r.call(protocol.QueryConsumerOffset, &header.QueryConsumerOffsetRequestHeader{ConsumerGroup: "cg", Topic: "Keep"}, nil); resp.ExtFields.Get("offset") != "1" {
		t.Errorf("offset is %v", resp.ExtFields)
	}
	if msgs := r.pull("cg", "Keep", 0, 1, 15*time.Second); string(msgs[0].Body) != "delayed" {
		t.Errorf("pulled %v", msgs)
	}
}

func TestCorruptConfigRefusesToStart(t *testing.T) {
	dir := t.TempDir()
	start(t, testConfig(dir)).stop()
	for _, name := range []string{"topics.json", "topics.json.bak"} {
		if err := os.WriteFile(filepath.Join(dir, "config", name), []byte("{broken"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := broker.New(testConfig(dir), broker.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "topics.json") {
		t.Errorf("Start = %v; want an error that names topics.json", err)
	}
}

func TestBusyPortNamesPortAndKey(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := testConfig(t.TempDir())
	cfg.Network.ListenPort = l.Addr().(*net.TCPAddr).Port
	b, err := broker.New(cfg, broker.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	err = b.Start(t.Context())
	if !errors.Is(err, broker.ErrPortBusy) || !strings.Contains(err.Error(), l.Addr().String()) || !strings.Contains(err.Error(), "listenPort") {
		t.Errorf("Start = %v", err)
	}
}

func TestSecondBrokerOnTheStoreIsRefused(t *testing.T) {
	dir := t.TempDir()
	start(t, testConfig(dir))
	b, _ := broker.New(testConfig(dir), broker.Deps{})
	if err := b.Start(t.Context()); err == nil {
		t.Error("two brokers share a store")
		_ = b.Shutdown(context.Background())
	}
}
