package processor_test

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/longpolling"
	"github.com/plumemq/plume/broker/processor"
	"github.com/plumemq/plume/broker/stats"
	"github.com/plumemq/plume/broker/store"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// pullWorld is everything that a pull can ask, all in one.
type pullWorld struct {
	status     store.GetMessageStatus
	topic      body.TopicConfig
	group      body.SubscriptionGroupConfig
	forbidden  int32
	permission int32
	model      heartbeat.MessageModel
	sub        *heartbeat.SubscriptionData
	online     bool
	reset      bool
	committed  []int64
	held       int
}

func newWorld() *pullWorld {
	return &pullWorld{topic: body.NewTopicConfig("T"), group: body.NewSubscriptionGroupConfig("g"), permission: 6}
}

func (w *pullWorld) GetMessage(context.Context, string, string, int32, int64, int, int, store.MessageFilter) (*store.GetMessageResult, error) {
	return &store.GetMessageResult{Status: w.status, NextBeginOffset: 7, MinOffset: 1, MaxOffset: 9}, nil
}
func (w *pullWorld) MinOffsetInQueue(string, int32) int64 { return 0 }
func (w *pullWorld) MaxOffsetInQueue(string, int32) int64 { return 0 }
func (w *pullWorld) SelectTopicConfig(name string) *body.TopicConfig {
	if name != "T" {
		return nil
	}
	return &w.topic
}
func (w *pullWorld) FindSubscriptionGroupConfig(string) (*body.SubscriptionGroupConfig, error) {
	return &w.group, nil
}
func (w *pullWorld) GetForbidden(string, string) int32 { return w.forbidden }
func (w *pullWorld) Subscription(string, string) (*heartbeat.SubscriptionData, heartbeat.MessageModel, bool) {
	return w.sub, w.model, w.online
}
func (w *pullWorld) CommitOffset(_, _, _ string, _ int32, off int64) {
	w.committed = append(w.committed, off)
}
func (w *pullWorld) CommitPullOffset(string, string, int32, int64) {}
func (w *pullWorld) SuspendPullRequest(*longpolling.PullRequest)   { w.held++ }
func (w *pullWorld) QueryThenEraseResetOffset(string, string, int32) (int64, bool) {
	return 3, w.reset
}

func (w *pullWorld) pull(flags int32, change func(h *header.PullMessageRequestHeader)) (*protocol.RemotingCommand, error) {
	p := processor.NewPullMessageProcessor(processor.PullConfig{
		BrokerIP1: "10.0.0.1", Permission: func() int32 { return w.permission }, LongPolling: true, Logger: zap.NewNop(),
	}, processor.PullDeps{Store: w, Topics: w, Groups: w, Subscriptions: w, Offsets: w, Holder: w, Stats: new(stats.Broker)})
	h := &header.PullMessageRequestHeader{ConsumerGroup: "g", Topic: "T", QueueOffset: 5, MaxMsgNums: 32, SysFlag: flags, Subscription: "A", SubVersion: 10, CommitOffset: 4, SuspendTimeoutMillis: 100}
	if change != nil {
		change(h)
	}
	req := protocol.NewRequest(protocol.PullMessage, h)
	req.MaterializeHeader()
	return p.ProcessRequest(context.Background(), &remoting.RequestContext{Request: req, Channel: new(remoting.Channel)})
}

func TestEveryGetStatusHasApachesCode(t *testing.T) {
	for status, want := range map[store.GetMessageStatus]protocol.ResponseCode{
		store.Found: protocol.Success, store.NoMatchedMessage: protocol.PullRetryImmediately, store.MessageWasRemoving: protocol.PullRetryImmediately,
		store.NoMatchedLogicQueue: protocol.PullOffsetMoved, store.NoMessageInQueue: protocol.PullOffsetMoved, store.OffsetFoundNull: protocol.PullNotFound,
		store.OffsetOverflowOne: protocol.PullNotFound, store.OffsetOverflowBadly: protocol.PullOffsetMoved, store.OffsetTooSmall: protocol.PullOffsetMoved,
	} {
		w := newWorld()
		w.status = status
		resp, err := w.pull(header.PullSubscription, nil)
		if err != nil || protocol.ResponseCode(resp.Code) != want || resp.Remark != status.String() {
			t.Errorf("%s answered %+v, %v", status, resp, err)
			continue
		}
		if h := resp.Header.(*header.PullMessageResponseHeader); h.NextBeginOffset != 7 || h.MinOffset != 1 || h.MaxOffset != 9 {
			t.Errorf("%s: header %+v", status, h)
		}
	}
	w := newWorld()
	w.status = store.NoMessageInQueue
	if resp, err := w.pull(header.PullSubscription, func(h *header.PullMessageRequestHeader) { h.QueueOffset = 0 }); err != nil || protocol.ResponseCode(resp.Code) != protocol.PullNotFound {
		t.Errorf("an empty queue from 0: %+v, %v", resp, err)
	}
}

func TestHeldOnlyWhenAsked(t *testing.T) {
	w := newWorld()
	w.status = store.OffsetOverflowOne
	if resp, err := w.pull(header.PullSubscription|header.PullSuspend|header.PullCommitOffset, nil); resp != nil || err != nil || w.held != 1 {
		t.Errorf("answered %+v, %v; held %d", resp, err, w.held)
	}
	if len(w.committed) != 1 || w.committed[0] != 4 {
		t.Errorf("committed %v", w.committed)
	}
}

func TestAnAdministratorsOrderComesFirst(t *testing.T) {
	w := newWorld()
	w.reset = true
	resp, err := w.pull(header.PullSubscription, nil)
	if err != nil || protocol.ResponseCode(resp.Code) != protocol.PullOffsetMoved || resp.Header.(*header.PullMessageResponseHeader).NextBeginOffset != 3 {
		t.Errorf("answered %+v, %v", resp, err)
	}
}

func TestRefusedPulls(t *testing.T) {
	tags := &heartbeat.SubscriptionData{Topic: "T", SubString: "A", SubVersion: 10}
	cases := []struct {
		name   string
		flags  int32
		change func(w *pullWorld)
		header func(h *header.PullMessageRequestHeader)
		want   error
		remark string
	}{
		{"broker", 4, func(w *pullWorld) { w.permission = 2 }, nil, protocol.NoPermission, "the broker[10.0.0.1] pulling message is forbidden"},
		{"group", 4, func(w *pullWorld) { w.group.ConsumeEnable = false }, nil, protocol.NoPermission, "subscription group no permission, g"},
		{"topic", 4, func(w *pullWorld) { w.topic.Perm = 2 }, nil, protocol.NoPermission, "the topic[T] pulling message is forbidden"},
		{"no topic", 4, nil, func(h *header.PullMessageRequestHeader) { h.Topic = "U" }, protocol.TopicNotExist, "topic[U] not exist, apply first please! \nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."},
		{"expression", 4, nil, func(h *header.PullMessageRequestHeader) { h.Subscription = " || " }, protocol.SubscriptionParseFailed, "parse the consumer's subscription failed"},
		{"sql", 4, nil, func(h *header.PullMessageRequestHeader) { h.ExpressionType = "SQL92" }, protocol.SystemError, "The broker does not support consumer to filter message by SQL92"},
		{"offline", 0, nil, nil, protocol.SubscriptionNotExist, "the consumer's group info not exist\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."},
		{"not subscribed", 0, func(w *pullWorld) { w.online = true }, nil, protocol.SubscriptionNotExist, "the consumer's subscription not exist\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."},
		{"newer", 0, func(w *pullWorld) { w.online, w.sub = true, tags }, func(h *header.PullMessageRequestHeader) { h.SubVersion = 11 }, protocol.SubscriptionNotLatest, "the consumer's subscription not latest"},
		{"forbidden", 0, func(w *pullWorld) { w.online, w.sub, w.forbidden = true, tags, 4 }, nil, protocol.NoPermission, "the consumer group[g] is forbidden for topic[T]"},
		{"broadcast", 0, func(w *pullWorld) {
			w.online, w.sub, w.model, w.group.ConsumeBroadcastEnable = true, tags, heartbeat.Broadcasting, false
		}, nil, protocol.NoPermission, "the consumer group[g] can not consume by broadcast way"},
	}
	for _, c := range cases {
		w := newWorld()
		if c.change != nil {
			c.change(w)
		}
		_, err := w.pull(c.flags, c.header)
		var refused *protocol.ResponseError
		if !errors.Is(err, c.want) || !errors.As(err, &refused) || refused.Remark != c.remark {
			t.Errorf("%s: %v; want %v %q", c.name, err, c.want, c.remark)
		}
	}
	w := newWorld()
	w.online, w.sub = true, tags
	if resp, err := w.pull(0, nil); err != nil || protocol.ResponseCode(resp.Code) != protocol.Success {
		t.Errorf("a heartbeat's subscription: %+v, %v", resp, err)
	}
}
