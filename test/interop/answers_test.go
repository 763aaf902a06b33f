//go:build interop

package interop

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// question is a request as it goes over the wire: fields are "key=value" pairs.
type question struct {
	code   protocol.RequestCode
	fields string
	body   string
}

const (
	heartbeatOfAnswers = `{"clientID":"c@1","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET","consumeType":"CONSUME_PASSIVELY","groupName":"ga","messageModel":"CLUSTERING","subscriptionDataSet":[{"classFilterMode":false,"codeSet":[],"expressionType":"TAG","subString":"*","subVersion":5,"tagsSet":[],"topic":"Answers"}],"unitMode":false}],"heartbeatFingerprint":0,"producerDataSet":[{"groupName":"pa"}],"withoutSub":false}`
	sendFields         = "a=pa&b=Answers&c=TBW102&d=4&e=0&f=0&g=1700000000000&h=0&i=KEYS\x01k\x02"
	pullFields         = "consumerGroup=ga&topic=Answers&queueId=0&maxMsgNums=4&commitOffset=0&suspendTimeoutMillis=0&subscription=*&expressionType=TAG"
	queryFields        = "maxNum=32&beginTimestamp=0&endTimestamp=99999999999999"
	topicFields        = "defaultTopic=TBW102&readQueueNums=2&writeQueueNums=2&perm=6&topicFilterType=SINGLE_TAG&topicSysFlag=0&order=false"
)

var brokerQuestions = []question{
	{protocol.UpdateAndCreateTopic, "topic=Answers&" + topicFields, ""},
	{protocol.UpdateAndCreateTopic, "topic=bad.name&" + topicFields, ""},
	{protocol.UpdateAndCreateTopic, "topic=&" + topicFields, ""},
	{protocol.UpdateAndCreateTopic, "topic=TBW102&" + topicFields, ""},
	{protocol.SendMessageV2, sendFields, "x"},
	{protocol.SendMessageV2, strings.Replace(sendFields, "e=0", "e=9", 1), "x"},
	{protocol.SendMessageV2, strings.Replace(sendFields, "b=Answers", "b=TBW102", 1), "x"},
	{protocol.SendMessageV2, strings.Replace(sendFields, "b=Answers", "b=SCHEDULE_TOPIC_XXXX", 1), "x"},
	{protocol.SendMessageV2, strings.Replace(sendFields, "b=Answers", "b=bad.name", 1), "x"},
	{protocol.SendMessageV2, strings.Replace(sendFields, "b=Answers", "b=", 1), "x"},
	{protocol.SendMessageV2, strings.Replace(strings.Replace(sendFields, "b=Answers", "b=Nowhere", 1), "c=TBW102", "c=NoSuch", 1), "x"},
	{protocol.SendMessageV2, strings.Replace(sendFields, "b=Answers", "b=%RETRY%nogroup", 1) + "&l=3&j=2", "x"},
	{protocol.SendMessageV2, strings.Replace(sendFields, "KEYS\x01", "KEYS\x01"+strings.Repeat("k", 32768), 1), "x"},
	{protocol.SendBatchMessage, strings.Replace(sendFields, "b=Answers", "b=%RETRY%ga", 1) + "&m=true", "x"},
	{protocol.PullMessage, pullFields + "&queueOffset=0&sysFlag=4&subVersion=1", ""},
	{protocol.HeartBeat, "", heartbeatOfAnswers},
	{protocol.HeartBeat, "", "{}"},
	{protocol.PullMessage, pullFields + "&queueOffset=0&sysFlag=4&subVersion=1", ""},
	{protocol.PullMessage, pullFields + "&queueOffset=7&sysFlag=4&subVersion=1", ""},
	{protocol.PullMessage, pullFields + "&queueOffset=1&sysFlag=4&subVersion=1", ""},
	{protocol.PullMessage, pullFields + "&queueOffset=-1&sysFlag=4&subVersion=1", ""},
	{protocol.PullMessage, pullFields + "&queueOffset=0&sysFlag=0&subVersion=99", ""},
	{protocol.PullMessage, strings.Replace(pullFields, "queueId=0", "queueId=9", 1) + "&queueOffset=0&sysFlag=4&subVersion=1", ""},
	{protocol.PullMessage, strings.Replace(pullFields, "topic=Answers", "topic=Nope", 1) + "&queueOffset=0&sysFlag=4&subVersion=1", ""},
	{protocol.PullMessage, strings.Replace(pullFields, "expressionType=TAG", "expressionType=SQL92", 1) + "&queueOffset=0&sysFlag=4&subVersion=1", ""},
	{protocol.PullMessage, strings.Replace(pullFields, "Group=ga", "Group=gz", 1) + "&queueOffset=0&sysFlag=0&subVersion=1", ""},
	{protocol.LitePullMessage, pullFields + "&queueOffset=0&sysFlag=20&subVersion=1", ""},
	{protocol.CheckClientConfig, "", `{"clientId":"c","group":"g","subscriptionData":{"expressionType":"SQL92","subString":"a > 1","topic":"Answers"}}`},
	{protocol.CheckClientConfig, "", `{"clientId":"c","group":"g","subscriptionData":{"expressionType":"TAG","subString":"*","topic":"Answers"}}`},
	{protocol.CheckClientConfig, "", ``},
	{protocol.GetConsumerListByGroup, "consumerGroup=ga", ""},
	{protocol.GetConsumerListByGroup, "consumerGroup=gnope", ""},
	{protocol.QueryConsumerOffset, "consumerGroup=ga&topic=Answers&queueId=0", ""},
	{protocol.QueryConsumerOffset, "consumerGroup=gq&topic=Answers&queueId=1", ""},
	{protocol.QueryConsumerOffset, "consumerGroup=gq&topic=Answers&queueId=0&setZeroIfNotFound=false", ""},
	{protocol.QueryConsumerOffset, "consumerGroup=gq&topic=Nope&queueId=0", ""},
	{protocol.UpdateConsumerOffset, "consumerGroup=ga&topic=Answers&queueId=0&commitOffset=1", ""},
	{protocol.UpdateConsumerOffset, "consumerGroup=gnew&topic=Answers&queueId=0&commitOffset=1", ""},
	{protocol.UpdateConsumerOffset, "consumerGroup=ga&topic=Nope&queueId=0&commitOffset=1", ""},
	{protocol.UpdateConsumerOffset, "consumerGroup=ga&topic=Answers&queueId=9&commitOffset=1", ""},
	{protocol.QueryConsumerOffset, "consumerGroup=ga&topic=Answers&queueId=0", ""},
	{protocol.SearchOffsetByTimestamp, "topic=Answers&queueId=0&timestamp=0", ""},
	{protocol.SearchOffsetByTimestamp, "topic=Answers&queueId=0&timestamp=99999999999999", ""},
	{protocol.SearchOffsetByTimestamp, "topic=Answers&queueId=0&timestamp=99999999999999&boundaryType=UPPER", ""},
	{protocol.SearchOffsetByTimestamp, "topic=Nope&queueId=0&timestamp=0", ""},
	{protocol.GetMaxOffset, "topic=Answers&queueId=0", ""},
	{protocol.GetMaxOffset, "topic=Nope&queueId=0", ""},
	{protocol.GetMinOffset, "topic=Answers&queueId=0", ""},
	{protocol.GetMinOffset, "topic=Nope&queueId=0", ""},
	{protocol.GetEarliestMsgStoreTime, "topic=Nope&queueId=0", ""},
	{protocol.GetEarliestMsgStoreTime, "topic=Answers&queueId=1", ""},
	{protocol.ViewMessageByID, "offset=999999999", ""},
	{protocol.ViewMessageByID, "offset=-1", ""},
	{protocol.ConsumerSendMsgBack, "offset=999999&group=ga&delayLevel=0&originMsgId=x&originTopic=Answers&unitMode=false&maxReconsumeTimes=16", ""},
	{protocol.ConsumerSendMsgBack, "offset=0&group=ga&delayLevel=0&originMsgId=x&originTopic=Answers&unitMode=false&maxReconsumeTimes=16", ""},
	{protocol.ConsumerSendMsgBack, "offset=0&group=gnope2&delayLevel=0", ""},
	{protocol.GetTopicStatsInfo, "topic=Answers", ""},
	{protocol.GetTopicStatsInfo, "topic=Nope", ""},
	{protocol.GetConsumerConnectionList, "consumerGroup=ga", ""},
	{protocol.GetConsumerConnectionList, "consumerGroup=nope", ""},
	{protocol.GetProducerConnectionList, "producerGroup=pa", ""},
	{protocol.GetProducerConnectionList, "producerGroup=nope", ""},
	{protocol.GetConsumeStats, "consumerGroup=ga&topic=Answers", ""},
	{protocol.GetConsumeStats, "consumerGroup=ga&topic=Nope", ""},
	{protocol.GetConsumeStats, "consumerGroup=ga", ""},
	{protocol.GetConsumeStats, "consumerGroup=nope", ""},
	{protocol.QueryTopicConsumeByWho, "topic=Answers", ""},
	{protocol.QueryTopicConsumeByWho, "topic=Nope", ""},
	{protocol.QueryTopicsByConsumer, "group=ga", ""},
	{protocol.GetTopicConfig, "topic=Answers&lo=true", ""},
	{protocol.GetTopicConfig, "topic=Nope", ""},
	{protocol.GetConsumerRunningInfo, "consumerGroup=nope&clientId=x&jstackEnable=false", ""},
	{protocol.GetSubscriptionGroupConfig, "group=ga", ""},
	{protocol.GetSubscriptionGroupConfig, "group=nope3", ""},
	{protocol.LockBatchMQ, "", `{"clientId":"c","consumerGroup":"ga","mqSet":[{"brokerName":"broker-a","queueId":0,"topic":"Answers"}],"onlyThisBroker":false}`},
	{protocol.LockBatchMQ, "", `{"clientId":"d","consumerGroup":"ga","mqSet":[{"brokerName":"broker-a","queueId":0,"topic":"Answers"}],"onlyThisBroker":false}`},
	{protocol.UnlockBatchMQ, "", `{"clientId":"c","consumerGroup":"ga","mqSet":[{"brokerName":"broker-a","queueId":0,"topic":"Answers"}],"onlyThisBroker":false}`},
	{protocol.DeleteTopicInBroker, "topic=", ""},
	{protocol.DeleteTopicInBroker, "topic=TBW102", ""},
	{protocol.DeleteSubscriptionGroup, "groupName=nope4&cleanOffset=false", ""},
	{protocol.UpdateAndCreateSubscriptionGroup, "", `{"groupName":"gnew2","consumeEnable":true,"retryQueueNums":1,"retryMaxTimes":16}`},
	{protocol.QueryMessage, queryFields + "&topic=Answers&key=k", ""},
	{protocol.QueryMessage, queryFields + "&topic=Answers&key=nokey", ""},
	{protocol.QueryMessage, queryFields + "&topic=Nope&key=k", ""},
	{protocol.QueryMessage, "maxNum=32&beginTimestamp=99999999999998&endTimestamp=99999999999999&topic=Answers&key=k", ""},
	{protocol.UnregisterClient, "clientID=c@1&producerGroup=pa&consumerGroup=ga", ""},
	{protocol.UnregisterClient, "clientID=c@2", ""},
	{protocol.RequestCode(4711), "", ""},
}

var nameServerQuestions = []question{
	{protocol.PutKVConfig, "namespace=n&key=k&value=v", ""},
	{protocol.GetKVConfig, "namespace=n&key=k", ""},
	{protocol.GetKVConfig, "namespace=n&key=nope", ""},
	{protocol.GetKVConfig, "namespace=nope&key=nope", ""},
	{protocol.GetKVListByNamespace, "namespace=n", ""},
	{protocol.GetKVListByNamespace, "namespace=nope", ""},
	{protocol.DeleteKVConfig, "namespace=n&key=k", ""},
	{protocol.DeleteKVConfig, "namespace=nope&key=k", ""},
	{protocol.GetKVListByNamespace, "namespace=n", ""},
	{protocol.GetRouteInfoByTopic, "topic=Answers", ""},
	{protocol.GetRouteInfoByTopic, "topic=Answers&acceptStandardJsonOnly=true", ""},
	{protocol.GetRouteInfoByTopic, "topic=Nope", ""},
	{protocol.GetBrokerClusterInfo, "", ""},
	{protocol.GetAllTopicListFromNameServer, "", ""},
	{protocol.GetTopicsByCluster, "cluster=DefaultCluster", ""},
	{protocol.GetTopicsByCluster, "cluster=nope", ""},
	{protocol.GetSystemTopicListFromNS, "", ""},
	{protocol.GetUnitTopicList, "", ""},
	{protocol.GetHasUnitSubTopicList, "", ""},
	{protocol.GetHasUnitSubUnunitTopicList, "", ""},
	{protocol.QueryDataVersion, "brokerName=nope&brokerAddr=1.2.3.4:5&clusterName=c&brokerId=0", `{"counter":1,"stateVersion":0,"timestamp":5}`},
	{protocol.GetBrokerMemberGroup, "clusterName=DefaultCluster&brokerName=broker-a", ""},
	{protocol.GetBrokerMemberGroup, "clusterName=DefaultCluster&brokerName=nope", ""},
	{protocol.WipeWritePermOfBroker, "brokerName=nope", ""},
	{protocol.WipeWritePermOfBroker, "brokerName=broker-a", ""},
	{protocol.AddWritePermOfBroker, "brokerName=nope", ""},
	{protocol.AddWritePermOfBroker, "brokerName=broker-a", ""},
	{protocol.UpdateNamesrvConfig, "", ""},
	{protocol.RegisterTopicInNamesrv, "topic=Reg", `{"brokerDatas":[],"queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":1,"topicSysFlag":0,"writeQueueNums":1}]}`},
	{protocol.DeleteTopicInNamesrv, "topic=Reg", ""},
	{protocol.DeleteTopicInNamesrv, "topic=Nope", ""},
	{protocol.RegisterBroker, "brokerName=b9&brokerAddr=1.2.3.4:5&clusterName=c9&haServerAddr=1.2.3.4:6&brokerId=0", `{"filterServerList":[],"topicConfigSerializeWrapper":{"dataVersion":{"counter":1,"stateVersion":0,"timestamp":5},"topicConfigTable":{"A":{"order":false,"perm":6,"readQueueNums":1,"topicFilterType":"SINGLE_TAG","topicName":"A","topicSysFlag":0,"writeQueueNums":1}}}}`},
	{protocol.RegisterBroker, "brokerName=b9&brokerAddr=1.2.3.4:5&clusterName=c9&haServerAddr=1.2.3.4:6&brokerId=0&bodyCrc32=5", `{"filterServerList":[]}`},
	{protocol.BrokerHeartbeat, "clusterName=c&brokerAddr=1.2.3.4:5&brokerName=x", ""},
	{protocol.UnregisterBroker, "brokerName=b9&brokerAddr=1.2.3.4:5&clusterName=c9&brokerId=0", ""},
	{protocol.RequestCode(4711), "", ""},
}

// TestParityOfAnswers asks Apache's servers and ours the same, in the same order, and compares codes, remarks, header fields and bodies.
// Not asked is what Apache answers with an exception where we say what is missing, and what we refuse unless a setting allows it.
func TestParityOfAnswers(t *testing.T) {
	java := need(t, apache550)
	theirs, ours := start(t, java, java, nil), start(t, subject(t), subject(t), nil)
	rc := bare(t, remoting.ClientConfig{})
	compare := func(who string, questions []question, apache, plume string) {
		for i, q := range questions {
			want, got := answerOf(t, rc, apache, q), answerOf(t, rc, plume, q)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, question %d: %s %.200s %.60s (-Apache +Plume):\n%s", who, i, q.code, q.fields, q.body, diff)
			}
		}
	}
	compare("broker", brokerQuestions, theirs.broker.Addr, ours.broker.Addr)
	compare("name server", nameServerQuestions, theirs.Addr, ours.Addr)
}

// answer is what can be compared of one.
type answer struct {
	Code           int32
	Remark         string
	Fields, Values []string // of the header, of the body; sorted
}

// volatile are addresses, in Java's form too, times, and rates, which depend on when the last sample was taken.
var volatile = regexp.MustCompile(`/?\d{1,3}\.\d+\.\d+\.\d+:\d+|\b1[67]\d{11}\b|\b\w+Tps":[\d.]+`)

func answerOf(t *testing.T, rc *remoting.Client, addr string, q question) answer {
	t.Helper()
	req := protocol.NewRequest(q.code, nil)
	for pair := range strings.SplitSeq(q.fields, "&") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			req.ExtFields.Set(key, value)
		}
	}
	if q.body != "" {
		req.Body = []byte(q.body)
	}
	resp := invoke(t, rc, addr, req)
	a := answer{Code: resp.Code, Remark: volatile.ReplaceAllString(resp.Remark, "ADDRESS")}
	if resp.Code == 0 { // Apache's mean nothing there, but for a pull's
		a.Remark = strings.TrimPrefix(a.Remark, "not set any response code")
	}
	for _, f := range resp.ExtFields {
		a.Fields = append(a.Fields, f.Key+"="+steady(f))
	}
	slices.Sort(a.Fields)
	a.Values = valuesOf(t, resp.Body)
	return a
}

// steady is a field's value but for times, and for the id that has the broker's port in it.
func steady(f protocol.Field) string {
	if f.Key == "msgId" || f.Key == "transactionId" {
		return strconv.Itoa(len(f.Value))
	}
	return volatile.ReplaceAllString(f.Value, "VOLATILE")
}

// valuesOf takes a body apart, since Apache's are in no order: records into their bodies, a document into its words.
func valuesOf(t *testing.T, data []byte) (values []string) {
	t.Helper()
	if bytes.HasPrefix(data, []byte("{")) {
		values = strings.FieldsFunc(volatile.ReplaceAllString(string(data), "VOLATILE"), func(r rune) bool { return strings.ContainsRune("{}[],", r) })
		slices.Sort(values)
		return values
	}
	records, err := message.DecodeRecords(data)
	if err != nil {
		t.Errorf("%q: %v", data, err)
	}
	for _, r := range records {
		values = append(values, fmt.Sprintf("%s %s %d %d %s", r.Topic, r.Body, r.QueueID, r.QueueOffset, r.Keys()))
	}
	return values
}
