package topicroute_test

import (
	"slices"
	"testing"

	"github.com/plumemq/plume/client/internal/topicroute"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/route"
)

func brokers(names ...string) (bds []route.BrokerData) {
	for _, n := range names {
		bds = append(bds, route.BrokerData{BrokerName: n, BrokerAddrs: map[int64]string{0: n + ":10911"}})
	}
	return bds
}

func TestTopicRouteData2TopicPublishInfo(t *testing.T) {
	data := &route.TopicRouteData{
		QueueDatas: []route.QueueData{
			{BrokerName: "c", WriteQueueNums: 2, ReadQueueNums: 2, Perm: 4}, // not writable
			{BrokerName: "b", WriteQueueNums: 1, ReadQueueNums: 3, Perm: 6},
			{BrokerName: "a", WriteQueueNums: 2, ReadQueueNums: 2, Perm: 2},
			{BrokerName: "slave", WriteQueueNums: 2, ReadQueueNums: 2, Perm: 6}, // no master
			{BrokerName: "gone", WriteQueueNums: 2, ReadQueueNums: 2, Perm: 6},  // no broker
		},
		BrokerDatas: append(brokers("a", "b", "c"), route.BrokerData{BrokerName: "slave", BrokerAddrs: map[int64]string{1: "x"}}),
	}
	info, err := topicroute.TopicRouteData2TopicPublishInfo("T", data)
	want := []message.MessageQueue{{Topic: "T", BrokerName: "a"}, {Topic: "T", BrokerName: "a", QueueID: 1}, {Topic: "T", BrokerName: "b"}}
	if err != nil || !slices.Equal(info.MessageQueueList, want) || !info.OK() || info.OrderTopic {
		t.Errorf("%v, %v", info.MessageQueueList, err)
	}
	if read := topicroute.TopicRouteData2TopicSubscribeInfo("T", data); len(read) != 2+3+2+2 || read[0].BrokerName != "b" {
		t.Errorf("readable %v", read)
	}
}

func TestOrderTopicConf(t *testing.T) {
	info, err := topicroute.TopicRouteData2TopicPublishInfo("T", &route.TopicRouteData{OrderTopicConf: "b:1;a:2"})
	want := []message.MessageQueue{{Topic: "T", BrokerName: "b"}, {Topic: "T", BrokerName: "a"}, {Topic: "T", BrokerName: "a", QueueID: 1}}
	if err != nil || !info.OrderTopic || !slices.Equal(info.MessageQueueList, want) {
		t.Errorf("%v, %v", info.MessageQueueList, err)
	}
	for _, bad := range []string{"b", "b:x", "b:99999999", ";"} {
		if _, err := topicroute.TopicRouteData2TopicPublishInfo("T", &route.TopicRouteData{OrderTopicConf: bad}); err == nil {
			t.Errorf("%q accepted", bad)
		}
	}
}

func TestLimitQueues(t *testing.T) {
	data := &route.TopicRouteData{QueueDatas: []route.QueueData{
		{BrokerName: "a", ReadQueueNums: 8, WriteQueueNums: 16}, {BrokerName: "b", ReadQueueNums: 2, WriteQueueNums: 2},
	}}
	got := topicroute.LimitQueues(data, 4).QueueDatas
	if got[0].WriteQueueNums != 4 || got[0].ReadQueueNums != 4 || got[1].WriteQueueNums != 2 || data.QueueDatas[0].WriteQueueNums != 16 {
		t.Errorf("%+v, from %+v", got, data.QueueDatas)
	}
}

func TestTopicRouteDataChanged(t *testing.T) {
	base := func() *route.TopicRouteData {
		return &route.TopicRouteData{
			QueueDatas:  []route.QueueData{{BrokerName: "a", Perm: 6, WriteQueueNums: 4}, {BrokerName: "b", Perm: 6, WriteQueueNums: 4}},
			BrokerDatas: brokers("a", "b"),
		}
	}
	for name, test := range map[string]struct {
		change func(d *route.TopicRouteData)
		want   bool
	}{
		"nothing":     {func(*route.TopicRouteData) {}, false},
		"order":       {func(d *route.TopicRouteData) { slices.Reverse(d.QueueDatas); slices.Reverse(d.BrokerDatas) }, false},
		"queues":      {func(d *route.TopicRouteData) { d.QueueDatas[0].WriteQueueNums = 8 }, true},
		"address":     {func(d *route.TopicRouteData) { d.BrokerDatas[1].BrokerAddrs = map[int64]string{0: "elsewhere:1"} }, true},
		"broker gone": {func(d *route.TopicRouteData) { d.BrokerDatas = d.BrokerDatas[:1] }, true},
		"order conf":  {func(d *route.TopicRouteData) { d.OrderTopicConf = "a:4" }, true},
	} {
		now := base()
		test.change(now)
		if got := topicroute.TopicRouteDataChanged(base(), now); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !topicroute.TopicRouteDataChanged(nil, base()) {
		t.Error("the first answer is a change")
	}
}

func TestNextNeverLeavesTheList(t *testing.T) {
	info := &topicroute.TopicPublishInfo{MessageQueueList: make([]message.MessageQueue, 3)}
	for range 10 {
		info.ResetIndex()
		info.Next()
	}
	if _, ok := info.SelectOneMessageQueue("", func(string) bool { return false }); ok {
		t.Error("a queue passed a filter that none passes")
	}
}
