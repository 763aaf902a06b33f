package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/admin"
	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/client/messagetrace"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
)

// traced is a cluster whose brokers have the trace topic from the start, and no topic comes into being by itself.
func traced(t *testing.T) *testcluster.Cluster {
	t.Helper()
	return testcluster.Start(t, testcluster.Config{Broker: func(_ string, cfg *broker.Config) {
		cfg.Topics.TraceTopicEnable, cfg.Topics.AutoCreateTopicEnable = true, false
		cfg.Schedule.MessageDelayLevel = strings.TrimSpace(strings.Repeat("1s ", 18))
	}})
}

// newAdmin makes and starts an admin whose service.name is "admin".
func newAdmin(t *testing.T, c *testcluster.Cluster, opts ...client.Option) *admin.Admin {
	t.Helper()
	a, err := admin.New(append([]client.Option{client.WithNameServers(c.NameServerAddr()), client.WithTracerProvider(c.Recorder.Provider("admin"))}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Shutdown(context.Background()) })
	return a
}

// traceOf is the tree of the only trace with that root.
func traceOf(t *testing.T, c *testcluster.Cluster, root string, complete ...string) []sdktrace.ReadOnlySpan {
	t.Helper()
	return c.Recorder.WaitTrace(t, c.Recorder.WaitNamed(t, root).SpanContext().TraceID(), complete...)
}

// A message's way, told in Apache's own message trace: sent, refused once, and consumed.
func TestMessageTrace(t *testing.T) {
	c := traced(t)
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers", client.WithMessageTrace())
	msg := message.New(topic, []byte("traced"))
	msg.SetTags("paid")
	msg.SetKeys("order-1", "customer-7")
	res, err := p.Send(within(t), msg)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Shutdown(within(t)); err != nil { // sends the records
		t.Fatal(err)
	}
	c.Recorder.Golden(t, "message_trace", traceOf(t, c, "sendTraceData", "SEND_MESSAGE_V2"))

	var deliveries atomic.Int32
	consumed := make(chan struct{})
	cons := c.NewConsumer(t, "consumers", topic, func(context.Context, []*message.MessageExt) error {
		if deliveries.Add(1) == 1 {
			return errors.New("on purpose")
		}
		close(consumed)
		return nil
	}, client.WithMessageTrace(), consumer.ConsumeFromFirst())
	select {
	case <-consumed:
	case <-within(t).Done():
		t.Fatal("not delivered again")
	}
	if err := cons.Shutdown(within(t)); err != nil {
		t.Fatal(err)
	}
	a := newAdmin(t, c)
	c.Recorder.Reset()
	var records []admin.TraceRecord
	c.Eventually(t, "all records indexed", func() bool {
		if records, err = a.QueryMessageTrace(within(t), res.MsgID, admin.Query{}); err != nil {
			t.Fatal(err)
		}
		return len(records) >= 5
	})
	var got []string
	for _, r := range records {
		if r.Client != "127.0.0.1" || r.Time == 0 {
			t.Errorf("%+v", r)
		}
		got = append(got, fmt.Sprint(r.Type, " ", r.Group, " ", r.Keys, " ", r.Success || r.Type == messagetrace.SubBefore, " ", r.RetryTimes))
	}
	want := []string{
		"Pub producers order-1 customer-7 true 0", "SubBefore consumers order-1 customer-7 true 0", "SubAfter consumers order-1 customer-7 false 0",
		"SubBefore consumers order-1 customer-7 true 1", "SubAfter consumers order-1 customer-7 true 0",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if pub := records[0]; pub.Topic != topic || pub.Tags != "paid" || pub.BodyLength != 6 || pub.StoreHost != c.Brokers[0].Addr() || pub.OffsetMsgID != res.OffsetMsgID || pub.Region != "DefaultRegion" {
		t.Errorf("%+v", pub)
	}
}

func TestQueries(t *testing.T) {
	c := traced(t)
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	msg := message.New(topic, []byte("found"))
	msg.SetKeys("order-1")
	res, err := p.Send(within(t), msg)
	if err != nil {
		t.Fatal(err)
	}
	a := newAdmin(t, c)
	c.Eventually(t, "the message indexed", func() bool {
		found, err := a.QueryMessage(within(t), topic, "order-1", admin.Query{})
		if err != nil {
			t.Fatal(err)
		}
		return len(found) == 1 && found[0].MsgID == res.MsgID && string(found[0].Body) == "found"
	})
	for _, id := range []string{res.MsgID, res.OffsetMsgID} {
		c.Recorder.Reset()
		if m, err := a.ViewMessage(within(t), topic, id); err != nil || m.MsgID != res.MsgID || m.Topic != topic {
			t.Errorf("%s: %v, %v", id, m, err)
		}
	}
	c.Recorder.Golden(t, "view_message_by_id", traceOf(t, c, "viewMessage"))
	for _, id := range []string{"no id", "7F00000100002A9F0000000000001234", res.OffsetMsgID[:16] + "00000000000FFFFF"} {
		if _, err := a.ViewMessage(within(t), topic, id); !errors.Is(err, admin.ErrNoMessage) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if found, err := a.QueryMessage(within(t), topic, "order-2", admin.Query{Max: 1}); err != nil || len(found) > 0 {
		t.Errorf("no such key: %v, %v", found, err)
	}
	if _, err := a.QueryMessage(within(t), "Nowhere", "k", admin.Query{}); !errors.Is(err, client.ErrTopicNotExist) || !errors.Is(err, client.ErrNoRoute) {
		t.Errorf("no such topic: %v", err)
	}
	c.Recorder.Reset()
	if records, err := a.QueryMessageTrace(within(t), res.MsgID, admin.Query{}); err != nil || len(records) > 0 {
		t.Errorf("an untraced message: %v, %v", records, err)
	}
	c.Recorder.Golden(t, "query_message_trace", traceOf(t, c, "queryMessageTrace"))
	if err := a.Start(t.Context()); !errors.Is(err, client.ErrAlreadyStarted) {
		t.Error(err)
	}
	if err := a.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := a.QueryMessage(within(t), topic, "k", admin.Query{}); !errors.Is(err, client.ErrNotRunning) {
		t.Error(err)
	}
}
