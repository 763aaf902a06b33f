package dashboards

import "github.com/plumemq/plume/internal/metrics"

// stage is a part of the way of a send.
type stage struct {
	title string
	steps []string
}

// sendPath are the steps of a warm synchronous send, in the order in which they begin.
func sendPath() []stage {
	return []stage{
		{"In the producer", []string{
			"producer.send", "producer.tryToFindTopicPublishInfo", "latency.selectOneMessageQueue", "producer.sendKernelImpl",
			"instance.findBrokerAddressInPublish", "api.sendMessageSync",
		}},
		{"Over the wire", []string{
			"remoting.invokeSync", "remoting.getAndCreateChannel", "remoting.client.SEND_MESSAGE_V2", "remoting.server.SEND_MESSAGE_V2",
		}},
		{"In the broker", []string{
			"broker.SendMessageProcessor.processRequest", "broker.SendMessageProcessor.sendMessage", "store.asyncPutMessage",
			"commitlog.asyncPutMessage", "mappedfile.appendMessage", "commitlog.handleDiskFlush", "ha.handleHA",
			"broker.handlePutMessageResult",
		}},
		{"Beside it, and at the consumer", []string{"store.doReput", "consumer.process", "consumer.consumeMessage"}},
	}
}

func sendPathDashboard() Dashboard {
	sent, took := of(metrics.MessagingSentMessages), of(metrics.MessagingOperationDuration, "messaging_operation_name", "send")
	step := of(metrics.StepDuration, "step", "!=")
	d := Dashboard{
		UID: "send-path", Title: "Send path, step by step",
		Doc: "Every step of a send as a heatmap. A diamond is one send: it leads to its trace in Jaeger and to its page in the walkthrough.",
		Rows: []Row{{"Sends", []Panel{
			number("Sends", "Messages that producers tried to send, per second.", perSec, sent.rate("30s")),
			number("Failed", "Of them, those that failed after all retries.", perSec, orZero(of(metrics.MessagingSentMessages, "error_type", "!=").rate("30s"))),
			number("Median send", "As the caller sees it, retries included.", seconds, took.quantile(0.5, "1m")),
			number("Slowest hundredth", "The 99th percentile.", seconds, took.quantile(0.99, "1m")),
			number("In flight", "Sends that have begun and not ended.", count, of(metrics.ClientSendsInFlight).sum()),
			number("Retries", "Attempts after a failed one, per second.", perSec, orZero(of(metrics.ClientRetries).rate("30s"))),
			heat("A send, as its caller sees it", "All attempts together.", took, seconds),
			lines("Send duration", "", seconds, quantiles(took)...),
			lines("Sends by step mode", "Sends in each communication mode, counted at the step producer.send.", perSec,
				each(of(metrics.StepDuration, "step", "producer.send").rate(window, "communication_mode"), "{{communication_mode}}")),
			lines("Route look-ups", "A miss asks a name server; a hit costs nothing.", perSec,
				each(of(metrics.ClientRouteCache).rate(window, "result"), "{{result}}")),
			lines("Queues chosen", "Round robin: every queue of every broker gets its share.", perSec,
				each(of(metrics.ClientQueueSelected).rate(window, "broker", "queue_id"), "{{broker}} {{queue_id}}")),
			lines("Waits for a permit", "Asynchronous and one-way sends are bounded by semaphores.", seconds,
				quantiles(of(metrics.ClientSemaphoreWait), "communication_mode")...),
		}}, {"Where the time goes", []Panel{
			{
				Title: "Mean duration of each step, last minute", Doc: "A step contains those that it calls.", Kind: bargauge, Unit: seconds, Width: 12,
				Queries: []Query{{Expr: "topk(20, " + step.mean("1m", "step") + " > 0)", Legend: "{{step}}"}},
			},
			{
				Title: "Steps per second", Doc: "How often each step was taken.", Kind: timeseries, Unit: perSec, Width: 12,
				Queries: []Query{each(step.rate(window, "step"), "{{step}}")},
			},
		}}},
	}
	for _, s := range sendPath() {
		row := Row{Title: s.title}
		for _, id := range s.steps {
			row.Panels = append(row.Panels, heat(id, "Duration of the step "+id+".", of(metrics.StepDuration, "step", id), seconds))
		}
		d.Rows = append(d.Rows, row)
	}
	return d
}
