package broker_test

import (
	"testing"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// What Apache's broker says to those who ask oddly; TestParityOfAnswers asks both.
func TestOddQuestions(t *testing.T) {
	r := start(t, testConfig(t.TempDir()))
	r.want(r.call(protocol.CheckClientConfig, nil, nil), protocol.Success, "")

	resp := r.want(r.call(protocol.GetSubscriptionGroupConfig, &header.GetSubscriptionGroupConfigRequestHeader{Group: "asked"}, nil), protocol.Success, "")
	var group body.SubscriptionGroupConfig
	if err := group.Decode(resp.Body); err != nil || group.GroupName != "asked" || group.RetryMaxTimes != 16 {
		t.Errorf("a group that nobody made: %+v, %v", group, err)
	}
	r.want(r.call(protocol.GetSubscriptionGroupConfig, &header.GetSubscriptionGroupConfigRequestHeader{Group: "../x"}, nil),
		protocol.SubscriptionGroupNotExist, "No group in this broker")

	resp = r.want(r.call(protocol.QueryTopicsByConsumer, &header.QueryTopicsByConsumerRequestHeader{Group: "asked"}, nil), protocol.Success, "")
	var topics body.TopicList
	if err := topics.Decode(resp.Body); err != nil || topics.BrokerAddr != r.b.Addr().String() {
		t.Errorf("the broker's address: %+v, %v", topics, err)
	}
}
