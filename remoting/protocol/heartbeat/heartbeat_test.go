package heartbeat_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// TestClientsOfOtherLanguages: the Go client of Apache writes enums in its own way, and no fingerprint.
func TestClientsOfOtherLanguages(t *testing.T) {
	var got heartbeat.HeartbeatData
	err := got.Decode([]byte(`{"clientID":"c","producerDataSet":[{"groupName":"pg"}],"consumerDataSet":[{"groupName":"cg",
		"consumeType":"CONSUME_PASSIVELY","messageModel":"Clustering","consumeFromWhere":"CONSUME_FROM_LAST_OFFSET",
		"subscriptionDataSet":[{"classFilterMode":false,"topic":"T","subString":"*","tagsSet":null,"codeSet":[],"subVersion":1}],"unitMode":false}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := heartbeat.HeartbeatData{
		ClientID: "c", ProducerDataSet: []heartbeat.ProducerData{{GroupName: "pg"}},
		ConsumerDataSet: []heartbeat.ConsumerData{{
			GroupName: "cg", ConsumeType: heartbeat.ConsumePassively, MessageModel: heartbeat.Clustering,
			ConsumeFromWhere: heartbeat.ConsumeFromLastOffset,
			SubscriptionDataSet: []heartbeat.SubscriptionData{{
				Topic: "T", SubString: heartbeat.SubAll, SubVersion: 1, ExpressionType: heartbeat.ExpressionTag,
			}},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSubscriptionsAreSets(t *testing.T) {
	a := heartbeat.SubscriptionData{Topic: "T", TagsSet: []string{"A", "B"}, CodeSet: []int32{65, 66}}
	b := heartbeat.SubscriptionData{Topic: "T", TagsSet: []string{"B", "A"}, CodeSet: []int32{66, 65}}
	if !a.Equal(&b) {
		t.Error("the order of tags makes a difference")
	}
	if b.SubVersion = 1; a.Equal(&b) {
		t.Error("the version makes no difference")
	}
}

// FuzzHeartbeat: whatever is read, nothing panics, and what is written of it is written again just so.
func FuzzHeartbeat(f *testing.F) {
	f.Add([]byte(`{"clientID":"c","consumerDataSet":[{"groupName":"g","subscriptionDataSet":[{"codeSet":[-5],"tagsSet":["A"],"topic":"T"}]}]}`))
	f.Add([]byte(`{"heartbeatFingerprint":7,"withoutSub":true,"producerDataSet":[{},null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d, again heartbeat.HeartbeatData
		if d.Decode(data) != nil {
			return
		}
		if err := again.Decode(d.Encode()); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(d.Encode(), again.Encode()) {
			t.Fatalf("%s\nthen %s", d.Encode(), again.Encode())
		}
	})
}

func ExampleHeartbeatData_Encode() {
	d := heartbeat.HeartbeatData{ClientID: "10.0.0.9@1", ProducerDataSet: []heartbeat.ProducerData{{GroupName: "orders"}}}
	fmt.Printf("%s\n", d.Encode())
	// Output: {"clientID":"10.0.0.9@1","consumerDataSet":[],"heartbeatFingerprint":0,"producerDataSet":[{"groupName":"orders"}],"withoutSub":false}
}
