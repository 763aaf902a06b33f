package broker_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testConfig is a small broker on a free port.
func testConfig(dir string) broker.Config {
	cfg := broker.DefaultConfig()
	cfg.BrokerName = "broker-a"
	cfg.Network.ListenPort = 0
	cfg.Store.StorePathRootDir = dir
	cfg.Store.MappedFileSizeCommitLog = 8 << 20
	cfg.Store.MappedFileSizeConsumeQueue = 20 * 1000
	cfg.Store.MaxHashSlotNum, cfg.Store.MaxIndexNum = 1000, 4000
	cfg.Store.DiskSpaceWarningLevelRatio = 100
	cfg.Schedule.MessageDelayLevel = "1s 1s 1s 1s 2s"
	cfg.Pools.Send.MaxWait = 10 * time.Second // a loaded machine is not what these tests are about
	return cfg
}

// rig is a broker and a client that speaks the wire to it.
type rig struct {
	t      *testing.T
	b      *broker.Broker
	client *remoting.Client
}

func start(t *testing.T, cfg broker.Config) *rig {
	t.Helper()
	b, err := broker.New(cfg, broker.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, b: b, client: remoting.NewClient(remoting.ClientConfig{})}
	t.Cleanup(r.stop)
	return r
}

func (r *rig) stop() {
	r.client.Shutdown()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := r.b.Shutdown(ctx); err != nil {
		r.t.Errorf("Shutdown: %v", err)
	}
}

// call sends a request and returns the answer whatever its code.
func (r *rig) call(code protocol.RequestCode, h protocol.CustomHeader, body []byte) *protocol.RemotingCommand {
	r.t.Helper()
	req := protocol.NewRequest(code, h)
	req.Body = body
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	resp, err := r.client.InvokeSync(ctx, r.b.Addr().String(), req)
	if err != nil {
		r.t.Fatalf("%s: %v", code, err)
	}
	return resp
}

// want fails unless the answer has the code and its remark contains the text.
func (r *rig) want(resp *protocol.RemotingCommand, code protocol.ResponseCode, remark string) *protocol.RemotingCommand {
	r.t.Helper()
	if protocol.ResponseCode(resp.Code) != code || !strings.Contains(resp.Remark, remark) {
		r.t.Fatalf("answered %s %q; want %s with %q", protocol.ResponseCode(resp.Code), resp.Remark, code, remark)
	}
	return resp
}

func sendHeader(topic string, queue int32, props ...message.Property) *header.SendMessageRequestHeaderV2 {
	return &header.SendMessageRequestHeaderV2{
		ProducerGroup: "pg", Topic: topic, DefaultTopic: "TBW102", DefaultTopicQueueNums: 4, QueueID: queue, BornTimestamp: 1700000000000,
		Properties: message.Properties(append(props, message.Property{Name: "UNIQ_KEY", Value: "U1"})).String(),
	}
}

func (r *rig) send(topic string, queue int32, text string, props ...message.Property) header.SendMessageResponseHeader {
	r.t.Helper()
	resp := r.want(r.call(protocol.SendMessageV2, sendHeader(topic, queue, props...), []byte(text)), protocol.Success, "")
	var h header.SendMessageResponseHeader
	if err := resp.DecodeHeader(&h); err != nil {
		r.t.Fatal(err)
	}
	return h
}

func pullHeader(group, topic string, queue int32, offset int64, suspend time.Duration) *header.PullMessageRequestHeader {
	h := &header.PullMessageRequestHeader{
		ConsumerGroup: group, Topic: topic, QueueID: queue, QueueOffset: offset, MaxMsgNums: 32, Subscription: "*",
		SysFlag: header.PullSubscription, SuspendTimeoutMillis: suspend.Milliseconds(), ExpressionType: heartbeat.ExpressionTag,
	}
	if suspend > 0 {
		h.SysFlag |= header.PullSuspend
	}
	return h
}

// pull reads messages, waiting for them up to suspend.
func (r *rig) pull(group, topic string, queue int32, offset int64, suspend time.Duration) []*message.MessageExt {
	r.t.Helper()
	resp := r.call(protocol.PullMessage, pullHeader(group, topic, queue, offset, suspend), nil)
	if protocol.ResponseCode(resp.Code) != protocol.Success {
		r.t.Fatalf("pull of %s at %d: %s %s", topic, offset, protocol.ResponseCode(resp.Code), resp.Remark)
	}
	msgs, err := message.DecodeRecords(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return msgs
}

func (r *rig) heartbeat(clientID, group string, topics ...string) {
	r.t.Helper()
	consumer := heartbeat.ConsumerData{
		GroupName: group, ConsumeType: heartbeat.ConsumePassively, MessageModel: heartbeat.Clustering, ConsumeFromWhere: heartbeat.ConsumeFromFirstOffset,
	}
	for _, t := range topics {
		consumer.SubscriptionDataSet = append(consumer.SubscriptionDataSet, heartbeat.SubscriptionData{Topic: t, SubString: "*", ExpressionType: "TAG", SubVersion: 5})
	}
	data := heartbeat.HeartbeatData{ClientID: clientID, ConsumerDataSet: []heartbeat.ConsumerData{consumer}, ProducerDataSet: []heartbeat.ProducerData{{GroupName: "pg"}}}
	resp := r.want(r.call(protocol.HeartBeat, nil, data.Encode()), protocol.Success, "")
	if resp.ExtFields.Get("IS_SUPPORT_HEART_BEAT_V2") != "true" || resp.ExtFields.Get("IS_SUB_CHANGE") != "true" || resp.Version == 0 {
		r.t.Errorf("heartbeat answered with %v, version %d", resp.ExtFields, resp.Version)
	}
}
