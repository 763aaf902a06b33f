package route_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/remoting/protocol/route"
)

// TestBothForms: a route as Apache's name server answers clients before 4.9.4 and from then on reads the same.
func TestBothForms(t *testing.T) {
	want := route.TopicRouteData{
		QueueDatas:        []route.QueueData{{BrokerName: "broker-a", ReadQueueNums: 4, WriteQueueNums: 4, Perm: 6}},
		BrokerDatas:       []route.BrokerData{{Cluster: "C", BrokerName: "broker-a", BrokerAddrs: map[int64]string{0: "10.0.0.1:10911", 1: "10.0.0.2:10911"}}},
		FilterServerTable: map[string][]string{},
	}
	for _, data := range [][]byte{want.Encode(), want.EncodeStandard()} {
		var got route.TopicRouteData
		if err := got.Decode(data); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", data, diff)
		}
	}
	if !bytes.Contains(want.Encode(), []byte(`{0:"10.0.0.1:10911",1:`)) || !bytes.Contains(want.EncodeStandard(), []byte(`{"0":"10.0.0.1:10911","1":`)) {
		t.Errorf("%s\n%s", want.Encode(), want.EncodeStandard())
	}
}

// FuzzRoute: whatever is read, nothing panics, and what is written of it, in either form, reads the same again.
func FuzzRoute(f *testing.F) {
	f.Add([]byte(`{"brokerDatas":[{"brokerAddrs":{0:"a:1"},"brokerName":"b","cluster":"c"}],"queueDatas":[{"brokerName":"b","perm":6}]}`))
	f.Add([]byte(`{"orderTopicConf":"b:4","filterServerTable":{"x":["y"]},"brokerDatas":[{"brokerAddrs":{"0":"a:1"}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d route.TopicRouteData
		if d.Decode(data) != nil {
			return
		}
		for _, text := range [][]byte{d.Encode(), d.EncodeStandard()} {
			var again route.TopicRouteData
			if err := again.Decode(text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if !bytes.Equal(d.Encode(), again.Encode()) {
				t.Fatalf("%s\nthen %s", d.Encode(), again.Encode())
			}
		}
	})
}

func ExampleTopicRouteData_Decode() {
	var d route.TopicRouteData
	answer := `{"brokerDatas":[{"brokerAddrs":{0:"10.0.0.1:10911"},"brokerName":"broker-a","cluster":"C"}],
		"queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":4,"topicSysFlag":0,"writeQueueNums":4}]}`
	if err := d.Decode([]byte(answer)); err != nil {
		fmt.Println(err)
	}
	fmt.Println(d.QueueDatas[0].WriteQueueNums, "queues at", d.BrokerDatas[0].BrokerAddrs[0])
	// Output: 4 queues at 10.0.0.1:10911
}
