package metrics

// durationBuckets are those that the conventions advise for every duration, in seconds.
func durationBuckets() []float64 {
	return []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
}

// The messaging conventions, as a client of RocketMQ records them.
var (
	MessagingOperationDuration = &Family{
		Name: "messaging_client_operation_duration_seconds", Kind: HistogramKind, Unit: seconds, Buckets: durationBuckets(),
		Labels: []string{
			"messaging_system", "messaging_operation_name", "messaging_operation_type", "messaging_destination_name",
			"messaging_consumer_group_name", "error_type", "server_address", "server_port",
		},
		Help: "Duration of a send (all attempts together), a pull, a commit of offsets or a send-back.",
		Doc: "Duration of a send (all attempts together), a pull that brought messages or failed, a commit of offsets or a send-back. " +
			"The server is the one asked last. Empty long polls are left out: their duration is the broker's patience.",
		Origin: OpenTelemetry, By: "client/producer.(*Producer).endSend, client/consumer.(*Consumer).pullMessage, client/consumer.(*Consumer).sendMessageBack, client/consumer.(*remoteOffsets).commit",
	}
	MessagingSentMessages = &Family{
		Name: "messaging_client_sent_messages_total", Kind: CounterKind, Unit: "messages",
		Labels: []string{
			"messaging_system", "messaging_operation_name", "messaging_destination_name", "error_type", "server_address", "server_port",
		},
		Help: "Messages that producers tried to send, each once, with how that ended.", Origin: OpenTelemetry,
		By: "client/producer.(*Producer).endSend",
	}
	MessagingConsumedMessages = &Family{
		Name: "messaging_client_consumed_messages_total", Kind: CounterKind, Unit: "messages",
		Labels: []string{
			"messaging_system", "messaging_operation_name", "messaging_destination_name", "messaging_consumer_group_name",
			"server_address", "server_port",
		},
		Help: "Messages delivered to consumers, before their handlers see them.", Origin: OpenTelemetry,
		By: "client/consumer.(*Consumer).pullMessage",
	}
	MessagingProcessDuration = &Family{
		Name: "messaging_process_duration_seconds", Kind: HistogramKind, Unit: seconds, Buckets: durationBuckets(),
		Labels: []string{
			"messaging_system", "messaging_operation_name", "messaging_destination_name", "messaging_consumer_group_name", "error_type",
		},
		Help: "Duration of processing: the handler's call and its settlement.", Origin: OpenTelemetry,
		By: "client/consumer.(*Consumer).consume",
	}
)

// The RPC conventions, for every remoting request.
var (
	RPCClientCallDuration = &Family{
		Name: "rpc_client_call_duration_seconds", Kind: HistogramKind, Unit: seconds, Buckets: durationBuckets(),
		Labels: []string{"rpc_system_name", "rpc_method", "rpc_response_status_code", "error_type", "server_address", "server_port"},
		Help:   "Duration of remoting calls, from the call to the response; of one-way ones, to the write.",
		Doc: "Duration of remoting calls, from the call to the response; of one-way ones, to the write. Requests that a server sends to " +
			"its clients name no server.",
		Origin: OpenTelemetry, By: "remoting.(*endpoint).invokeSyncImpl, remoting.(*endpoint).invokeAsyncImpl, remoting.(*endpoint).invokeOnewayImpl",
	}
	RPCServerCallDuration = &Family{
		Name: "rpc_server_call_duration_seconds", Kind: HistogramKind, Unit: seconds, Buckets: durationBuckets(),
		Labels: []string{"rpc_system_name", "rpc_method", "rpc_response_status_code", "error_type", "server_address", "server_port"},
		Help:   "Duration of remoting requests at the server, from their last byte to that of the answer.", Origin: OpenTelemetry,
		By: "remoting.(*endpoint).answer",
	}
)

func openTelemetryFamilies() []*Family {
	return []*Family{
		MessagingOperationDuration, MessagingSentMessages, MessagingConsumedMessages, MessagingProcessDuration,
		RPCClientCallDuration, RPCServerCallDuration,
	}
}
