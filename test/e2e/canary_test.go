package e2e_test

import (
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/message"
)

// canary is a message whose every private part can be recognised.
type canary struct {
	*message.Message
	secrets map[string]string // part -> text
}

func newCanary() canary {
	c := canary{secrets: map[string]string{}}
	for _, part := range []string{"body", "key", "sharding key", "property name", "property value"} {
		c.secrets[part] = "canary" + rand.Text()
	}
	c.Message = message.New(topic, []byte(c.secrets["body"]+strings.Repeat(" so that it is compressed", 500)))
	c.SetKeys(c.secrets["key"])
	c.SetShardingKey(c.secrets["sharding key"])
	c.SetProperty(c.secrets["property name"], c.secrets["property value"])
	return c
}

// everything is all that spans say, in one text.
func everything(spans []sdktrace.ReadOnlySpan) string {
	var b strings.Builder
	for _, s := range spans {
		fmt.Fprintln(&b, s.Name(), s.Status().Description, s.SpanContext().TraceState(), s.Attributes(), s.Resource().Attributes())
		for _, e := range s.Events() {
			fmt.Fprintln(&b, e.Name, e.Attributes)
		}
		for _, l := range s.Links() {
			fmt.Fprintln(&b, l.SpanContext.TraceState(), l.Attributes)
		}
	}
	return b.String()
}

// logged is all that log lines say.
func logged(logs *observer.ObservedLogs) string {
	var b strings.Builder
	enc := zapcore.NewJSONEncoder(zap.NewDevelopmentEncoderConfig())
	for _, line := range logs.All() {
		if buf, err := enc.EncodeEntry(line.Entry, line.Context); err == nil {
			b.Write(buf.Bytes())
		}
	}
	return b.String()
}

// look wants no secret of the canary in any signal, but for those parts that may be in spans.
func (a *aviary) look(t *testing.T, inSpans ...string) {
	t.Helper()
	a.scrape(t)
	signals := map[string]string{"log": logged(a.logs), "metrics": a.metrics.String()}
	spans := everything(a.Recorder.Spans())
	a.complete(t, spans, signals)
	for part, secret := range a.msg.secrets {
		for where, text := range signals {
			report(t, part, secret, where, text)
		}
		if !slices.Contains(inSpans, part) {
			report(t, part, secret, "spans", spans)
		} else if !strings.Contains(spans, secret) {
			t.Errorf("the %s was asked for and is in no span", part)
		}
	}
}

func report(t *testing.T, part, secret, where, text string) {
	t.Helper()
	if at := strings.Index(text, secret); at >= 0 {
		t.Errorf("the %s is in the %s: ...%s", part, where, text[max(0, at-300):at+len(secret)])
	}
}

// complete wants every way that the canary took to be among the signals: one that is not there has no secret to tell.
func (a *aviary) complete(t *testing.T, spans string, signals map[string]string) {
	t.Helper()
	signals = maps.Clone(signals)
	signals["spans"] = spans
	for where, all := range map[string][]string{
		"spans": {
			"schedule.deliver", "consumerSendMsgBack", "sendBack.fallback", "error.type", "queryMessage", `"rocketmq.communication_mode":"oneway"`,
		},
		"log": {"responseTable.put", "trace_id", "message not sent back", "broadcast message dropped"},
		"metrics": {
			"# {span_id=", "# {trace_id=", // in OpenMetrics alone
			`rocketmq_send_to_dlq_messages_total{`, `rocketmq_messages_out_total{`, `rocketmq_consumer_lag_messages{`, `rocketmq_rpc_latency_milliseconds_bucket{`,
			`rocketmq_client_retries_total{`, `rocketmq_namesrv_route_requests_total{`, `messaging_process_duration_seconds_bucket{error_type="`,
			`messaging_client_sent_messages_total{error_type="`, `rpc_client_call_duration_seconds_bucket{`, `rpc_server_call_duration_seconds_bucket{`,
			`role="broker"`, `role="consumer"`, `role="namesrv"`, `role="producer"`,
		},
	} {
		for _, sign := range all {
			if !strings.Contains(signals[where], sign) {
				t.Errorf("nothing of %s in %d bytes of %s", sign, len(signals[where]), where)
			}
		}
	}
}

// No body, key or user property is in a span, in a line of the log or in a metric, of any part.
func TestCanary(t *testing.T) {
	a := newAviary(t)
	a.exercise(t)
	a.look(t)
}

// Apache's message trace has keys, in its own messages; what is told of those has none.
func TestCanaryInTheMessageTrace(t *testing.T) {
	a := newAviary(t, client.WithMessageTrace())
	a.exercise(t)
	a.Recorder.WaitNamed(t, "sendTraceData")
	a.look(t)
}

// Who asks for keys gets keys, and nothing else.
func TestCanaryWithKeysAskedFor(t *testing.T) {
	a := newAviary(t, client.WithMessageKeys(true))
	a.exercise(t)
	a.look(t, "key", "sharding key")
}
