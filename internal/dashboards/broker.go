package dashboards

import "github.com/plumemq/plume/internal/metrics"

func brokerDashboard() Dashboard {
	return Dashboard{
		UID: "broker-store", Title: "Broker and store", Doc: "Traffic, the commit log, and how requests are served. Apache's brokers fill the panels of Apache's metrics, too.",
		Rows: []Row{{"Traffic", []Panel{
			lines("Messages in", "", perSec, each(of(metrics.MessagesIn).rate(window, "node_id", "topic"), "{{node_id}} {{topic}}")),
			lines("Messages out", "", perSec, each(of(metrics.MessagesOut).rate(window, "node_id", "consumer_group"), "{{node_id}} {{consumer_group}}")),
			lines("Bytes in and out", "", rateB,
				each(of(metrics.ThroughputIn).rate(window, "node_id"), "{{node_id}} in"), each(of(metrics.ThroughputOut).rate(window, "node_id"), "{{node_id}} out")),
			heat("Size of messages", "Records as stored.", of(metrics.MessageSize), bytes),
			lines("Clients", "", count, each(of(metrics.ProducerConnections).sum("node_id", "language"), "{{node_id}} producers {{language}}"),
				each(of(metrics.ConsumerConnections).sum("node_id", "language"), "{{node_id}} consumers {{language}}")),
			lines("Topics and groups", "The system's included.", count, each(of(metrics.TopicNumber).sum("node_id"), "{{node_id}} topics"),
				each(of(metrics.ConsumerGroupNumber).sum("node_id"), "{{node_id}} groups")),
		}}, {"Store", []Panel{
			heat("Append to the commit log", "Writing a group of records.", of(metrics.StoreAppendDuration), seconds),
			lines("Wait for the append lock", "Puts go one after the other.", seconds, quantiles(of(metrics.StoreLockWait), "lock")...),
			lines("Flush to disk", "By group commit, or in intervals.", seconds, quantiles(of(metrics.StoreFlushDuration), "node_id", "type")...),
			lines("Not durable yet", "Bytes that a power cut would take. Asynchronous flush lets some stand.", bytes, each(of(metrics.StorageFlushBehind).sum("node_id"), "{{node_id}}")),
			lines("Not dispatched yet", "Bytes that no consume queue points to.", bytes, each(of(metrics.StorageDispatchBehind).sum("node_id"), "{{node_id}}")),
			lines("Space used on the disk", "By whomever.", bytes, each(of(metrics.StorageSize).max("node_id"), "{{node_id}}")),
			lines("Age of the oldest message", "", millis, each(of(metrics.StorageMessageReserveTime).max("node_id"), "{{node_id}}")),
		}}, {"Requests", []Panel{
			heat("Served, all of them", "Long polls wait on purpose.", of(metrics.RPCServerCallDuration, "rpc_method", "!=PULL_MESSAGE"), seconds),
			lines("Served per second", "", perSec, each(of(metrics.RPCServerCallDuration).rate(window, "rpc_method"), "{{rpc_method}}")),
			lines("Slowest hundredth by request", "", seconds, each(of(metrics.RPCServerCallDuration, "rpc_method", "!=PULL_MESSAGE").quantile(0.99, window, "rpc_method"), "{{rpc_method}}")),
			lines("Apache's rpc_latency, mean", "", millis, each(of(metrics.RPCLatency, "is_long_polling", "false").mean(window, "request_code"), "{{request_code}}")),
			lines("Wait for a worker", "In front of each processor.", seconds, each(of(metrics.ProcessorQueueWait).quantile(0.99, window, "processor"), "{{processor}}")),
			lines("Waiting requests", "", count, each(of(metrics.ProcessorWatermark).sum("processor"), "{{processor}}")),
			lines("Connections", "", count, each(of(metrics.ServerChannels).sum("node_type", "node_id"), "{{node_type}} {{node_id}}")),
			lines("What clients may do", "2 write, 4 read, 6 both.", count, each(of(metrics.BrokerPermission).max("node_id"), "{{node_id}}")),
		}}},
	}
}

func consumerDashboard() Dashboard {
	process := of(metrics.MessagingProcessDuration)
	group := []string{"consumer_group", "topic"}
	const legend = "{{consumer_group}} {{topic}}"
	return Dashboard{
		UID: "consumers", Title: "Consumers and lag", Doc: "How far groups are behind, and what they do.",
		Rows: []Row{{"Lag", []Panel{
			lines("Messages behind", "Stored, and not acknowledged by the group.", count, each(of(metrics.ConsumerLagMessages).sum(group...), legend)),
			lines("Time behind", "Age of the oldest of them.", millis, each(of(metrics.ConsumerLagLatency).max(group...), legend)),
			lines("Not pulled yet", "", count, each(of(metrics.ConsumerReadyMessages).sum(group...), legend)),
			lines("Pulled, not acknowledged", "", count, each(of(metrics.ConsumerInflightMessages).sum(group...), legend)),
			lines("Age of the oldest message not pulled", "", millis, each(of(metrics.ConsumerQueueingLatency).max(group...), legend)),
			lines("Dead letters", "Messages that failed for the last time.", perSec, each(orZero(of(metrics.SendToDLQMessages).rate(window)), "to the dead letter queue")),
		}}, {"Work", []Panel{
			heat("Handling a message", "The handler's call and its settlement.", process, seconds),
			lines("Handling a message", "", seconds, quantiles(process, "messaging_consumer_group_name")...),
			lines("Delivered", "", perSec, each(of(metrics.MessagingConsumedMessages).rate(window, "messaging_consumer_group_name", "messaging_destination_name"),
				"{{messaging_consumer_group_name}} {{messaging_destination_name}}")),
			lines("Handled, by outcome", "", perSec, each(process.rate(window, "error_type"), "{{error_type}}")),
			lines("What clients ask of brokers", "Pulls, commits of offsets and send-backs.", seconds,
				each(of(metrics.MessagingOperationDuration).quantile(0.99, window, "messaging_operation_name"), "{{messaging_operation_name}} p99")),
			lines("Members", "", count, each(of(metrics.ConsumerConnections).max("consumer_group", "consume_mode"), "{{consumer_group}} {{consume_mode}}")),
		}}},
	}
}

func namesrvDashboard() Dashboard {
	served := of(metrics.RPCServerCallDuration, "service", "namesrv")
	return Dashboard{
		UID: "namesrv", Title: "Name server", Doc: "What is registered, and who asks for routes.",
		Rows: []Row{{"Registered", []Panel{
			number("Live brokers", "", count, of(metrics.NamesrvLiveBrokers).max()),
			number("Topics", "", count, of(metrics.NamesrvTopics).max()),
			number("Connections", "", count, of(metrics.ServerChannels, "node_type", "namesrv").sum()),
			lines("Live brokers", "", count, each(of(metrics.NamesrvLiveBrokers).max("node_id"), "{{node_id}}")),
			lines("Topics", "", count, each(of(metrics.NamesrvTopics).max("node_id"), "{{node_id}}")),
		}}, {"Requests", []Panel{
			lines("Questions for a route", "not_found is normal before a topic's first message.", perSec, each(of(metrics.NamesrvRouteRequests).rate(window, "result"), "{{result}}")),
			heat("Answering", "", served, seconds),
			lines("Requests", "", perSec, each(served.rate(window, "rpc_method"), "{{rpc_method}}")),
			heat("Reading the route table", "The step pickupTopicRouteData.", of(metrics.StepDuration, "step", "namesrv.pickupTopicRouteData"), seconds),
			lines("Asked by clients", "Route questions as those who ask see them.", seconds,
				quantiles(of(metrics.RPCClientCallDuration, "rpc_method", "GET_ROUTEINFO_BY_TOPIC"))...),
			lines("Open connections of clients", "", count, each(of(metrics.ClientChannels).sum("service", "state"), "{{service}} {{state}}")),
		}}},
	}
}

func faultsDashboard() Dashboard {
	return Dashboard{
		UID: "faults", Title: "Faults and retries", Doc: "What was broken, and how clients got along. Orange marks are faults of the chaos profile.",
		Rows: []Row{{"Broken", []Panel{
			number("Faults now", "Switched on by plume chaos.", count, orZero("sum ("+faultActive+")")),
			number("Services down", "Not answering Prometheus.", count, `count(up == 0) or vector(0)`),
			number("Alerts firing", "", count, `count(ALERTS{alertstate="firing"}) or vector(0)`),
			lines("Faults", "", count, each(orZero(faultActive), "{{fault}}")),
			lines("Services", "1 answers, 0 does not.", count, each(`min by (service) (up)`, "{{service}}")),
			lines("What brokers allow", "2 write, 4 read, 6 both.", count, each(of(metrics.BrokerPermission).max("node_id"), "{{node_id}}")),
		}}, {"Clients", []Panel{
			lines("Retries", "Attempts after a failed one, by what failed.", perSec, each(orZero(of(metrics.ClientRetries).rate(window, "reason")), "{{reason}}")),
			lines("Sends by outcome", "An empty name is success.", perSec, each(of(metrics.MessagingSentMessages).rate(window, "error_type"), "{{error_type}}")),
			lines("Attempts by broker", "Where sends go when one broker refuses.", perSec, each(of(metrics.ClientQueueSelected).rate(window, "broker"), "{{broker}}")),
			lines("Answers that are no success", "By the code of the response, as clients see it.", perSec,
				each(orZero(of(metrics.RPCClientCallDuration, "rpc_response_status_code", "!~SUCCESS|0|", "rpc_method", "!=PULL_MESSAGE").rate(window, "rpc_method", "rpc_response_status_code")),
					"{{rpc_method}} {{rpc_response_status_code}}")),
			lines("Calls without an answer", "Timeouts and connections that broke.", perSec,
				each(orZero(of(metrics.RPCClientCallDuration, "error_type", "!=", "rpc_response_status_code", "").rate(window, "error_type")), "{{error_type}}")),
			lines("Routes that were not found", "", perSec, each(of(metrics.NamesrvRouteRequests, "result", "!=found").rate(window, "result"), "{{result}}")),
			lines("Dead letters", "", perSec, each(orZero(of(metrics.SendToDLQMessages).rate(window)), "to the dead letter queue")),
			lines("Send duration", "A retry makes a send slow, not lost.", seconds, quantiles(of(metrics.MessagingOperationDuration, "messaging_operation_name", "send"))...),
		}}},
	}
}
