package story

import (
	"strconv"
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

func tellSend(v *view, s *tracestore.Span) string {
	how := ""
	switch mode := s.Attr("rocketmq.communication_mode"); mode {
	case "async", "oneway", "sync":
		how = v.say("story.mode." + mode)
	}
	if s.Failed {
		return v.say("story.send.failed", s.Resource.Service, topic(s), Took(s.Duration()), v.reason(s)) + how
	}
	return v.say("story.send", s.Resource.Service, topic(s)) + how
}

func (v *view) reason(s *tracestore.Span) string {
	why := first(s, "error.type")
	if s.Status != "" {
		why = s.Status
	}
	if why == "" {
		return v.say("story.unsaid")
	}
	return "`" + strings.ReplaceAll(why, "`", "'") + "`"
}

func tellRoute(v *view, s *tracestore.Span) string {
	if v.below(s, "instance.updateTopicRouteInfoFromNameServer") == nil {
		return v.say("story.route.cached")
	}
	return v.say("story.route.asked")
}

func tellRouteUpdate(v *view, s *tracestore.Span) string {
	took := Took(s.Duration())
	if s.Attr("rocketmq.route.default_topic") == "true" {
		return v.say("story.route.template", took)
	}
	if call := v.below(s, "remoting.client.GET_ROUTEINFO_BY_TOPIC"); call != nil {
		switch status := call.Attr("rpc.response.status_code"); {
		case status == "TOPIC_NOT_EXIST":
			return v.say("story.route.unknown", took)
		case call.Failed:
			return v.say("story.route.silent", v.reason(call))
		}
	}
	if s.Failed {
		return v.say("story.route.failed", v.reason(s))
	}
	return ""
}

// toldAtItsEnd are steps whose sentence is about their outcome.
func toldAtItsEnd(v *view, s *tracestore.Span) bool {
	if s.Step() == "producer.sendKernelImpl" {
		return s.Failed
	}
	if s.Step() != "instance.updateTopicRouteInfoFromNameServer" || s.Attr("rocketmq.route.default_topic") == "true" {
		return false
	}
	call := v.below(s, "remoting.client.GET_ROUTEINFO_BY_TOPIC")
	return call != nil && (call.Failed || call.Attr("rpc.response.status_code") == "TOPIC_NOT_EXIST")
}

func tellPickup(v *view, s *tracestore.Span) string {
	if call := v.above(s, "remoting.client.GET_ROUTEINFO_BY_TOPIC"); call != nil && call.Attr("rpc.response.status_code") == "TOPIC_NOT_EXIST" {
		return v.say("story.pickup.none", s.Resource.Service)
	}
	return v.say("story.pickup", s.Resource.Service, Took(s.Duration()))
}

func tellSelect(v *view, s *tracestore.Span) string {
	broker := first(s, "rocketmq.broker.name", "rocketmq.lb.broker", "messaging.rocketmq.broker.name")
	queue := first(s, "messaging.destination.partition.id", "rocketmq.queue.id", "rocketmq.lb.queue")
	last := first(s, "rocketmq.lb.last_broker")
	out := v.say("story.select")
	if broker != "" && queue != "" {
		out = v.say("story.select.queue", queue, broker)
	}
	if last != "" {
		out += v.say("story.select.avoided", last)
	}
	return out + v.say("story.stop")
}

func tellKernel(v *view, s *tracestore.Span) string {
	attempt := s.Attr("rocketmq.attempt")
	again := attempt != "" && attempt != "0"
	switch {
	case s.Failed && v.toldWhy(s):
		return v.say("story.attempt.so", Took(s.Duration()))
	case s.Failed:
		return v.say("story.attempt.failed", Took(s.Duration()), v.reason(s))
	case again:
		return v.say("story.attempt", attempt, Took(s.Duration()))
	}
	return ""
}

// toldWhy says whether a failed attempt's connection or request has said already why.
func (v *view) toldWhy(s *tracestore.Span) bool {
	for _, step := range []string{"remoting.getAndCreateChannel", "remoting.client.SEND_MESSAGE_V2", "remoting.client.SEND_BATCH_MESSAGE"} {
		if below := v.below(s, step); below != nil && below.Failed {
			return true
		}
	}
	return false
}

func tellAddress(v *view, s *tracestore.Span) string {
	addr := first(s, "rocketmq.broker.address", "server.address", "rocketmq.broker.addr")
	if addr == "" {
		return v.say("story.address.unsaid")
	}
	if port := s.Attr("server.port"); port != "" && !strings.Contains(addr, ":") {
		addr += ":" + port
	}
	return v.say("story.address", addr)
}

func tellCompress(v *view, _ *tracestore.Span) string {
	return v.say("story.compress")
}

func tellChannel(v *view, s *tracestore.Span) string {
	if v.above(s, "producer.sendKernelImpl") == nil {
		return ""
	}
	if s.Failed {
		return v.say("story.channel.failed", v.reason(s))
	}
	if first(s, "rocketmq.channel.reused", "channel.reused") == "true" {
		return v.say("story.channel.reused")
	}
	return v.say("story.channel", Took(s.Duration()))
}

func tellRequest(v *view, s *tracestore.Span) string {
	if s.Failed && s.Attr("error.type") == "send_request" {
		return v.say("story.request.cut", s.Name, v.reason(s))
	}
	if s.Failed {
		return v.say("story.request.failed", s.Name, v.reason(s))
	}
	server := v.below(s, "broker.SendMessageProcessor.processRequest") // the SERVER span also waits for the answer to be written
	if server == nil {
		return v.say("story.request", s.Name, Took(s.Duration()))
	}
	if v.above(s, "remoting.invokeOneway") != nil {
		return v.say("story.request.oneway", s.Name, server.Resource.Service)
	}
	return v.say("story.request.there", s.Name, Took(s.Duration()), server.Resource.Service, Took(server.Duration()))
}

func tellProcessor(v *view, s *tracestore.Span) string {
	return v.say("story.processor", s.Resource.Service)
}

func tellRegister(v *view, s *tracestore.Span) string {
	sent := v.above(s, "producer.send")
	if sent == nil {
		return ""
	}
	return v.say("story.register", s.Resource.Service, topic(sent), Took(s.Duration()))
}

func tellAppend(v *view, s *tracestore.Span) string {
	return v.say("story.append", Took(s.Duration()))
}

func tellFlush(v *view, s *tracestore.Span) string {
	if strings.HasPrefix(strings.ToUpper(first(s, "rocketmq.flush.type", "rocketmq.flush")), "SYNC") {
		return v.say("story.flush.sync", Took(s.Duration()))
	}
	return v.say("story.flush.async")
}

func tellResponse(v *view, s *tracestore.Span) string {
	if s.Failed {
		return v.say("story.response.failed", v.reason(s))
	}
	return v.say("story.response")
}

func tellFault(v *view, s *tracestore.Span) string {
	if s.Attr("rocketmq.fault.isolated") == "true" {
		return v.say("story.fault")
	}
	return ""
}

func tellProcess(v *view, s *tracestore.Span) string {
	group := s.Attr("messaging.consumer.group.name")
	if s.Failed {
		return v.say("story.process.failed", group, v.reason(s))
	}
	return v.say("story.process", group, Took(s.Duration()))
}

func tellReput(v *view, s *tracestore.Span) string {
	if n := messages(s); n > 1 {
		return v.say("story.reput.more", n-1, s.Resource.Service)
	}
	return v.say("story.reput", s.Resource.Service)
}

func tellConsumeQueue(v *view, s *tracestore.Span) string {
	if messages(s) > 1 {
		return v.say("story.queue.more", Took(s.Duration()))
	}
	return v.say("story.queue", Took(s.Duration()))
}

// messages is how many a span says that it was about; 0 if it does not say.
func messages(s *tracestore.Span) int {
	n, _ := strconv.Atoi(s.Attr("messaging.batch.message_count"))
	return n
}

func tellArriving(v *view, _ *tracestore.Span) string {
	return v.say("story.arriving")
}
