package consumer_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/client/consumer"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
)

var firstQueue = message.MessageQueue{Topic: topic, BrokerName: "broker-a", QueueID: 0}

func TestResetOffset(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters("a", "b", "c")...)
		var in inbox
		c := f.start(t, in.handle, consumer.ConsumeFromFirst())
		in.expect(t, "a", "b", "c")
		b := body.ResetOffsetBody{OffsetTable: map[message.MessageQueue]int64{
			firstQueue: 1, {Topic: topic, BrokerName: "broker-z", QueueID: 3}: 7, // not ours
		}}
		f.broker.Push(t.Context(), protocol.ResetConsumerClientOffset, &header.ResetOffsetRequestHeader{Topic: topic, Group: group}, b.Encode())
		synctest.Wait()
		in.expect(t, "a", "b", "b", "c", "c")
		expectShare(t, "reset", c, 0)
		stop(t, c)
		if o := f.shelf.Offset(group, topic, 0); o != 3 {
			t.Errorf("offset %d", o)
		}
	})
}

// What is in the handlers while the offset is reset does not move the new offset.
func TestResetOffsetWhileHandling(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters("a", "b", "c")...)
		in := inbox{answer: func(int, *message.MessageExt) error { time.Sleep(time.Minute); return nil }}
		f.start(t, in.handle, consumer.ConsumeFromFirst(), consumer.WithConcurrency(4))
		settle(30 * time.Second)
		b := body.ResetOffsetBody{OffsetTable: map[message.MessageQueue]int64{firstQueue: 0}}
		f.broker.Push(t.Context(), protocol.ResetConsumerClientOffset, &header.ResetOffsetRequestHeader{Topic: topic, Group: group}, b.Encode())
		settle(45 * time.Second) // the first three are done by now
		if o := f.shelf.Offset(group, topic, 0); o != 0 {
			t.Errorf("offset %d", o)
		}
		settle(2 * time.Minute)
		if o := f.shelf.Offset(group, topic, 0); o != 3 {
			t.Errorf("offset %d in the end", o)
		}
	})
}

func TestConsumerStatus(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters("a", "b")...)
		f.start(t, nothing, consumer.ConsumeFromFirst())
		resp, err := f.broker.Ask(t.Context(), protocol.GetConsumerStatusFromClient, &header.GetConsumerStatusRequestHeader{Topic: topic, Group: group}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var b body.GetConsumerStatusBody
		if err := b.Decode(resp.Body); err != nil || b.MessageQueueTable[firstQueue] != 2 || len(b.MessageQueueTable) != 1 {
			t.Errorf("%+v, %v", b, err)
		}
	})
}

func TestConsumerRunningInfo(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.shelf.Put(topic, 0, letters("a", "bb", "c")...)
		release := make(chan struct{})
		in := inbox{answer: func(_ int, m *message.MessageExt) error {
			if string(m.Body) == "bb" {
				<-release
			}
			return nil
		}}
		f.start(t, in.handle, consumer.ConsumeFromFirst(), consumer.WithConcurrency(3))
		resp, err := f.broker.Ask(t.Context(), protocol.GetConsumerRunningInfo,
			&header.GetConsumerRunningInfoRequestHeader{ConsumerGroup: group, JstackEnable: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var info body.ConsumerRunningInfo
		if err := info.Decode(resp.Body); err != nil {
			t.Fatal(err)
		}
		pq := info.MQTable[firstQueue]
		if len(info.MQTable) != 2 || pq.CommitOffset != 1 || pq.CachedMsgMinOffset != 1 || pq.CachedMsgMaxOffset != 2 || pq.CachedMsgCount != 1 ||
			pq.LastPullTimestamp == 0 || pq.Dropped {
			t.Errorf("queues %+v", info.MQTable)
		}
		if info.Properties["PROP_CONSUME_TYPE"] != "CONSUME_PASSIVELY" || info.Properties["PROP_THREADPOOL_CORE_SIZE"] != "3" ||
			len(info.SubscriptionSet) != 2 || !strings.Contains(info.Jstack, "goroutine") {
			t.Errorf("%+v, %+v", info.Properties, info.SubscriptionSet)
		}
		close(release)
		synctest.Wait()
	})
}

func TestConsumeMessageDirectly(t *testing.T) {
	for want, answer := range map[string]func(int, *message.MessageExt) error{
		"CR_SUCCESS":         nil,
		"CR_LATER":           func(int, *message.MessageExt) error { return errHandler },
		"CR_THROW_EXCEPTION": func(int, *message.MessageExt) error { panic("no") },
	} {
		run(t, func(t *testing.T, f *fixture) {
			in := inbox{answer: answer}
			f.start(t, in.handle)
			record := message.Record{Topic: topic, Body: []byte("x")}
			resp, err := f.broker.Ask(t.Context(), protocol.ConsumeMessageDirectly,
				&header.ConsumeMessageDirectlyResultRequestHeader{ConsumerGroup: group, DirectBrokerName: "broker-a"}, message.AppendRecord(nil, &record))
			if err != nil {
				t.Fatal(err)
			}
			var b body.ConsumeMessageDirectlyResult
			if err := b.Decode(resp.Body); err != nil || b.ConsumeResult != want || in.last.BrokerName != "broker-a" {
				t.Errorf("%+v, %v; want %s", b, err, want)
			}
			in.expect(t, "x")
		})
	}
}
