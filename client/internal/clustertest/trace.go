package clustertest

import (
	"strings"
	"testing"

	"github.com/plumemq/plume/client/messagetrace"
	"github.com/plumemq/plume/message"
)

// SendTraceData is the outline of the first records' way to the trace topic.
const SendTraceData = `
sendTraceData
  send RMQ_SYS_TRACE_TOPIC [producer]
    tryToFindTopicPublishInfo
      updateTopicRouteInfoFromNameServer
        GET_ROUTEINFO_BY_TOPIC [client]
    selectOneMessageQueue
    sendKernelImpl
      findBrokerAddressInPublish
      sendMessageAsync
        SEND_MESSAGE_V2 [client]
      processSendResponse
      updateFaultItem
`

// TraceRecords are the records of Apache's message trace that reached the broker's trace topic, and the trace messages' keys. All must
// come from a producer group, and none be traced in its turn.
func (b *Broker) TraceRecords(t testing.TB, producerGroup string) (records []messagetrace.Record, keys []string) {
	t.Helper()
	for _, s := range b.Sent() {
		if s.Topic != message.TopicTrace {
			continue
		}
		of, err := messagetrace.Decode(s.Body)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, of...)
		properties := message.ParseProperties(s.Properties)
		keys = append(keys, strings.Fields(properties.Get(message.PropertyKeys))...)
		if properties.Get("traceparent") != "" {
			t.Error("a trace message carries a trace context")
		}
		if s.ProducerGroup != producerGroup {
			t.Errorf("producer group %s, want %s", s.ProducerGroup, producerGroup)
		}
	}
	return records, keys
}
