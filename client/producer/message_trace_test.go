package producer_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/client/messagetrace"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/spantest"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
)

// traceGroup is the producer group of the records.
const traceGroup = "_INNER_TRACE_PRODUCER-group-PRODUCE-1"

func TestMessageTraceOfEveryMode(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic(message.TopicTrace, 1, "broker-a")
		b := f.Broker("broker-b")
		queue := message.MessageQueue{Topic: topic, BrokerName: "broker-b"}
		tagged := hello()
		tagged.SetTags("TagA")
		tagged.SetKeys("k1", "k2")
		var ids []string
		sent := func(res *producer.SendResult, err error) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, strings.Split(res.MsgID, ",")...)
		}
		b.Answers(func(n int, s *clustertest.Sent) (*protocol.RemotingCommand, error) {
			time.Sleep(30 * time.Millisecond)
			return clustertest.Stored(n, s)
		})
		sent(f.SendToQueue(t.Context(), tagged, queue))
		f.AddTopic(topic, 1, "broker-b")
		b.Answers(clustertest.Stored)
		late := hello()
		late.SetDelayTimeLevel(3)
		done := make(chan struct{})
		f.SendAsync(t.Context(), late, func(res *producer.SendResult, err error) { sent(res, err); close(done) })
		<-done
		half := hello()
		half.SetProperty(message.PropertyTransactionPrepared, "true")
		sent(f.Send(t.Context(), half))
		sent(f.SendBatch(t.Context(), []*message.Message{hello(), tagged}))
		if err := f.SendOneway(t.Context(), hello()); err != nil {
			t.Fatal(err)
		}
		if err := f.Producer.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		records, keys := f.Broker("broker-a").TraceRecords(t, traceGroup)
		if len(records) != 6 {
			t.Fatalf("%d records: %+v", len(records), records)
		}
		var got []string
		for _, r := range records {
			if r.Type != messagetrace.Pub || r.Region != "DefaultRegion" || r.Group != "group" || r.Topic != topic || !r.Success ||
				r.StoreHost == "" || r.Time == 0 {
				t.Errorf("%+v", r)
			}
			if !slices.Contains(keys, r.MsgID) {
				t.Errorf("no key for %s", r.MsgID)
			}
			got = append(got, fmt.Sprint(r.MessageType, r.Tags, ",", r.Keys, ",", r.BodyLength, " ", r.CostTime, " ", r.OffsetMsgID != ""))
		}
		want := []string{
			"NormalTagA,k1 k2,5 30 true", "Delay,,5 0 true", "Trans,,5 0 true", "Normal,,5 0 true", "NormalTagA,k1 k2,5 0 true", "Normal,,5 0 false",
		}
		if !slices.Equal(got, want) {
			t.Errorf("records\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for i, id := range ids {
			if records[i].MsgID != id {
				t.Errorf("record %d is of %s, want %s", i, records[i].MsgID, id)
			}
		}
		if !slices.Contains(keys, "k1") || !slices.Contains(keys, "k2") {
			t.Errorf("keys %v", keys)
		}
	}, client.WithMessageTrace(), producer.WithTopics(topic))
}

func TestMessageTraceIsOffByDefault(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic(message.TopicTrace, 1, "broker-a")
		if _, err := f.Send(t.Context(), hello()); err != nil {
			t.Fatal(err)
		}
		if err := f.Producer.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if records, _ := f.Broker("broker-a").TraceRecords(t, traceGroup); len(records) > 0 {
			t.Errorf("%+v", records)
		}
	})
}

// TestMessageTraceObeysBrokers: one that is set not to be traced leaves no record, a failed send neither, and what is stored but not
// safe is a record of a failure.
func TestMessageTraceObeysBrokers(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic("Traces", 1, "broker-a")
		var answer clustertest.Answer
		f.both(func(n int, s *clustertest.Sent) (*protocol.RemotingCommand, error) {
			if s.Topic == "Traces" {
				return clustertest.Stored(n, s)
			}
			return answer(n, s)
		})
		send := func() {
			_, _ = f.Send(t.Context(), hello())
		}
		answer = func(n int, s *clustertest.Sent) (*protocol.RemotingCommand, error) {
			resp, err := clustertest.Stored(n, s)
			resp.ExtFields = protocol.ExtFields{{Key: message.PropertyTraceSwitch, Value: "false"}}
			return resp, err
		}
		send()
		answer = clustertest.Refused(protocol.MessageIllegal, "no")
		send()
		answer = func(n int, s *clustertest.Sent) (*protocol.RemotingCommand, error) {
			resp, err := clustertest.StoredAs(protocol.FlushDiskTimeout)(n, s)
			resp.ExtFields = protocol.ExtFields{{Key: message.PropertyMsgRegion, Value: "north"}}
			return resp, err
		}
		send()
		if _, err := f.Send(t.Context(), message.New("Traces", []byte("mine"))); err != nil { // leaves no record either
			t.Fatal(err)
		}
		if err := f.Producer.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []messagetrace.Record
		for _, s := range f.Broker("broker-a").Sent() {
			if s.Topic == "Traces" && string(s.Body) != "mine" {
				records, err := messagetrace.Decode(s.Body)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, records...)
			}
		}
		if len(got) != 1 || got[0].Success || got[0].Region != "north" {
			t.Errorf("%+v", got)
		}
	}, client.WithMessageTraceTopic("Traces"), producer.WithTopics(topic))
}

func TestMessageTraceNeverHoldsASendUp(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic(topic, 4, "broker-b")
		f.AddTopic(message.TopicTrace, 1, "broker-a")
		f.Broker("broker-a").Answers(clustertest.Silent)
		began := time.Now()
		for range 100 {
			if _, err := f.Send(t.Context(), hello()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("100 sends took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_ = f.Producer.Shutdown(ctx)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("the shutdown took %v", took)
		}
	}, client.WithMessageTrace())
}

func TestMessageTraceRestarts(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.AddTopic(message.TopicTrace, 1, "broker-a")
		for range 2 {
			if _, err := f.Send(t.Context(), hello()); err != nil {
				t.Fatal(err)
			}
			if err := f.Producer.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := f.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if records, _ := f.Broker("broker-a").TraceRecords(t, traceGroup); len(records) != 2 {
			t.Errorf("%+v", records)
		}
	}, client.WithMessageTrace())
}

func TestTreeMessageTrace(t *testing.T) {
	spans := traced(t, func(t *testing.T, f *fixture) {
		f.AddTopic(message.TopicTrace, 1, "broker-a")
		for range 2 {
			if _, err := f.Send(t.Context(), hello()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
	}, client.WithMessageTrace(), producer.WithTopics(topic))
	spantest.ExpectOutline(t, spans, "sendTraceData", clustertest.SendTraceData)
	root := spantest.Find(t, spans, "sendTraceData")
	if n := len(root.Links()); n != 2 || root.Parent().IsValid() || spantest.Attr(root, "rocketmq.trace.records") != "2" {
		t.Errorf("%d links, parent %v, records %s", n, root.Parent().IsValid(), spantest.Attr(root, "rocketmq.trace.records"))
	}
	first := spantest.Find(t, spans, "send TopicTest")
	if !slices.ContainsFunc(root.Links(), func(l sdktrace.Link) bool { return l.SpanContext.SpanID() == first.SpanContext().SpanID() }) {
		t.Error("no link to the send")
	}
}
