package message

import "strings"

// The topics that RocketMQ itself uses.
//
// Java: common.topic.TopicValidator (5.5.0).
const (
	TopicAutoCreate          = "TBW102" // whose queues and permission an unknown topic gets
	TopicSchedule            = "SCHEDULE_TOPIC_XXXX"
	TopicBenchmark           = "BenchmarkTest"
	TopicTransHalf           = "RMQ_SYS_TRANS_HALF_TOPIC"
	TopicTransOpHalf         = "RMQ_SYS_TRANS_OP_HALF_TOPIC"
	TopicRocksDBTransHalf    = "RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC"
	TopicRocksDBTransOpHalf  = "RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC"
	TopicTrace               = "RMQ_SYS_TRACE_TOPIC"
	TopicTransCheckMaxTime   = "TRANS_CHECK_MAX_TIME_TOPIC"
	TopicSelfTest            = "SELF_TEST_TOPIC"
	TopicOffsetMovedEvent    = "OFFSET_MOVED_EVENT"
	TopicRocksDBOffset       = "CHECKPOINT_TOPIC"
	TopicTimer               = "rmq_sys_wheel_timer"
	SystemTopicPrefix        = "rmq_sys_"
	SyncBrokerMemberPrefix   = SystemTopicPrefix + "SYNC_BROKER_MEMBER_"
	ReviveTopicPrefix        = SystemTopicPrefix + "REVIVE_LOG_"
	ReplyTopicPostfix        = "REPLY_TOPIC"
	RetryGroupTopicPrefix    = "%RETRY%"
	DLQGroupTopicPrefix      = "%DLQ%"
	LMQPrefix                = "%LMQ%"
	systemConsumerGroupStart = "CID_RMQ_SYS_"
)

// The groups that RocketMQ itself uses.
//
// Java: common.MixAll (5.5.0).
const (
	ClientInnerProducerGroup = "CLIENT_INNER_PRODUCER"
	GroupDefaultConsumer     = "DEFAULT_CONSUMER"
	GroupDefaultProducer     = "DEFAULT_PRODUCER"
	GroupToolsConsumer       = "TOOLS_CONSUMER"
	GroupScheduleConsumer    = "SCHEDULE_CONSUMER"
	GroupFilterServer        = "FILTERSRV_CONSUMER"
	GroupMonitorConsumer     = "__MONITOR_CONSUMER"
	GroupSelfTestProducer    = "SELF_TEST_P_GROUP"
	GroupSelfTestConsumer    = "SELF_TEST_C_GROUP"
	GroupONSHTTPProxy        = "CID_ONS-HTTP-PROXY"
	GroupONSAPIPermission    = "CID_ONSAPI_PERMISSION"
	GroupONSAPIOwner         = "CID_ONSAPI_OWNER"
	GroupONSAPIPull          = "CID_ONSAPI_PULL"
	GroupTrans               = "CID_RMQ_SYS_TRANS"
)

// RetryTopic is the topic whose messages a group consumes again.
func RetryTopic(group string) string { return RetryGroupTopicPrefix + group }

// DLQTopic is the topic of the messages that a group could not consume.
func DLQTopic(group string) string { return DLQGroupTopicPrefix + group }

// ReplyTopic is the topic of a cluster's replies to request messages.
func ReplyTopic(cluster string) string { return cluster + "_" + ReplyTopicPostfix }

// IsRetryTopic tells whether topic is some group's RetryTopic.
func IsRetryTopic(topic string) bool { return strings.HasPrefix(topic, RetryGroupTopicPrefix) }

// IsDLQTopic tells whether topic is some group's DLQTopic.
func IsDLQTopic(topic string) bool { return strings.HasPrefix(topic, DLQGroupTopicPrefix) }

// IsSystemTopic tells whether topic is RocketMQ's own on every broker.
//
// Java: common.topic.TopicValidator#isSystemTopic (5.5.0).
func IsSystemTopic(topic string) bool {
	switch topic {
	case TopicAutoCreate, TopicSchedule, TopicBenchmark, TopicTransHalf, TopicTransOpHalf, TopicRocksDBTransHalf,
		TopicRocksDBTransOpHalf, TopicTrace, TopicTransCheckMaxTime, TopicSelfTest, TopicOffsetMovedEvent, TopicRocksDBOffset:
		return true
	}
	return strings.HasPrefix(topic, SystemTopicPrefix)
}

// IsNotAllowedSendTopic tells whether clients must not send to topic.
//
// Java: common.topic.TopicValidator#isNotAllowedSendTopic (5.5.0).
func IsNotAllowedSendTopic(topic string) bool {
	switch topic {
	case TopicSchedule, TopicTransHalf, TopicTransOpHalf, TopicTransCheckMaxTime, TopicSelfTest, TopicOffsetMovedEvent,
		TopicRocksDBTransHalf, TopicRocksDBTransOpHalf:
		return true
	}
	return false
}

// IsSystemGroup tells whether group is RocketMQ's own.
//
// Java: common.MixAll#isSysConsumerGroup and PREDEFINE_GROUP_SET (5.5.0).
func IsSystemGroup(group string) bool {
	switch group {
	case GroupDefaultConsumer, GroupDefaultProducer, GroupToolsConsumer, GroupScheduleConsumer, GroupFilterServer,
		GroupMonitorConsumer, ClientInnerProducerGroup, GroupSelfTestProducer, GroupSelfTestConsumer, GroupONSHTTPProxy,
		GroupONSAPIPermission, GroupONSAPIOwner, GroupONSAPIPull:
		return true
	}
	return strings.HasPrefix(group, systemConsumerGroupStart)
}
