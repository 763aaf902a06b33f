package story

import (
	"fmt"
	"strings"

	"github.com/plumemq/plume/internal/tracestore"
)

// asides are the steps of background work that are worth a sentence within the story of the request that caused them.
var asides = map[string]bool{
	"store.doReput": true, "store.buildConsumeQueue": true, "store.buildIndex": true, "store.notifyMessageArriving": true,
}

// tellers hold the words for each step; steps without any are left to the waterfall.
var tellers = map[string]func(*view, *tracestore.Span) string{
	"producer.send":                               tellSend,
	"producer.tryToFindTopicPublishInfo":          tellRoute,
	"instance.updateTopicRouteInfoFromNameServer": tellRouteUpdate,
	"namesrv.pickupTopicRouteData":                tellPickup,
	"latency.selectOneMessageQueue":               tellSelect,
	"producer.sendKernelImpl":                     tellKernel,
	"instance.findBrokerAddressInPublish":         tellAddress,
	"producer.tryToCompressMessage":               tellCompress,
	"remoting.getAndCreateChannel":                tellChannel,
	"remoting.client.SEND_MESSAGE_V2":             tellRequest,
	"remoting.client.SEND_BATCH_MESSAGE":          tellRequest,
	"broker.SendMessageProcessor.processRequest":  tellProcessor,
	"outer.registerBrokerAll":                     tellRegister,
	"mappedfile.appendMessage":                    tellAppend,
	"commitlog.handleDiskFlush":                   tellFlush,
	"api.processSendResponse":                     tellResponse,
	"latency.updateFaultItem":                     tellFault,
	"consumer.process":                            tellProcess,
	"store.doReput":                               tellReput,
	"store.buildConsumeQueue":                     tellConsumeQueue,
	"store.notifyMessageArriving":                 tellArriving,
}

func (v *view) sentence(s *tracestore.Span) string {
	if tell := tellers[s.Step()]; tell != nil {
		return tell(v, s)
	}
	return ""
}

func tellSend(_ *view, s *tracestore.Span) string {
	how := ""
	switch s.Attr("rocketmq.communication_mode") {
	case "async":
		how = " The mode is async: the caller goes on at once, a callback gets the result."
	case "oneway":
		how = " The mode is one-way: the broker's answer is neither asked for nor awaited."
	case "sync":
		how = " The mode is sync: the caller waits for the broker's answer."
	}
	if s.Failed {
		return fmt.Sprintf("`%s` tried to send a message to `%s` and failed after %s: %s.%s", s.Resource.Service, topic(s), Took(s.Duration()), reason(s), how)
	}
	return fmt.Sprintf("`%s` sent a message to topic `%s`.%s", s.Resource.Service, topic(s), how)
}

func reason(s *tracestore.Span) string {
	why := first(s, "error.type")
	if s.Status != "" {
		why = s.Status
	}
	if why == "" {
		return "the span does not say why"
	}
	return "`" + strings.ReplaceAll(why, "`", "'") + "`"
}

func tellRoute(v *view, s *tracestore.Span) string {
	if v.below(s, "instance.updateTopicRouteInfoFromNameServer") == nil {
		return "The topic's route was already in the producer's table, so the name server was not asked at all."
	}
	return "The route was not cached, so the producer had to ask the name server where the topic lives."
}

func tellRouteUpdate(v *view, s *tracestore.Span) string {
	took := Took(s.Duration())
	if s.Attr("rocketmq.route.default_topic") == "true" {
		return fmt.Sprintf("So it asked a second time, for the default topic `TBW102`, and took its queues as a template for the new topic (%s). "+
			"The topic itself will be made by the broker, when the message arrives.", took)
	}
	if call := v.below(s, "remoting.client.GET_ROUTEINFO_BY_TOPIC"); call != nil {
		switch status := call.Attr("rpc.response.status_code"); {
		case status == "TOPIC_NOT_EXIST":
			return fmt.Sprintf("So its answer was `TOPIC_NOT_EXIST`: no broker has registered this topic (%s).", took)
		case call.Failed:
			return fmt.Sprintf("The name server did not answer: %s.", reason(call))
		}
	}
	if s.Failed {
		return fmt.Sprintf("Asking the name server failed: %s.", reason(s))
	}
	return ""
}

// toldAtItsEnd are steps whose sentence is about their outcome.
func toldAtItsEnd(v *view, s *tracestore.Span) bool {
	if s.Step() != "instance.updateTopicRouteInfoFromNameServer" || s.Attr("rocketmq.route.default_topic") == "true" {
		return false
	}
	call := v.below(s, "remoting.client.GET_ROUTEINFO_BY_TOPIC")
	return call != nil && (call.Failed || call.Attr("rpc.response.status_code") == "TOPIC_NOT_EXIST")
}

func tellPickup(v *view, s *tracestore.Span) string {
	if call := v.above(s, "remoting.client.GET_ROUTEINFO_BY_TOPIC"); call != nil && call.Attr("rpc.response.status_code") == "TOPIC_NOT_EXIST" {
		return fmt.Sprintf("`%s` looked into its tables in memory and found no such topic.", s.Resource.Service)
	}
	return fmt.Sprintf("`%s` answered from tables that it keeps in memory: which brokers hold the topic, with how many queues, at which addresses (%s).",
		s.Resource.Service, Took(s.Duration()))
}

func tellSelect(_ *view, s *tracestore.Span) string {
	broker := first(s, "rocketmq.broker.name", "rocketmq.lb.broker", "messaging.rocketmq.broker.name")
	queue := first(s, "messaging.destination.partition.id", "rocketmq.queue.id", "rocketmq.lb.queue")
	last := first(s, "rocketmq.lb.last_broker")
	out := "One queue was chosen, round robin over all queues of all brokers"
	if broker != "" && queue != "" {
		out = fmt.Sprintf("Round robin over all queues chose queue %s on `%s`", queue, broker)
	}
	if last != "" {
		out += fmt.Sprintf(", avoiding `%s`, which had just failed", last)
	}
	return out + "."
}

func tellKernel(_ *view, s *tracestore.Span) string {
	attempt := s.Attr("rocketmq.attempt")
	again := attempt != "" && attempt != "0"
	switch {
	case s.Failed:
		return fmt.Sprintf("Attempt failed after %s: %s. A send may try again, on another broker.", Took(s.Duration()), reason(s))
	case again:
		return fmt.Sprintf("The next attempt (`attempt=%s`) took %s.", attempt, Took(s.Duration()))
	}
	return ""
}

func tellAddress(_ *view, s *tracestore.Span) string {
	addr := first(s, "rocketmq.broker.address", "server.address", "rocketmq.broker.addr")
	if addr == "" {
		return "The broker's address came out of the client's own table: no request was needed."
	}
	if port := s.Attr("server.port"); port != "" && !strings.Contains(addr, ":") {
		addr += ":" + port
	}
	return fmt.Sprintf("Its address, `%s`, came out of the client's own table: no request was needed.", addr)
}

func tellCompress(_ *view, _ *tracestore.Span) string {
	return "The body was large enough to be compressed first."
}

func tellChannel(v *view, s *tracestore.Span) string {
	if v.above(s, "producer.sendKernelImpl") == nil {
		return ""
	}
	if first(s, "rocketmq.channel.reused", "channel.reused") == "true" {
		return "The connection to that address was open already, and is shared by every caller."
	}
	return fmt.Sprintf("There was no connection to that address yet: it was dialled now, and stays (%s).", Took(s.Duration()))
}

func tellRequest(v *view, s *tracestore.Span) string {
	if s.Failed {
		return fmt.Sprintf("`%s` went out, and no good answer came: %s.", s.Name, reason(s))
	}
	server := v.below(s, "broker.SendMessageProcessor.processRequest") // the SERVER span also waits for the answer to be written
	if server == nil {
		return fmt.Sprintf("`%s` went over the wire and was answered within %s.", s.Name, Took(s.Duration()))
	}
	if v.above(s, "remoting.invokeOneway") != nil {
		return fmt.Sprintf("`%s` was written to the connection, and that was that for the producer; `%s` goes on alone.", s.Name, server.Resource.Service)
	}
	return fmt.Sprintf("`%s` went over the wire: %s there and back, of which `%s` worked %s.",
		s.Name, Took(s.Duration()), server.Resource.Service, Took(server.Duration()))
}

func tellProcessor(_ *view, s *tracestore.Span) string {
	return fmt.Sprintf("On `%s`, the request code led to `SendMessageProcessor`, on a pool of its own.", s.Resource.Service)
}

func tellRegister(v *view, s *tracestore.Span) string {
	sent := v.above(s, "producer.send")
	if sent == nil {
		return ""
	}
	return fmt.Sprintf("`%s` did not have the topic `%s` either. It made it, after the pattern of `TBW102`, and told the name server before it stored anything (%s).",
		s.Resource.Service, topic(sent), Took(s.Duration()))
}

func tellAppend(_ *view, s *tracestore.Span) string {
	return fmt.Sprintf("The message was appended to the commit log, one file for all topics, in %s.", Took(s.Duration()))
}

func tellFlush(_ *view, s *tracestore.Span) string {
	if strings.HasPrefix(strings.ToUpper(first(s, "rocketmq.flush.type", "rocketmq.flush")), "SYNC") {
		return fmt.Sprintf("Flushing is synchronous here: the answer waited %s for the disk.", Took(s.Duration()))
	}
	return "Flushing is asynchronous: the answer did not wait for the disk."
}

func tellResponse(_ *view, s *tracestore.Span) string {
	if s.Failed {
		return fmt.Sprintf("The broker's answer was an error: %s.", reason(s))
	}
	return "Back in the producer, the answer became a send result: message id, queue and offset."
}

func tellFault(_ *view, s *tracestore.Span) string {
	if s.Attr("rocketmq.fault.isolated") == "true" {
		return "The latency table now holds this broker as faulty, so that the next choice avoids it."
	}
	return ""
}

func tellProcess(_ *view, s *tracestore.Span) string {
	group := s.Attr("messaging.consumer.group.name")
	if s.Failed {
		return fmt.Sprintf("Consumer group `%s` received it, and its handler failed: %s. It will come again.", group, reason(s))
	}
	return fmt.Sprintf("Consumer group `%s` received it and its handler was done in %s. The trace came along inside the message, over the broker's disk.",
		group, Took(s.Duration()))
}

func tellReput(_ *view, s *tracestore.Span) string {
	return fmt.Sprintf("Meanwhile, in a trace of its own, the reput service of `%s` read the new record back from the commit log.", s.Resource.Service)
}

func tellConsumeQueue(_ *view, s *tracestore.Span) string {
	return fmt.Sprintf("It wrote a 20-byte entry to the consume queue (%s): only now can a consumer find the message.", Took(s.Duration()))
}

func tellArriving(_ *view, _ *tracestore.Span) string {
	return "And it woke the pull requests that were waiting for this queue."
}
