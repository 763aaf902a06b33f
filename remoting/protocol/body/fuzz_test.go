package body_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// everyClass are Apache's names of all bodies that newBody knows.
var everyClass = []string{
	"TopicRouteData", "HeartbeatData", "SubscriptionData", "RegisterBrokerBody", "TopicConfigSerializeWrapper",
	"TopicConfigAndMappingSerializeWrapper", "TopicStatsTable", "ConsumeStats", "ConsumerConnection", "ProducerConnection",
	"ClusterInfo", "ResetOffsetBody", "GetConsumerStatusBody", "ConsumerRunningInfo", "GroupList", "TopicList", "KVTable",
	"LockBatchRequestBody", "LockBatchResponseBody", "UnlockBatchRequestBody", "GetConsumerListByGroupResponseBody",
	"SubscriptionGroupWrapper", "ConsumerOffsetSerializeWrapper", "BrokerStatsData", "CheckClientRequestBody",
	"ConsumeMessageDirectlyResult", "BrokerMemberGroup", "TopicConfig", "DataVersion", "SubscriptionGroupConfig",
	"DelayOffsetSerializeWrapper", "GetBrokerMemberGroupResponseBody", "ProducerTableInfo", "TopicQueueMappingInfo", "ConsumeStatus",
}

// FuzzBodies: whatever a body is read from, nothing panics, and what is written of it is written again just so.
func FuzzBodies(f *testing.F) {
	for i, class := range everyClass {
		b := newBody(class)
		f.Add(byte(i), fastjson.Marshal(b))
	}
	f.Add(byte(6), []byte(`{"offsetTable":{{"brokerName":"b","queueId":1,"topic":"T"}:{"maxOffset":5}},"topicPutTps":1.5}`))
	f.Add(byte(10), []byte(`{"brokerAddrTable":{"b":{"brokerAddrs":{0:"a:1","1":"a:2"}}},"clusterAddrTable":{"c":["b"]}}`))
	f.Fuzz(func(t *testing.T, class byte, data []byte) {
		name := everyClass[int(class)%len(everyClass)]
		b := newBody(name)
		if fastjson.Unmarshal(bytes.Clone(data), b) != nil {
			return
		}
		read := newBody(name) // with the defaults of members that are absent in data
		if err := fastjson.Unmarshal(fastjson.Marshal(b), read); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text := fastjson.Marshal(read)
		again := newBody(name)
		if err := fastjson.Unmarshal(text, again); err != nil {
			t.Fatalf("%s %s: %v", name, text, err)
		}
		if twice := fastjson.Marshal(again); !bytes.Equal(text, twice) {
			t.Fatalf("%s: %s\nthen %s", name, text, twice)
		}
	})
}

// FuzzRegisterBody: whatever a deflated registration inflates to, nothing panics, and what was read is written and read again
// unchanged.
func FuzzRegisterBody(f *testing.F) {
	b := registration()
	data, err := b.EncodeCompressed()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("\x78\x9c"))
	f.Add(b.Encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second body.RegisterBrokerBody
		if first.DecodeAny(data) != nil {
			return
		}
		deflated, err := first.EncodeCompressed()
		if err != nil {
			t.Fatal(err)
		}
		if err := second.DecodeAny(deflated); err != nil && !oddNames(&first) {
			t.Fatalf("%+v: %v", first, err)
		}
	})
}

// oddNames says that a topic's name or filter type has a space, which the deflated form separates words by.
func oddNames(b *body.RegisterBrokerBody) bool {
	for _, topic := range b.TopicConfigSerializeWrapper.TopicConfigTable {
		if bytes.ContainsRune([]byte(topic.TopicName+topic.TopicFilterType), ' ') {
			return true
		}
	}
	return false
}

func registration() *body.RegisterBrokerBody {
	topic := body.NewTopicConfig("TopicTest")
	topic.Attributes = map[string]string{"message.type": "NORMAL"}
	b := new(body.RegisterBrokerBody)
	b.TopicConfigSerializeWrapper.TopicConfigTable = map[string]body.TopicConfig{"TopicTest": topic}
	b.TopicConfigSerializeWrapper.DataVersion = body.DataVersion{Counter: 3, Timestamp: 1700000000000}
	b.TopicConfigSerializeWrapper.TopicQueueMappingInfoMap = map[string]body.TopicQueueMappingInfo{
		"S": {Topic: "S", BName: "broker-a", TotalQueues: 2, CurrIDMap: map[int32]int32{0: 1}},
	}
	return b
}

func TestRegistrationBothForms(t *testing.T) {
	want := registration()
	deflated, err := want.EncodeCompressed()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"plain": want.Encode(), "deflated": deflated} {
		var got body.RegisterBrokerBody
		if err := got.DecodeAny(data); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, &got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestDefaultsOfAbsentMembers(t *testing.T) {
	var group body.SubscriptionGroupConfig
	if err := group.Decode([]byte(`{"groupName":"g","retryMaxTimes":3}`)); err != nil {
		t.Fatal(err)
	}
	want := body.NewSubscriptionGroupConfig("g")
	want.RetryMaxTimes = 3
	if diff := cmp.Diff(want, group); diff != "" {
		t.Error(diff)
	}
	var topic body.TopicConfig
	if err := topic.ParseText("T 3 4 6 MULTI_TAG"); err != nil || topic.Attributes != nil || topic.WriteQueueNums != 4 {
		t.Errorf("%+v, %v", topic, err)
	}
	if err := topic.ParseText("T 3 x 6 MULTI_TAG"); err == nil {
		t.Error("a number that is none was read")
	}
}

// TestObjectKeysAreSorted: equal tables are equal documents.
func TestObjectKeysAreSorted(t *testing.T) {
	b := body.ResetOffsetBody{OffsetTable: map[message.MessageQueue]int64{
		{Topic: "T", BrokerName: "b", QueueID: 2}: 20, {Topic: "T", BrokerName: "a", QueueID: 9}: 90,
	}}
	want := `{"offsetTable":{{"brokerName":"a","queueId":9,"topic":"T"}:90,{"brokerName":"b","queueId":2,"topic":"T"}:20}}`
	if got := string(b.Encode()); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
