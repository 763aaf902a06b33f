package broker_test

import (
	"strings"
	"testing"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

func TestIllegalSends(t *testing.T) {
	cfg := testConfig(t.TempDir())
	cfg.Store.MaxMessageSize = 1000
	r := start(t, cfg)
	r.send("Known", 0, "x")
	noInherit := sendHeader("Unknown", 0)
	noInherit.DefaultTopic = "Known"
	big := strings.Repeat("x", 2000)
	cases := []struct {
		name   string
		header *header.SendMessageRequestHeaderV2
		body   string
		code   protocol.ResponseCode
		remark string
	}{
		{"traversal", sendHeader("../../x", 0), "x", protocol.InvalidParameter, "contains illegal characters"},
		{"dots", sendHeader("..", 0), "x", protocol.InvalidParameter, "contains illegal characters"},
		{"retry traversal", sendHeader("%RETRY%../x", 0), "x", protocol.InvalidParameter, "contains illegal characters"},
		{"blank", sendHeader(" ", 0), "x", protocol.InvalidParameter, "blank"},
		{"too long", sendHeader(strings.Repeat("a", 128), 0), "x", protocol.InvalidParameter, "longer than topic max length: 127"},
		{"system topic", sendHeader("SCHEDULE_TOPIC_XXXX", 0), "x", protocol.NoPermission, "Sending message to topic[SCHEDULE_TOPIC_XXXX] is forbidden."},
		{"queue id", sendHeader("Known", 99), "x", protocol.InvalidParameter, "request queueId[99] is illegal, TopicConfig [topicName=Known, readQueueNums=4, writeQueueNums=4, perm=RW-, topicFilterType=SINGLE_TAG, topicSysFlag=0, order=false, attributes={}] Producer: 127.0.0.1:"},
		{"no default topic", noInherit, "x", protocol.TopicNotExist, "topic[Unknown] not exist, apply first please!\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."},
		{"too big", sendHeader("Known", 0), big, protocol.MessageIllegal, "msg body length limit 1000B, msg properties length limit 32KB."},
		{"half message", sendHeader("Known", 0, message.Property{Name: "TRAN_MSG", Value: "true"}), "x", protocol.NoPermission, "sending transaction message is forbidden"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			resp := r.call(protocol.SendMessageV2, c.header, []byte(c.body))
			if protocol.ResponseCode(resp.Code) != c.code || !strings.Contains(resp.Remark, c.remark) {
				t.Errorf("answered %s %q; want %s %q", protocol.ResponseCode(resp.Code), resp.Remark, c.code, c.remark)
			}
			if region, traced := resp.ExtFields.Get(message.PropertyMsgRegion), resp.ExtFields.Get(message.PropertyTraceSwitch); region != "DefaultRegion" || traced != "true" {
				t.Errorf("answered with region %q and trace switch %q, as if it were no send", region, traced)
			}
		})
	}
}

func TestIllegalNamesElsewhere(t *testing.T) {
	r := start(t, testConfig(t.TempDir()))
	bad := "../../etc"
	lock := body.LockBatchRequestBody{ConsumerGroup: bad, ClientID: "c"}
	group := body.NewSubscriptionGroupConfig(bad)
	cases := []struct {
		name   string
		code   protocol.RequestCode
		header protocol.CustomHeader
		body   []byte
		want   protocol.ResponseCode
	}{
		{"pull group", protocol.PullMessage, pullHeader(bad, "T", 0, 0, 0), nil, protocol.SubscriptionGroupNotExist},
		{"pull topic", protocol.PullMessage, pullHeader("g", bad, 0, 0, 0), nil, protocol.TopicNotExist},
		{"pull queue", protocol.PullMessage, pullHeader("g", "BenchmarkTest", 5000, 0, 0), nil, protocol.InvalidParameter},
		{"max offset", protocol.GetMaxOffset, &header.GetMaxOffsetRequestHeader{Topic: bad}, nil, protocol.InvalidParameter},
		{"min offset", protocol.GetMinOffset, &header.GetMinOffsetRequestHeader{Topic: bad}, nil, protocol.InvalidParameter},
		{"search offset", protocol.SearchOffsetByTimestamp, &header.SearchOffsetRequestHeader{Topic: bad}, nil, protocol.InvalidParameter},
		{"store time", protocol.GetEarliestMsgStoreTime, &header.GetEarliestMsgStoretimeRequestHeader{Topic: bad}, nil, protocol.InvalidParameter},
		{"query", protocol.QueryMessage, &header.QueryMessageRequestHeader{Topic: bad, Key: "k", MaxNum: 1}, nil, protocol.InvalidParameter},
		{"create", protocol.UpdateAndCreateTopic, &header.CreateTopicRequestHeader{Topic: bad, ReadQueueNums: 1, WriteQueueNums: 1, Perm: 6}, nil, protocol.InvalidParameter},
		{"create system", protocol.UpdateAndCreateTopic, &header.CreateTopicRequestHeader{Topic: "TBW102", ReadQueueNums: 1, WriteQueueNums: 1, Perm: 6}, nil, protocol.InvalidParameter},
		{"delete", protocol.DeleteTopicInBroker, &header.DeleteTopicRequestHeader{Topic: bad}, nil, protocol.InvalidParameter},
		{"stats", protocol.GetTopicStatsInfo, &header.GetTopicStatsInfoRequestHeader{Topic: bad}, nil, protocol.TopicNotExist},
		{"group", protocol.UpdateAndCreateSubscriptionGroup, nil, group.Encode(), protocol.InvalidParameter},
		{"lock", protocol.LockBatchMQ, nil, lock.Encode(), protocol.InvalidParameter},
		{"send back", protocol.ConsumerSendMsgBack, &header.ConsumerSendMsgBackRequestHeader{Group: bad}, nil, protocol.SubscriptionGroupNotExist},
		{"commit group", protocol.UpdateConsumerOffset, &header.UpdateConsumerOffsetRequestHeader{ConsumerGroup: bad, Topic: "BenchmarkTest"}, nil, protocol.SubscriptionGroupNotExist},
		{"commit topic", protocol.UpdateConsumerOffset, &header.UpdateConsumerOffsetRequestHeader{ConsumerGroup: "TOOLS_CONSUMER", Topic: bad}, nil, protocol.TopicNotExist},
		{"unknown code", protocol.RequestCode(12345), nil, nil, protocol.RequestCodeNotSupported},
		{"config path", protocol.UpdateBrokerConfig, nil, []byte("storePathRootDir=/x"), protocol.NoPermission},
		{"sql", protocol.CheckClientConfig, nil, sqlCheck(), protocol.SystemError},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if resp := r.call(c.code, c.header, c.body); protocol.ResponseCode(resp.Code) != c.want {
				t.Errorf("answered %s %q; want %s", protocol.ResponseCode(resp.Code), resp.Remark, c.want)
			}
		})
	}
	r.heartbeat("c1", bad, "T") // passed over, not refused
	r.want(r.call(protocol.GetConsumerListByGroup, &header.GetConsumerListByGroupRequestHeader{ConsumerGroup: bad}, nil), protocol.SystemError, "no consumer")
}

func sqlCheck() []byte {
	var check body.CheckClientRequestBody
	check.SubscriptionData.ExpressionType = "SQL92"
	return check.Encode()
}
