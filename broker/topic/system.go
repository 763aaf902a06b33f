package topic

import (
	"strings"

	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/body"
)

// The permission bits of a topic. Java: common.constant.PermName.
const (
	PermInherit int32 = 1
	PermWrite   int32 = 2
	PermRead    int32 = 4
	permRW            = PermRead | PermWrite
)

// ScheduleQueueNum is the number of queues of SCHEDULE_TOPIC_XXXX. Java: TopicConfigManager.SCHEDULE_TOPIC_QUEUE_NUM.
const ScheduleQueueNum = 18

const singleTag = "SINGLE_TAG"

// newConfig is a topic with as many queues to read as to write.
func newConfig(name string, queues, perm int32) *body.TopicConfig {
	return &body.TopicConfig{
		TopicName: name, ReadQueueNums: queues, WriteQueueNums: queues, Perm: perm, TopicFilterType: singleTag,
	}
}

// systemTopics are the topics that every broker has.
//
// Java: broker.topic.TopicConfigManager#init (5.5.0).
func (c *Config) systemTopics() []*body.TopicConfig {
	topics := []*body.TopicConfig{
		newConfig(message.TopicSelfTest, 1, permRW),
		newConfig(message.TopicBenchmark, 1024, permRW),
		newConfig(c.ClusterName, 16, PermInherit|permIf(c.ClusterTopicEnable)),
		newConfig(c.BrokerName, 1, PermInherit|permIf(c.BrokerTopicEnable)),
		newConfig(message.TopicOffsetMovedEvent, 1, permRW),
		newConfig(message.TopicSchedule, max(ScheduleQueueNum, int32(c.DelayLevels)), permRW),
		newConfig(c.ClusterName+"_REPLY_TOPIC", 1, permRW),
		newConfig("rmq_sys_REVIVE_LOG_"+c.ClusterName, c.ReviveQueueNum, permRW),
		newConfig("rmq_sys_SYNC_BROKER_MEMBER_"+c.BrokerName, 1, PermInherit),
		newConfig(message.TopicTransHalf, 1, permRW),
		newConfig(message.TopicTransOpHalf, 1, permRW),
		newConfig(message.TopicRocksDBTransHalf, 1, permRW),
		newConfig(message.TopicRocksDBTransOpHalf, 1, permRW),
	}
	if c.AutoCreateTopicEnable() {
		topics = append(topics, newConfig(message.TopicAutoCreate, c.DefaultTopicQueueNums, PermInherit|permRW))
	}
	if c.TraceTopicEnable {
		topics = append(topics, newConfig(c.TraceTopicName, 1, permRW))
	}
	return topics
}

func permIf(enabled bool) int32 {
	if enabled {
		return permRW
	}
	return 0
}

// IsSystemTopic says whether a topic is the system's: clients may not change it.
//
// Java: common.topic.TopicValidator#isSystemTopic (5.5.0).
func (m *TopicConfigManager) IsSystemTopic(topic string) bool {
	return m.system[topic] || message.IsSystemTopic(topic) || strings.HasPrefix(topic, "rmq_sys_")
}
