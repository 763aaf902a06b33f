package metrics

// What Apache's exporter says instead of each instrument's own description.
const (
	anyGauge   = "default view for gauge."
	anyCounter = "default view for counter."
)

// The features that families wait for.
const (
	needsTransactions = "transactions"
	needsPop          = "POP consumption"
	needsTimer        = "timer messages"
)

const milliseconds, bytes, seconds = "milliseconds", "bytes", "seconds"

func apacheGauge(name, unit, by, doc string, labels ...string) *Family {
	return &Family{Name: name, Kind: GaugeKind, Unit: unit, Labels: labels, Node: true, Help: anyGauge, Doc: doc, Origin: Apache, By: by}
}

func apacheCounter(name, unit, by, doc string, labels ...string) *Family {
	return &Family{Name: name, Kind: CounterKind, Unit: unit, Labels: labels, Node: true, Help: anyCounter, Doc: doc, Origin: Apache, By: by}
}

func apacheHistogram(name, unit, by, help, doc string, buckets []float64, labels ...string) *Family {
	return &Family{
		Name: name, Kind: HistogramKind, Unit: unit, Labels: labels, Node: true, Buckets: buckets, Help: help, Doc: doc, Origin: Apache, By: by,
	}
}

// waiting is a family of Apache's that is not served yet.
func waiting(f *Family, feature string) *Family {
	f.Needs, f.By = feature, ""
	return f
}

// The state of a broker, read at each scrape.
var (
	BrokerPermission = apacheGauge("rocketmq_broker_permission", "", "broker.(*Broker).collect",
		"What clients may do: 2 write, 4 read, 6 both.")
	TopicNumber         = apacheGauge("rocketmq_topic_number", "topics", "broker.(*Broker).collect", "Topics, the system's included.")
	ConsumerGroupNumber = apacheGauge("rocketmq_consumer_group_number", "groups", "broker.(*Broker).collect",
		"Consumer groups, the system's included.")
	ProcessorWatermark = apacheGauge("rocketmq_processor_watermark", "requests", "broker.(*Broker).collectProcessors",
		"Requests that wait for a worker of a processor.", "processor")
	ProducerConnections = apacheGauge("rocketmq_producer_connections", "connections", "broker.(*Broker).collectConnections",
		"Producers connected, each once for each of its groups.", "language", "version", "protocol_type")
	ConsumerConnections = apacheGauge("rocketmq_consumer_connections", "connections", "broker.(*Broker).collectConnections",
		"Consumers connected.", "consumer_group", "language", "version", "consume_mode", "protocol_type", "is_system")
)

// The backlog of every group that is online, for every topic that it subscribes to, read at each scrape.
var (
	ConsumerLagMessages = apacheGauge("rocketmq_consumer_lag_messages", "messages", "broker.(*Broker).collectLag",
		"Messages that a group has not acknowledged yet.", lagLabels()...)
	ConsumerLagLatency = apacheGauge("rocketmq_consumer_lag_latency_milliseconds", milliseconds, "broker.(*Broker).collectLag",
		"How long ago the oldest of them was stored; 0 without any.", lagLabels()...)
	ConsumerInflightMessages = apacheGauge("rocketmq_consumer_inflight_messages", "messages", "broker.(*Broker).collectLag",
		"Messages that a group has pulled and not acknowledged yet.", lagLabels()...)
	ConsumerQueueingLatency = apacheGauge("rocketmq_consumer_queueing_latency_milliseconds", milliseconds, "broker.(*Broker).collectLag",
		"How long ago the oldest message was stored that a group has not pulled yet; 0 without any.", lagLabels()...)
	ConsumerReadyMessages = apacheGauge("rocketmq_consumer_ready_messages", "messages", "broker.(*Broker).collectLag",
		"Messages that a group has not pulled yet.", lagLabels()...)
)

func lagLabels() []string { return []string{"consumer_group", "topic", "is_retry", "is_system"} }

// The traffic of a broker. Retry and dead letter topics do not count, as with Apache.
var (
	MessagesIn = apacheCounter("rocketmq_messages_in_total", "messages", "broker/processor.(*SendMessageProcessor).handlePutMessageResult",
		"Messages stored. A delayed one counts twice: under SCHEDULE_TOPIC_XXXX when it comes, under its topic when it is due.",
		"topic", "message_type", "is_system")
	ThroughputIn = apacheCounter("rocketmq_throughput_in_total", bytes, "broker/processor.(*SendMessageProcessor).handlePutMessageResult",
		"Bytes of the records stored.", "topic", "message_type", "is_system")
	MessageSize = apacheHistogram("rocketmq_message_size", bytes, "broker/processor.(*SendMessageProcessor).handlePutMessageResult",
		"Incoming messages size", "Size of a stored record; of a batch, the mean.",
		[]float64{1024, 4096, 524288, 1048576, 2097152, 4194304}, "topic", "message_type", "is_system")
	MessagesOut = apacheCounter("rocketmq_messages_out_total", "messages", "broker/processor.(*PullMessageProcessor).handle",
		"Messages given to consumers; delayed ones that are due count as given to SCHEDULE_CONSUMER.", "topic", "consumer_group", "is_system")
	ThroughputOut = apacheCounter("rocketmq_throughput_out_total", bytes, "broker/processor.(*PullMessageProcessor).handle",
		"Bytes of the records given to consumers.", "topic", "consumer_group", "is_system")
	SendToDLQMessages = apacheCounter("rocketmq_send_to_dlq_messages_total", "messages",
		"broker/processor.(*SendMessageProcessor).consumerSendMsgBack",
		"Messages that went to a group's dead letters.", "topic", "consumer_group", "is_system")
	RPCLatency = apacheHistogram("rocketmq_rpc_latency_milliseconds", milliseconds, "remoting.(*endpoint).answer", "Rpc latency",
		"From the last byte of a request to the last byte of its answer; long polls include their wait.",
		[]float64{1, 3, 5, 7, 10, 100, 1000, 2000, 3000},
		"protocol_type", "request_code", "response_code", "is_long_polling", "result")
	TopicCreateExecutionTime = apacheHistogram("rocketmq_topic_create_execution_time_milliseconds", milliseconds,
		"broker/processor.(*AdminBrokerProcessor).updateAndCreateTopic", "The distribution of create topic time",
		"How long an administrator's creation or change of a topic took.", createBuckets(), "invocation_status", "is_system")
	ConsumerGroupCreateExecutionTime = apacheHistogram("rocketmq_consumer_group_create_execution_time_milliseconds", milliseconds,
		"broker/processor.(*AdminBrokerProcessor).updateAndCreateSubscriptionGroup", "The distribution of create subscription time",
		"How long an administrator's creation or change of a consumer group took.", createBuckets(), "invocation_status")
)

func createBuckets() []float64 { return []float64{10, 100, 1000, 3000, 5000} }

// The store, read at each scrape.
var (
	StorageSize = apacheGauge("rocketmq_storage_size_bytes", bytes, "broker.(*Broker).collectStorage",
		"Space used on the disk that holds the store, by whomever.", storageLabels()...)
	StorageFlushBehind = apacheGauge("rocketmq_storage_flush_behind_bytes", bytes, "broker.(*Broker).collectStorage",
		"Bytes of the commit log that are not durable yet.", storageLabels()...)
	StorageDispatchBehind = apacheGauge("rocketmq_storage_dispatch_behind_bytes", bytes, "broker.(*Broker).collectStorage",
		"Bytes of the commit log that no consume queue points to yet.", storageLabels()...)
	StorageMessageReserveTime = apacheGauge("rocketmq_storage_message_reserve_time_milliseconds", milliseconds,
		"broker.(*Broker).collectStorage", "Age of the oldest message in the commit log; absent without one.", storageLabels()...)
)

func storageLabels() []string { return []string{"storage_type", "storage_medium"} }

// TargetInfo is what OpenTelemetry's Java exporter adds to every scrape; Apache gives it no attributes.
var TargetInfo = &Family{
	Name: "target_info", Kind: GaugeKind, Origin: Apache, By: "broker.(*Broker).instrument",
	Doc: "Always 1. Apache's broker exposes it without labels.",
}

// apacheFamilies are the families above, and those whose feature is not here yet.
func apacheFamilies() []*Family {
	return append([]*Family{
		BrokerPermission, TopicNumber, ConsumerGroupNumber, ProcessorWatermark, ProducerConnections, ConsumerConnections,
		ConsumerLagMessages, ConsumerLagLatency, ConsumerInflightMessages, ConsumerQueueingLatency, ConsumerReadyMessages,
		MessagesIn, ThroughputIn, MessageSize, MessagesOut, ThroughputOut, SendToDLQMessages, RPCLatency,
		TopicCreateExecutionTime, ConsumerGroupCreateExecutionTime,
		StorageSize, StorageFlushBehind, StorageDispatchBehind, StorageMessageReserveTime, TargetInfo,
	}, waitingFamilies()...)
}

func waitingFamilies() []*Family {
	of := func(feature string, families ...*Family) []*Family {
		for _, f := range families {
			waiting(f, feature)
		}
		return families
	}
	all := of(needsTransactions,
		apacheGauge("rocketmq_half_messages", "messages", "", "Half messages whose transaction is open.", "topic"),
		apacheCounter("rocketmq_commit_messages_total", "messages", "", "Half messages committed.", "topic"),
		apacheCounter("rocketmq_rollback_messages_total", "messages", "", "Half messages rolled back.", "topic"),
		apacheHistogram("rocketmq_finish_message_latency_milliseconds", milliseconds, "", "Transaction finish latency",
			"From half message to commit. Apache's name says milliseconds, its values and buckets are seconds.",
			[]float64{5, 60, 600, 3600, 43200, 86400}, "topic"))
	all = append(all, of(needsPop,
		apacheHistogram("rocketmq_pop_buffer_scan_time_consume_milliseconds", milliseconds, "", "Time consuming of pop buffer scan",
			"How long a scan of the buffer of checkpoints takes.", []float64{1, 10, 100, 1000, 2000, 3000}),
		apacheGauge("rocketmq_pop_checkpoint_buffer_size", "", "", "Checkpoints in memory."),
		apacheGauge("rocketmq_pop_offset_buffer_size", "", "", "Offsets in memory."),
		apacheGauge("rocketmq_pop_revive_lag_milliseconds", "messages", "", "Messages of a revive queue not worked off yet.", "queue_id"),
		apacheGauge("rocketmq_pop_revive_latency_milliseconds", milliseconds, "", "How far a revive queue is behind.", "queue_id"))...)
	timer := func(labels ...string) []string { return append(labels, storageLabels()...) }
	return append(all, of(needsTimer,
		apacheGauge("rocketmq_timer_enqueue_lag", "messages", "", "Timer messages not in the wheel yet.", timer()...),
		apacheGauge("rocketmq_timer_enqueue_latency_milliseconds", milliseconds, "", "How far putting them there is behind.", timer()...),
		apacheGauge("rocketmq_timer_dequeue_lag", "messages", "", "Due timer messages not delivered yet.", timer()...),
		apacheGauge("rocketmq_timer_dequeue_latency_milliseconds", milliseconds, "", "How far delivering them is behind.", timer()...),
		apacheGauge("rocketmq_timer_message_snapshot", "messages", "", "Messages in the wheel, by when they are due.", timer("timer_bound_s")...))...)
}
