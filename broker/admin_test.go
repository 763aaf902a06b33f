package broker_test

import (
	"strings"
	"testing"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

func TestTopicsAndGroupsByOrder(t *testing.T) {
	r := start(t, testConfig(t.TempDir()))
	create := &header.CreateTopicRequestHeader{Topic: "Made", DefaultTopic: "TBW102", ReadQueueNums: 3, WriteQueueNums: 2, Perm: 6, TopicFilterType: "SINGLE_TAG", Attributes: "+message.type=NORMAL"}
	r.want(r.call(protocol.UpdateAndCreateTopic, create, nil), protocol.Success, "")
	var topic body.TopicConfig
	if err := topic.Decode(r.call(protocol.GetTopicConfig, &header.GetTopicConfigRequestHeader{Topic: "Made"}, nil).Body); err != nil ||
		topic.ReadQueueNums != 3 || topic.WriteQueueNums != 2 || topic.Attributes["message.type"] != "NORMAL" {
		t.Errorf("made %+v, %v", topic, err)
	}
	create.Attributes = "+cleanup.policy=COMPACTION"
	r.want(r.call(protocol.UpdateAndCreateTopic, create, nil), protocol.SystemError, "cleanup.policy=COMPACTION")
	r.send("Made", 1, "x")
	var stats body.TopicStatsTable
	if err := stats.Decode(r.call(protocol.GetTopicStatsInfo, &header.GetTopicStatsInfoRequestHeader{Topic: "Made"}, nil).Body); err != nil || len(stats.OffsetTable) != 3 {
		t.Errorf("stats %+v, %v", stats, err)
	}
	var all body.TopicConfigSerializeWrapper
	if err := all.Decode(r.call(protocol.GetAllTopicConfig, nil, nil).Body); err != nil || all.TopicConfigTable["Made"].ReadQueueNums != 3 ||
		all.TopicConfigTable["TBW102"].Perm != 7 || all.TopicConfigTable["SCHEDULE_TOPIC_XXXX"].ReadQueueNums != 18 {
		t.Errorf("all topics: %v", err)
	}
	r.want(r.call(protocol.DeleteTopicInBroker, &header.DeleteTopicRequestHeader{Topic: "Made"}, nil), protocol.Success, "")
	r.want(r.call(protocol.GetTopicConfig, &header.GetTopicConfigRequestHeader{Topic: "Made"}, nil), protocol.TopicNotExist, "No topic in this broker")

	group := body.NewSubscriptionGroupConfig("ordered")
	group.RetryMaxTimes = 3
	r.want(r.call(protocol.UpdateAndCreateSubscriptionGroup, nil, group.Encode()), protocol.Success, "")
	var groups body.SubscriptionGroupWrapper
	if err := groups.Decode(r.call(protocol.GetAllSubscriptionGroupConfig, nil, nil).Body); err != nil || groups.SubscriptionGroupTable["ordered"].RetryMaxTimes != 3 {
		t.Errorf("groups %v", err)
	}
	r.want(r.call(protocol.DeleteSubscriptionGroup, &header.DeleteSubscriptionGroupRequestHeader{GroupName: "ordered", CleanOffset: true}, nil), protocol.Success, "")
}

func TestBrokerAnswersForItself(t *testing.T) {
	r := start(t, testConfig(t.TempDir()))
	var info body.KVTable
	if err := info.Decode(r.call(protocol.GetBrokerRuntimeInfo, nil, nil).Body); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"brokerVersionDesc", "putTps", "getTransferredTps", "sendThreadPoolQueueSize", "pullThreadPoolQueueSize", "sendThreadPoolQueueHeadWaitTimeMills",
		"pullThreadPoolQueueHeadWaitTimeMills", "pageCacheLockTimeMills", "earliestMessageTimeStamp", "commitLogDiskRatio", "timerReadBehind", "timerOffsetBehind",
		"timerCongestNum", "timerEnqueueTps", "timerDequeueTps", "msgPutTotalYesterdayMorning", "msgPutTotalTodayMorning", "msgGetTotalTodayMorning", "brokerActive"} {
		if info.Table[k] == "" {
			t.Errorf("runtime info lacks %s", k)
		}
	}
	conf := string(r.call(protocol.GetBrokerConfig, nil, nil).Body)
	if !strings.Contains(conf, "brokerName=broker-a\n") {
		t.Errorf("configuration: %s", conf)
	}
	r.want(r.call(protocol.UpdateBrokerConfig, nil, []byte("autoCreateTopicEnable=false")), protocol.Success, "")
	r.want(r.call(protocol.SendMessageV2, sendHeader("NotAnyMore", 0), []byte("x")), protocol.TopicNotExist, "apply first")
	r.want(r.call(protocol.UpdateBrokerConfig, nil, []byte("brokerPermission=2")), protocol.Success, "")
	r.want(r.call(protocol.PullMessage, pullHeader("g", "BenchmarkTest", 0, 0, 0), nil), protocol.NoPermission, "pulling message is forbidden")
	r.want(r.call(protocol.GetAllDelayOffset, nil, nil), protocol.Success, "")
	r.want(r.call(protocol.GetAllConsumerOffset, nil, nil), protocol.Success, "")
}

func TestQueueLocks(t *testing.T) {
	r := start(t, testConfig(t.TempDir()))
	queue := message.MessageQueue{Topic: "T", BrokerName: "broker-a", QueueID: 0}
	lock := func(client string) int {
		req := body.LockBatchRequestBody{ConsumerGroup: "cg", ClientID: client, MQSet: []message.MessageQueue{queue}}
		var held body.LockBatchResponseBody
		if err := held.Decode(r.want(r.call(protocol.LockBatchMQ, nil, req.Encode()), protocol.Success, "").Body); err != nil {
			t.Fatal(err)
		}
		return len(held.LockOKMQSet)
	}
	if lock("c1") != 1 || lock("c2") != 0 {
		t.Error("the lock is not exclusive")
	}
	unlock := body.UnlockBatchRequestBody{ConsumerGroup: "cg", ClientID: "c1", MQSet: []message.MessageQueue{queue}}
	r.want(r.call(protocol.UnlockBatchMQ, nil, unlock.Encode()), protocol.Success, "")
	if lock("c2") != 1 {
		t.Error("the lock was not given back")
	}
}
