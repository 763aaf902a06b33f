package consumer_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/client/messagetrace"
	"github.com/plumemq/plume/internal/spantest"
	"github.com/plumemq/plume/message"
)

// traceGroup is the producer group of the records.
const traceGroup = "_INNER_TRACE_PRODUCER-group-CONSUME-1"

// wanted is a stored message whose broker wants a trace, or says otherwise.
func wanted(body, id, keys, on string) message.Record {
	var p message.Properties
	p.Set(message.PropertyUniqClientMessageIDKeyIdx, id)
	p.Set(message.PropertyMsgRegion, "DefaultRegion")
	p.Set(message.PropertyTraceSwitch, on)
	if keys != "" {
		p.Set(message.PropertyKeys, keys)
	}
	return message.Record{Body: []byte(body), Properties: p.String()}
}

func TestMessageTrace(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic(message.TopicTrace, 1, "broker-a")
		c := f.start(t, func(_ context.Context, msgs []*message.MessageExt) error {
			time.Sleep(20 * time.Millisecond)
			switch string(msgs[0].Body) {
			case "no":
				return errHandler
			case "panic":
				panic("on purpose")
			case "slow":
				time.Sleep(time.Minute)
			}
			return nil
		}, client.WithMessageTrace(), consumer.WithConcurrency(1), consumer.WithConsumeTimeout(time.Minute))
		var unregioned message.Properties
		unregioned.Set(message.PropertyUniqClientMessageIDKeyIdx, "id-region")
		retried := wanted("no", "id-no", "k1 k2", "true")
		retried.ReconsumeTimes = 2
		f.shelf.Put(topic, 0, wanted("yes", "id-yes", "", "true"), retried, wanted("panic", "id-panic", "", "true"),
			wanted("untraced", "id-off", "", "false"), message.Record{Body: []byte("x"), Properties: unregioned.String()},
			wanted("slow", "id-slow", "", "true"))
		settle(2 * time.Minute)
		stop(t, c)
		records, keys := f.broker.TraceRecords(t, traceGroup)
		got := map[string][]string{}
		for _, r := range records {
			if r.Group != group || r.RequestID == "" || r.Time == 0 || !slices.Contains(keys, r.MsgID) {
				t.Errorf("%+v", r)
			}
			line := fmt.Sprint(r.Type, " ", r.Keys, " ", r.RetryTimes, " ", r.Region)
			if r.Type == messagetrace.SubAfter {
				line = fmt.Sprint(r.Type, " ", r.Keys, " ", r.Success, " ", r.ContextCode, " ", r.CostTime)
			}
			got[r.MsgID] = append(got[r.MsgID], line)
		}
		for id, want := range map[string][]string{
			"id-yes":   {"SubBefore  0 DefaultRegion", "SubAfter  true 0 20"},
			"id-no":    {"SubBefore k1 k2 2 DefaultRegion", "SubAfter k1 k2 false 4 20"},
			"id-panic": {"SubBefore  0 DefaultRegion", "SubAfter  false 2 20"},
			"id-slow":  {"SubBefore  0 DefaultRegion", "SubAfter  true 1 60020"},
			"id-off":   nil, "id-region": nil,
		} {
			if !slices.Equal(got[id], want) {
				t.Errorf("%s: %q, want %q", id, got[id], want)
			}
		}
		if !slices.Contains(keys, "k2") {
			t.Errorf("keys %v", keys)
		}
		for _, r := range records {
			for _, other := range records {
				if (r.MsgID == other.MsgID) != (r.RequestID == other.RequestID) {
					t.Errorf("request ids: %+v and %+v", r, other)
				}
			}
		}
	})
}

func TestMessageTraceOfABatch(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic(message.TopicTrace, 1, "broker-a")
		f.shelf.SetOffset(group, topic, 0, 0)
		f.shelf.Put(topic, 0, wanted("a", "id-a", "", "true"), wanted("b", "id-b", "", "false"), wanted("c", "id-c", "", "true"))
		c := f.start(t, func(_ context.Context, _ []*message.MessageExt) error {
			time.Sleep(30 * time.Millisecond)
			return consumer.RetryFrom(1, errHandler)
		}, client.WithMessageTrace(), consumer.WithBatchMaxSize(3))
		settle(time.Second)
		stop(t, c)
		var got []string
		records, _ := f.broker.TraceRecords(t, traceGroup)
		for _, r := range records {
			got = append(got, fmt.Sprintf("%v %s %v %d,%d", r.Type, r.MsgID, r.Success, r.ContextCode, r.CostTime))
		}
		want := []string{"SubBefore id-a false 0,0", "SubBefore id-c false 0,0", "SubAfter id-a true 0,10", "SubAfter id-c false 4,10"}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// TestMessageTraceOfTheTraceTopic: a group that reads the trace topic leaves no trace of that, which would be read in its turn.
func TestMessageTraceOfTheTraceTopic(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic(message.TopicTrace, 1, "broker-a")
		c := f.start(t, nothing, client.WithMessageTrace())
		if err := c.Subscribe(message.TopicTrace, "*"); err != nil {
			t.Fatal(err)
		}
		settle(time.Second)
		f.shelf.Put(message.TopicTrace, 0, wanted("Pub\x01...", "id", "", "true"))
		settle(10 * time.Second)
		stop(t, c)
		if records, _ := f.broker.TraceRecords(t, traceGroup); len(records) > 0 {
			t.Errorf("%+v", records)
		}
	})
}

func TestTreeMessageTrace(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture, recorded consumer.Option) {
		f.AddTopic(message.TopicTrace, 1, "broker-a")
		c := f.start(t, nothing, recorded, client.WithMessageTrace())
		f.shelf.Put(topic, 0, wanted("x", "id", "", "true"))
		settle(10 * time.Second)
		stop(t, c)
	})
	spantest.ExpectOutline(t, spans, "sendTraceData", clustertest.SendTraceData)
	spantest.ExpectOutline(t, spans, "process TopicTest", `
process TopicTest [consumer]
  consumeMessage
  processConsumeResult
`)
	process, links := spantest.Find(t, spans, "process TopicTest").SpanContext().SpanID(), spantest.Find(t, spans, "sendTraceData").Links()
	if len(links) != 1 || links[0].SpanContext.SpanID() != process {
		t.Errorf("links %v", links)
	}
}
