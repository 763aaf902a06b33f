package reliability

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// evilNames are names that no topic and no group may have.
func evilNames() []string {
	return []string{
		"..", ".", "../x", "../../../../x", "/x", "/etc/x", "a/b", `a\b`, `..\x`, "a\x00b", "\x00", "%RETRY%../x", "%RETRY%a/../../x", "%DLQ%../../x",
		"．．/x", "a b", "a\nb", "\x1b[31mred", "a:b", "名前", "a.b", strings.Repeat("a", 256), strings.Repeat("../", 60) + "x",
	}
}

// naming is a request that carries a name, where the server expects a topic's or a group's.
type naming struct {
	code   protocol.RequestCode
	header protocol.CustomHeader
	body   []byte
	// harmless says that success is no fault: nothing is there, and nothing is made.
	harmless bool
}

// brokerNamings are all of a broker's requests with a name.
func brokerNamings(name string) []naming {
	group := body.NewSubscriptionGroupConfig(name)
	lock := body.LockBatchRequestBody{ConsumerGroup: name, ClientID: "c", MQSet: []message.MessageQueue{{Topic: name, BrokerName: brokerName}}}
	unlock := body.UnlockBatchRequestBody{ConsumerGroup: name, ClientID: "c", MQSet: []message.MessageQueue{{Topic: name, BrokerName: brokerName}}}
	batch, _ := message.EncodeBatch([]*message.Message{message.New("T", []byte("x"))}) // cannot fail
	v1 := func(topic, group string) *header.SendMessageRequestHeader {
		return &header.SendMessageRequestHeader{ProducerGroup: group, Topic: topic, DefaultTopic: "TBW102", DefaultTopicQueueNums: 4}
	}
	batchHeader := sendHeader(name, 0)
	batchHeader.Batch = true
	after := sendHeader(name, 0)
	after.DefaultTopic = name
	pull := func(topic, group string) *header.PullMessageRequestHeader {
		return &header.PullMessageRequestHeader{ConsumerGroup: group, Topic: topic, MaxMsgNums: 1, Subscription: "*", SysFlag: header.PullSubscription}
	}
	return []naming{
		{code: protocol.SendMessage, header: v1(name, "g"), body: []byte("x")},
		{code: protocol.SendMessageV2, header: sendHeader(name, 0), body: []byte("x")},
		{code: protocol.SendMessageV2, header: after, body: []byte("x")},
		{code: protocol.SendBatchMessage, header: batchHeader, body: batch},
		{code: protocol.ConsumerSendMsgBack, header: &header.ConsumerSendMsgBackRequestHeader{Group: name, OriginTopic: name}},
		{code: protocol.ConsumerSendMsgBack, header: &header.ConsumerSendMsgBackRequestHeader{Group: "g", OriginTopic: name, Offset: 1 << 40}},
		{code: protocol.PullMessage, header: pull(name, "g")},
		{code: protocol.PullMessage, header: pull(topic, name)},
		{code: protocol.LitePullMessage, header: pull(name, name)},
		{code: protocol.UpdateAndCreateTopic, header: &header.CreateTopicRequestHeader{Topic: name, DefaultTopic: "TBW102", ReadQueueNums: 1, WriteQueueNums: 1, Perm: 6}},
		{code: protocol.DeleteTopicInBroker, header: &header.DeleteTopicRequestHeader{Topic: name}},
		{code: protocol.GetTopicConfig, header: &header.GetTopicConfigRequestHeader{Topic: name}},
		{code: protocol.GetTopicStatsInfo, header: &header.GetTopicStatsInfoRequestHeader{Topic: name}},
		{code: protocol.GetMaxOffset, header: &header.GetMaxOffsetRequestHeader{Topic: name}},
		{code: protocol.GetMinOffset, header: &header.GetMinOffsetRequestHeader{Topic: name}},
		{code: protocol.SearchOffsetByTimestamp, header: &header.SearchOffsetRequestHeader{Topic: name}},
		{code: protocol.GetEarliestMsgStoreTime, header: &header.GetEarliestMsgStoretimeRequestHeader{Topic: name}},
		{code: protocol.QueryMessage, header: &header.QueryMessageRequestHeader{Topic: name, Key: name, MaxNum: 1, EndTimestamp: 1 << 50}},
		{code: protocol.UpdateConsumerOffset, header: &header.UpdateConsumerOffsetRequestHeader{ConsumerGroup: name, Topic: topic, CommitOffset: 1}},
		{code: protocol.UpdateConsumerOffset, header: &header.UpdateConsumerOffsetRequestHeader{ConsumerGroup: "TOOLS_CONSUMER", Topic: name, CommitOffset: 1}},
		{code: protocol.QueryConsumerOffset, header: &header.QueryConsumerOffsetRequestHeader{ConsumerGroup: name, Topic: name}},
		{code: protocol.GetConsumeStats, header: &header.GetConsumeStatsRequestHeader{ConsumerGroup: name, Topic: name}, harmless: true},
		{code: protocol.UpdateAndCreateSubscriptionGroup, body: group.Encode()},
		{code: protocol.DeleteSubscriptionGroup, header: &header.DeleteSubscriptionGroupRequestHeader{GroupName: name, CleanOffset: true}, harmless: true},
		{code: protocol.GetSubscriptionGroupConfig, header: &header.GetSubscriptionGroupConfigRequestHeader{Group: name}},
		{code: protocol.QueryTopicConsumeByWho, header: &header.QueryTopicConsumeByWhoRequestHeader{Topic: name}, harmless: true},
		{code: protocol.QueryTopicsByConsumer, header: &header.QueryTopicsByConsumerRequestHeader{Group: name}, harmless: true},
		{code: protocol.InvokeBrokerToResetOffset, header: &header.ResetOffsetRequestHeader{Topic: name, Group: name, Timestamp: 1}},
		{code: protocol.LockBatchMQ, body: lock.Encode()},
		{code: protocol.UnlockBatchMQ, body: unlock.Encode(), harmless: true},
		{code: protocol.UnregisterClient, header: &header.UnregisterClientRequestHeader{ClientID: name, ProducerGroup: name, ConsumerGroup: name}, harmless: true},
		{code: protocol.HeartBeat, body: evilHeartbeat(name), harmless: true}, // passed over, as by Apache's
		{code: protocol.GetConsumerListByGroup, header: &header.GetConsumerListByGroupRequestHeader{ConsumerGroup: name}},
		{code: protocol.GetConsumerConnectionList, header: &header.GetConsumerConnectionListRequestHeader{ConsumerGroup: name}},
		{code: protocol.GetProducerConnectionList, header: &header.GetProducerConnectionListRequestHeader{ProducerGroup: name}},
		{code: protocol.UpdateBrokerConfig, body: []byte("storePathRootDir=" + name)},
	}
}

// evilHeartbeat is of a client whose every name is bad.
func evilHeartbeat(name string) []byte {
	data := heartbeat.HeartbeatData{
		ClientID:        name,
		ProducerDataSet: []heartbeat.ProducerData{{GroupName: name}},
		ConsumerDataSet: []heartbeat.ConsumerData{{
			GroupName: name, ConsumeType: heartbeat.ConsumePassively, MessageModel: heartbeat.Clustering, ConsumeFromWhere: heartbeat.ConsumeFromFirstOffset,
			SubscriptionDataSet: []heartbeat.SubscriptionData{{Topic: name, SubString: "*", ExpressionType: "TAG"}},
		}},
	}
	return data.Encode()
}

// nameServerNamings are all of a name server's requests with a topic's name.
func nameServerNamings(name string) []naming {
	var data route.TopicRouteData
	data.QueueDatas = []route.QueueData{{BrokerName: brokerName, ReadQueueNums: 1, WriteQueueNums: 1, Perm: 6}}
	return []naming{
		{code: protocol.GetRouteInfoByTopic, header: &header.GetRouteInfoRequestHeader{Topic: name}},
		{code: protocol.RegisterTopicInNamesrv, header: &header.RegisterTopicRequestHeader{Topic: name}, body: data.Encode()},
		{code: protocol.DeleteTopicInNamesrv, header: &header.DeleteTopicFromNamesrvRequestHeader{Topic: name}, harmless: true},
		{code: protocol.UpdateNamesrvConfig, body: []byte("configStorePath=" + name)},
		{code: protocol.GetTopicsByCluster, header: &header.GetTopicsByClusterRequestHeader{Cluster: name}, harmless: true},
	}
}

// Bad names are refused wherever a request has one, and nothing appears on disk: neither in the store nor beside it.
func TestEvilNames(t *testing.T) {
	c, targets := newTargets(t)
	targets[1].bystander.createTopic(t, topic, queues)
	folder := filepath.Dir(c.Brokers[0].StoreFolder())
	time.Sleep(50 * time.Millisecond) // the store's own files of the start
	before := listing(t, filepath.Dir(folder))
	namings := []func(string) []naming{nameServerNamings, brokerNamings}
	for i, s := range targets {
		for _, name := range evilNames() {
			for _, n := range namings[i](name) {
				resp, err := s.bystander.call(n.code, n.header, n.body)
				if err != nil {
					t.Fatalf("%v with %q: %v", n.code, name, err)
				}
				sober(t, n.code, resp)
				if resp.Code == int32(protocol.Success) && !n.harmless {
					t.Errorf("%s: %v took the name %.40q", s.name, n.code, name)
				}
			}
		}
	}
	c.Brokers[0].Restart(t) // whatever it would save is saved
	for _, name := range listing(t, filepath.Dir(folder)) {
		if !slices.Contains(before, name) && !expected(name) {
			t.Errorf("there is a new file: %s", name)
		}
	}
	for _, file := range []string{"topics.json", "subscriptionGroup.json", "consumerOffset.json"} {
		noEvil(t, filepath.Join(c.Brokers[0].StoreFolder(), "config", file))
	}
}

// expected says whether a file is one that a broker makes at a stop whatever was asked of it.
func expected(name string) bool {
	parent, file := filepath.Base(filepath.Dir(name)), filepath.Base(name)
	return parent == "config" && (strings.HasSuffix(file, ".json") || strings.HasSuffix(file, ".json.bak"))
}

// listing is everything below a folder.
func listing(t *testing.T, folder string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		names = append(names, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// noEvil checks that a file mentions none of the names, as far as they can be told from the rest.
func noEvil(t *testing.T, file string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"..", "/x", "/b", "\\u0000", "\\n", "名", "a b", "a:b", "a.b", strings.Repeat("a", 200)} {
		if strings.Contains(string(content), name) {
			t.Errorf("%s mentions %q:\n%.2000s", filepath.Base(file), name, content)
		}
	}
}

// The lengths that are just allowed, and those that are not any more.
func TestNameLengths(t *testing.T) {
	_, targets := newTargets(t)
	r := targets[1].bystander
	for _, c := range []struct {
		length int
		want   protocol.ResponseCode
	}{{127, protocol.Success}, {128, protocol.InvalidParameter}, {255, protocol.InvalidParameter}, {256, protocol.InvalidParameter}, {100_000, protocol.InvalidParameter}} {
		name := strings.Repeat("n", c.length)
		for _, n := range []naming{
			{code: protocol.SendMessageV2, header: sendHeader(name, 0), body: []byte("x")},
			{code: protocol.UpdateAndCreateTopic, header: &header.CreateTopicRequestHeader{Topic: name + "c", DefaultTopic: "TBW102", ReadQueueNums: 1, WriteQueueNums: 1, Perm: 6}},
		} {
			want := c.want
			if n.code == protocol.UpdateAndCreateTopic && c.length == 127 {
				want = protocol.InvalidParameter // with its "c" it is one too long
			}
			resp, err := r.call(n.code, n.header, n.body)
			if err != nil || protocol.ResponseCode(resp.Code) != want {
				t.Errorf("%v with a name of %d: %v, %v", n.code, c.length, resp, err)
			}
		}
	}
}
