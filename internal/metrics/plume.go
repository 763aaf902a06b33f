package metrics

// shortBuckets are for durations between ten microseconds and ten seconds: steps, locks, writes.
func shortBuckets() []float64 {
	return []float64{
		1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
	}
}

// StepDuration has every step of every role.
var StepDuration = &Family{
	Name: "rocketmq_step_duration_seconds", Kind: HistogramKind, Unit: seconds, Buckets: shortBuckets(),
	Labels: []string{"step", "role", "communication_mode"},
	Help:   "Duration of the steps whose spans were recorded.",
	Doc: "Duration of every step whose span was recorded (see spans.md), and no other: sampling thins it out as it does the spans. " +
		"communication_mode is that of the send that the step belongs to in its own process, else empty. A pull's steps have no " +
		"exemplars, as empty pulls are not exported.",
	Origin: Plume, By: "internal/observ.(*Recording).observe",
}

// The client.
var (
	ClientRouteCache = &Family{
		Name: "rocketmq_client_route_cache_total", Kind: CounterKind, Unit: "look-ups", Labels: []string{"result"},
		Help: "Look-ups of a topic's route by producers: hit, or miss, which asks a name server.", Origin: Plume,
		By: "client/producer.(*Producer).tryToFindTopicPublishInfo",
	}
	ClientQueueSelected = &Family{
		Name: "rocketmq_client_queue_selected_total", Kind: CounterKind, Unit: "attempts", Labels: []string{"topic", "broker", "queue_id"},
		Help: "Attempts of sends by the queue that was chosen for them.", Origin: Plume, By: "client/producer.(*Producer).sendKernelImpl",
	}
	ClientRetries = &Family{
		Name: "rocketmq_client_retries_total", Kind: CounterKind, Unit: "attempts", Labels: []string{"reason", "communication_mode"},
		Help: "Attempts of sends that followed a failed one, by what failed.", Origin: Plume, By: "client/producer.(*Producer).again",
	}
	ClientSendsInFlight = &Family{
		Name: "rocketmq_client_sends_in_flight", Kind: GaugeKind, Unit: "sends", Labels: []string{"communication_mode"},
		Help: "Sends that have begun and not ended.", Origin: Plume, By: "client/producer.(*Producer).sendDefaultImpl",
	}
	ClientSemaphoreWait = &Family{
		Name: "rocketmq_client_semaphore_wait_seconds", Kind: HistogramKind, Unit: seconds, Buckets: shortBuckets(),
		Labels: []string{"communication_mode"},
		Help:   "How long asynchronous and one-way requests waited for a permit.", Origin: Plume, By: "remoting.(*endpoint).acquirePermit",
	}
	ClientChannels = &Family{
		Name: "rocketmq_client_channels", Kind: GaugeKind, Unit: "connections", Labels: []string{"state"},
		Help: "Connections of clients to servers: connecting or open.", Origin: Plume, By: "remoting.(*Client).connect",
	}
)

// Every server: brokers and name servers.
var (
	ServerChannels = &Family{
		Name: "rocketmq_server_channels", Kind: GaugeKind, Unit: "connections", Node: true,
		Help: "Open connections of clients to this server.", Origin: Plume, By: "remoting.(*Server).welcome",
	}
	ProcessorQueueWait = &Family{
		Name: "rocketmq_processor_queue_wait_seconds", Kind: HistogramKind, Unit: seconds, Buckets: shortBuckets(), Node: true,
		Labels: []string{"processor"},
		Help:   "How long requests waited for a worker of their processor.", Origin: Plume, By: "remoting.(*endpoint).processRequestCommand",
	}
)

// The broker's store.
var (
	StoreAppendDuration = &Family{
		Name: "rocketmq_broker_store_append_duration_seconds", Kind: HistogramKind, Unit: seconds, Buckets: shortBuckets(), Node: true,
		Help: "How long writing a group of records to the commit log took.", Origin: Plume,
		By: "broker/store/commitlog.(*CommitLog).writeBatch",
	}
	StoreLockWait = &Family{
		Name: "rocketmq_broker_store_lock_wait_seconds", Kind: HistogramKind, Unit: seconds, Buckets: shortBuckets(), Node: true,
		Labels: []string{"lock"},
		Help:   "How long puts waited for the lock that orders them.", Origin: Plume,
		By: "broker/store/commitlog.(*CommitLog).asyncPutMessage",
	}
	StoreFlushDuration = &Family{
		Name: "rocketmq_broker_flush_duration_seconds", Kind: HistogramKind, Unit: seconds, Buckets: shortBuckets(), Node: true,
		Labels: []string{"type"},
		Help:   "How long making the commit log durable took: by group commit, or in intervals.", Origin: Plume,
		By: "broker/store/commitlog.(*CommitLog).Commit, broker/store/commitlog.(*CommitLog).flushRealTime",
	}
)

// The name server.
var (
	NamesrvRouteRequests = &Family{
		Name: "rocketmq_namesrv_route_requests_total", Kind: CounterKind, Unit: "requests", Node: true, Labels: []string{"result"},
		Help: "Questions for a topic's route: found, not_found or failed.", Origin: Plume,
		By: "namesrv/processor.(*ClientRequestProcessor).ProcessRequest",
	}
	NamesrvLiveBrokers = &Family{
		Name: "rocketmq_namesrv_live_brokers", Kind: GaugeKind, Unit: "brokers", Node: true,
		Help: "Broker processes that are registered.", Origin: Plume, By: "namesrv.(*NameServer).collect",
	}
	NamesrvTopics = &Family{
		Name: "rocketmq_namesrv_topics", Kind: GaugeKind, Unit: "topics", Node: true,
		Help: "Topics that have a route.", Origin: Plume, By: "namesrv.(*NameServer).collect",
	}
)

// DemoFaultActive has what the demo and plume chaos break.
var DemoFaultActive = &Family{
	Name: "rocketmq_demo_fault_active", Kind: GaugeKind, Unit: "faults", Labels: []string{"fault"},
	Help: "Faults that are on: those of the demo's control bar, or of plume chaos.", Origin: Plume, By: "internal/chaos.(*Chaos).once",
}

func plumeFamilies() []*Family {
	return []*Family{
		StepDuration, ClientRouteCache, ClientQueueSelected, ClientRetries, ClientSendsInFlight, ClientSemaphoreWait, ClientChannels,
		ServerChannels, ProcessorQueueWait, StoreAppendDuration, StoreLockWait, StoreFlushDuration,
		NamesrvRouteRequests, NamesrvLiveBrokers, NamesrvTopics, DemoFaultActive,
	}
}
