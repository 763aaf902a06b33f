package topicroute

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/route"
)

const (
	masterID = 0

	permWrite = 0x2
	permRead  = 0x4
)

// TopicRouteData2TopicPublishInfo lists the topic's writable queues: those of the order configuration if there is one, else
// writeQueueNums of every writable broker that has a master, brokers in the order of their names. An order configuration that
// cannot be read is an error.
//
// Java: MQClientInstance#topicRouteData2TopicPublishInfo (5.5.0).
func TopicRouteData2TopicPublishInfo(topic string, data *route.TopicRouteData) (*TopicPublishInfo, error) {
	info := &TopicPublishInfo{HaveTopicRouterInfo: true, Route: data}
	info.ResetIndex()
	if data.OrderTopicConf != "" {
		queues, err := orderedQueues(topic, data.OrderTopicConf)
		info.MessageQueueList, info.OrderTopic = queues, true
		return info, err
	}
	for _, qd := range sortedQueueDatas(data) {
		if qd.Perm&permWrite == 0 || !hasMaster(data, qd.BrokerName) {
			continue
		}
		info.MessageQueueList = appendQueues(info.MessageQueueList, topic, qd.BrokerName, qd.WriteQueueNums)
	}
	return info, nil
}

// TopicRouteData2TopicSubscribeInfo lists the topic's readable queues, in the order of broker names and ids.
//
// Java: MQClientInstance#topicRouteData2TopicSubscribeInfo (5.5.0).
func TopicRouteData2TopicSubscribeInfo(topic string, data *route.TopicRouteData) []message.MessageQueue {
	var queues []message.MessageQueue
	for _, qd := range sortedQueueDatas(data) {
		if qd.Perm&permRead != 0 {
			queues = appendQueues(queues, topic, qd.BrokerName, qd.ReadQueueNums)
		}
	}
	return queues
}

// orderedQueues reads "brokerA:4;brokerB:4".
func orderedQueues(topic, conf string) ([]message.MessageQueue, error) {
	var queues []message.MessageQueue
	for broker := range strings.SplitSeq(conf, ";") {
		name, nums, _ := strings.Cut(broker, ":")
		n, err := strconv.ParseInt(nums, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("topic %s: order configuration %q: %w", topic, conf, err)
		}
		queues = appendQueues(queues, topic, name, int32(n))
	}
	return queues, nil
}

// maxQueues bounds what one broker may claim to hold of a topic: Apache's own upper limit is far below.
const maxQueues = 1 << 16

func appendQueues(to []message.MessageQueue, topic, broker string, nums int32) []message.MessageQueue {
	for i := range min(nums, maxQueues) {
		to = append(to, message.MessageQueue{Topic: topic, BrokerName: broker, QueueID: i})
	}
	return to
}

func hasMaster(data *route.TopicRouteData, brokerName string) bool {
	for i := range data.BrokerDatas {
		if data.BrokerDatas[i].BrokerName == brokerName {
			return data.BrokerDatas[i].BrokerAddrs[masterID] != ""
		}
	}
	return false
}

func sortedQueueDatas(data *route.TopicRouteData) []route.QueueData {
	qds := slices.Clone(data.QueueDatas)
	slices.SortStableFunc(qds, func(a, b route.QueueData) int { return strings.Compare(a.BrokerName, b.BrokerName) })
	return qds
}

// LimitQueues is data as it serves a topic that does not exist yet: no more queues per broker than nums.
//
// Java: the default topic's branch of MQClientInstance#updateTopicRouteInfoFromNameServer (5.5.0).
func LimitQueues(data *route.TopicRouteData, nums int32) *route.TopicRouteData {
	limited := *data
	limited.QueueDatas = slices.Clone(data.QueueDatas)
	for i := range limited.QueueDatas {
		qd := &limited.QueueDatas[i]
		n := min(nums, qd.ReadQueueNums)
		qd.ReadQueueNums, qd.WriteQueueNums = n, n
	}
	return &limited
}

// TopicRouteDataChanged says whether two answers differ in their queues or brokers, whatever the order.
//
// Java: TopicRouteData#topicRouteDataChanged (5.5.0).
func TopicRouteDataChanged(old, now *route.TopicRouteData) bool {
	if old == nil || now == nil {
		return old != now
	}
	return !slices.Equal(sortedQueueDatas(old), sortedQueueDatas(now)) ||
		!slices.EqualFunc(sortedBrokerDatas(old), sortedBrokerDatas(now), sameBroker) ||
		old.OrderTopicConf != now.OrderTopicConf
}
