package broker

import (
	"fmt"
	"strconv"
	"time"

	"github.com/plumemq/plume/broker/store"
)

// key ties one line of broker.conf to a field of a Config.
type key struct {
	name  string
	field any // pointer to string, bool, int, int32, int64, store.FlushDiskType, hours, or time.Duration (in milliseconds)
	// mutable keys may be changed while the broker runs (request 25): only those that every request reads anew and that name no
	// path, port or address.
	mutable bool
}

// keys are all the keys that this broker knows, in the order in which request 26 lists them.
func (c *Config) keys() []key {
	return append(append(append(c.identityKeys(), c.topicKeys()...), c.storeKeys()...), append(append(c.pollingKeys(), c.poolKeys()...), c.metricsKeys()...)...)
}

func (c *Config) identityKeys() []key {
	n, r := &c.Network, &c.Register
	return []key{
		{"brokerName", &c.BrokerName, false},
		{"brokerClusterName", &c.BrokerClusterName, false},
		{"brokerId", &c.BrokerID, false},
		{"brokerRole", &c.BrokerRole, false},
		{"brokerPermission", &c.BrokerPermission, true},
		{"regionId", &c.RegionID, false},
		{"traceOn", &c.TraceOn, false},
		{"startAcceptSendRequestTimeStamp", &c.StartAcceptSendRequestTimestamp, false},
		{"useServerSideResetOffset", &c.UseServerSideResetOffset, false},
		{"bindAddress", &n.BindAddress, false},
		{"listenPort", &n.ListenPort, false},
		{"vipChannelEnabled", &n.VIPPort, false},
		{"brokerIP1", &n.BrokerIP1, false},
		{"brokerIP2", &n.BrokerIP2, false},
		{"haListenPort", &n.HAListenPort, false},
		{"namesrvAddr", &r.NamesrvAddr, false},
		{"registerNameServerPeriod", &r.Period, false},
		{"registerBrokerTimeoutMills", &r.Timeout, false},
		{"forceRegister", &r.Force, false},
		{"compressedRegister", &r.Compressed, false},
	}
}

func (c *Config) topicKeys() []key {
	t := &c.Topics
	return []key{
		{"defaultTopicQueueNums", &t.DefaultTopicQueueNums, false},
		{"autoCreateTopicEnable", &t.AutoCreateTopicEnable, true},
		{"autoCreateSubscriptionGroup", &t.AutoCreateSubscriptionGroup, true},
		{"clusterTopicEnable", &t.ClusterTopicEnable, false},
		{"brokerTopicEnable", &t.BrokerTopicEnable, false},
		{"traceTopicEnable", &t.TraceTopicEnable, false},
		{"msgTraceTopicName", &t.MsgTraceTopicName, false},
		{"reviveQueueNum", &t.ReviveQueueNum, false},
		{"validateSystemTopicWhenUpdateTopic", &t.ValidateSystemTopicWhenUpdateTopic, false},
	}
}

func (c *Config) storeKeys() []key {
	s, d := &c.Store, &c.Schedule
	return []key{
		{"storePathRootDir", &s.StorePathRootDir, false},
		{"storePathCommitLog", &s.StorePathCommitLog, false},
		{"flushDiskType", &s.FlushDiskType, false},
		{"mappedFileSizeCommitLog", &s.MappedFileSizeCommitLog, false},
		{"mappedFileSizeConsumeQueue", &s.MappedFileSizeConsumeQueue, false},
		{"maxMessageSize", &s.MaxMessageSize, false},
		{"flushIntervalCommitLog", &s.FlushIntervalCommitLog, false},
		{"flushCommitLogLeastPages", &s.FlushCommitLogLeastPages, false},
		{"flushCommitLogThoroughInterval", &s.FlushCommitLogThoroughInterval, false},
		{"flushIntervalConsumeQueue", &s.FlushIntervalConsumeQueue, false},
		{"flushConsumeQueueLeastPages", &s.FlushConsumeQueueLeastPages, false},
		{"flushConsumeQueueThoroughInterval", &s.FlushConsumeQueueThoroughInterval, false},
		{"syncFlushTimeout", &s.SyncFlushTimeout, false},
		{"fileReservedTime", (*hours)(&s.FileReservedTime), false},
		{"deleteWhen", &s.DeleteWhen, false},
		{"cleanResourceInterval", &s.CleanResourceInterval, false},
		{"deleteCommitLogFilesInterval", &s.DeleteCommitLogFilesInterval, false},
		{"deleteFileBatchMax", &s.DeleteFilesBatchMax, false},
		{"diskMaxUsedSpaceRatio", &s.DiskMaxUsedSpaceRatio, false},
		{"diskSpaceWarningLevelRatio", &s.DiskSpaceWarningLevelRatio, false},
		{"diskSpaceCleanForciblyRatio", &s.DiskSpaceCleanForciblyRatio, false},
		{"cleanFileForciblyEnable", &s.CleanFileForciblyEnable, false},
		{"messageIndexEnable", &s.MessageIndexEnable, false},
		{"maxHashSlotNum", &s.MaxHashSlotNum, false},
		{"maxIndexNum", &s.MaxIndexNum, false},
		{"autoMessageVersionOnTopicLen", &s.AutoMessageVersionOnTopicLen, false},
		{"accessMessageInMemoryMaxRatio", &s.AccessMessageInMemoryMaxRatio, false},
		{"maxTransferBytesOnMessageInMemory", &s.MaxTransferBytesOnMessageInMemory, false},
		{"maxTransferCountOnMessageInMemory", &s.MaxTransferCountOnMessageInMemory, false},
		{"maxTransferBytesOnMessageInDisk", &s.MaxTransferBytesOnMessageInDisk, false},
		{"maxTransferCountOnMessageInDisk", &s.MaxTransferCountOnMessageInDisk, false},
		{"defaultQueryMaxNum", &s.DefaultQueryMaxNum, false},
		{"maxMsgsNumBatch", &s.MaxMsgsNumBatch, false},
		{"messageDelayLevel", &d.MessageDelayLevel, false},
		{"flushDelayOffsetInterval", &d.FlushDelayOffsetInterval, false},
	}
}

func (c *Config) pollingKeys() []key {
	p := &c.Polling
	return []key{
		{"longPollingEnable", &p.LongPollingEnable, false},
		{"shortPollingTimeMills", &p.ShortPolling, false},
		{"litePullMessageEnable", &p.LitePullMessageEnable, false},
		{"notifyConsumerIdsChangedEnable", &p.NotifyConsumerIDsChangedEnable, false},
		{"channelExpiredTimeout", &p.ChannelExpiredTimeout, false},
		{"flushConsumerOffsetInterval", &p.FlushConsumerOffsetInterval, false},
		{"rejectPullConsumerEnable", &p.RejectPullConsumerEnable, false},
		{"slaveReadEnable", &p.SlaveReadEnable, false},
	}
}

func (c *Config) poolKeys() []key {
	p := &c.Pools
	return []key{
		{"brokerFastFailureEnable", &p.FastFailure, false},
		{"sendMessageThreadPoolNums", &p.Send.Workers, false},
		{"pullMessageThreadPoolNums", &p.Pull.Workers, false},
		{"litePullMessageThreadPoolNums", &p.LitePull.Workers, false},
		{"queryMessageThreadPoolNums", &p.Query.Workers, false},
		{"adminBrokerThreadPoolNums", &p.Admin.Workers, false},
		{"clientManageThreadPoolNums", &p.ClientManage.Workers, false},
		{"consumerManageThreadPoolNums", &p.ConsumerManage.Workers, false},
		{"heartbeatThreadPoolNums", &p.Heartbeat.Workers, false},
		{"sendThreadPoolQueueCapacity", &p.Send.Queue, false},
		{"pullThreadPoolQueueCapacity", &p.Pull.Queue, false},
		{"litePullThreadPoolQueueCapacity", &p.LitePull.Queue, false},
		{"queryThreadPoolQueueCapacity", &p.Query.Queue, false},
		{"adminBrokerThreadPoolQueueCapacity", &p.Admin.Queue, false},
		{"clientManagerThreadPoolQueueCapacity", &p.ClientManage.Queue, false},
		{"consumerManagerThreadPoolQueueCapacity", &p.ConsumerManage.Queue, false},
		{"heartbeatThreadPoolQueueCapacity", &p.Heartbeat.Queue, false},
		{"waitTimeMillsInSendQueue", &p.Send.MaxWait, false},
		{"waitTimeMillsInPullQueue", &p.Pull.MaxWait, false},
		{"waitTimeMillsInLitePullQueue", &p.LitePull.MaxWait, false},
		{"waitTimeMillsInHeartbeatQueue", &p.Heartbeat.MaxWait, false},
		{"waitTimeMillsInAdminBrokerQueue", &p.Admin.MaxWait, false},
	}
}

func (c *Config) metricsKeys() []key {
	m := &c.Metrics
	return []key{
		{"metricsExporterType", &m.ExporterType, false},
		{"metricsPromExporterHost", &m.PromExporterHost, false},
		{"metricsPromExporterPort", &m.PromExporterPort, false},
		{"metricsOtelCardinalityLimit", &m.CardinalityLimit, false},
	}
}

// set parses value into the field.
func (k key) set(value string) (err error) {
	switch p := k.field.(type) {
	case *string:
		*p = value
	case *bool:
		*p, err = strconv.ParseBool(value)
	case *int:
		*p, err = strconv.Atoi(value)
	case *int32:
		var n int64
		n, err = strconv.ParseInt(value, 10, 32)
		*p = int32(n)
	case *int64:
		*p, err = strconv.ParseInt(value, 10, 64)
	case *time.Duration:
		var ms int64
		ms, err = strconv.ParseInt(value, 10, 64)
		*p = time.Duration(ms) * time.Millisecond
	case *hours:
		var n int64
		n, err = strconv.ParseInt(value, 10, 32)
		*p = hours(n) * hours(time.Hour)
	case *store.FlushDiskType:
		*p, err = parseFlushDiskType(value)
	}
	if err != nil {
		return fmt.Errorf("%w: key %s: %w", ErrConfig, k.name, err)
	}
	return nil
}

// get is the field's value as a line of broker.conf has it.
func (k key) get() string {
	switch p := k.field.(type) {
	case *string:
		return *p
	case *bool:
		return strconv.FormatBool(*p)
	case *int:
		return strconv.Itoa(*p)
	case *int32:
		return strconv.Itoa(int(*p))
	case *int64:
		return strconv.FormatInt(*p, 10)
	case *time.Duration:
		return strconv.FormatInt(p.Milliseconds(), 10)
	case *hours:
		return strconv.Itoa(int(time.Duration(*p).Hours()))
	case *store.FlushDiskType:
		return flushDiskTypeName(*p)
	}
	return ""
}

// hours is a duration that broker.conf writes in hours.
type hours time.Duration

const (
	asyncFlush = "ASYNC_FLUSH"
	syncFlush  = "SYNC_FLUSH"
)

func parseFlushDiskType(value string) (store.FlushDiskType, error) {
	switch value {
	case asyncFlush:
		return store.AsyncFlush, nil
	case syncFlush:
		return store.SyncFlush, nil
	}
	return store.AsyncFlush, fmt.Errorf("%q is neither %s nor %s", value, asyncFlush, syncFlush)
}

func flushDiskTypeName(t store.FlushDiskType) string {
	if t == store.SyncFlush {
		return syncFlush
	}
	return asyncFlush
}
