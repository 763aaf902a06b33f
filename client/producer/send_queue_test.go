package producer_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol"
)

func TestSendToQueue(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		mq := message.MessageQueue{Topic: topic, BrokerName: "broker-b", QueueID: 3}
		for range 5 {
			if res, err := f.SendToQueue(t.Context(), hello(), mq); err != nil || res.MessageQueue != mq {
				t.Fatalf("%+v, %v", res, err)
			}
		}
		f.both(clustertest.Refused(protocol.SystemBusy, "full"))
		before := f.attempts()
		if _, err := f.SendToQueue(t.Context(), hello(), mq); !errors.Is(err, protocol.SystemBusy) || f.attempts() != before+1 {
			t.Errorf("%d attempts: %v", f.attempts()-before, err)
		}
		mq.Topic = "Other"
		if _, err := f.SendToQueue(t.Context(), hello(), mq); !errors.Is(err, client.ErrMessageIllegal) {
			t.Errorf("another topic's queue: %v", err)
		}
		mq = message.MessageQueue{Topic: topic, BrokerName: "broker-x"}
		if _, err := f.SendToQueue(t.Context(), hello(), mq); !errors.Is(err, client.ErrBrokerNotExist) {
			t.Errorf("an unknown broker's queue: %v", err)
		}
	})
}

func TestSendSelect(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		first, err := f.SendSelect(t.Context(), hello(), producer.SelectByHash("order-42"))
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if res, err := f.SendSelect(t.Context(), hello(), producer.SelectByHash("order-42")); err != nil || res.MessageQueue != first.MessageQueue {
				t.Fatalf("%+v, %v", res, err)
			}
		}
		room := func(broker string) string { return strings.TrimPrefix(broker, "broker-") }
		for range 8 {
			if res, err := f.SendSelect(t.Context(), hello(), producer.SelectByMachineRoom(room, "b")); err != nil || res.MessageQueue.BrokerName != "broker-b" {
				t.Fatalf("%+v, %v", res, err)
			}
		}
		if _, err := f.SendSelect(t.Context(), hello(), producer.SelectByMachineRoom(room, "nowhere")); err != nil {
			t.Error(err)
		}
		if _, err := f.SendSelect(t.Context(), hello(), func([]message.MessageQueue, *message.Message) message.MessageQueue {
			return message.MessageQueue{}
		}); !errors.Is(err, client.ErrMessageIllegal) {
			t.Errorf("a selector that invents a queue: %v", err)
		}
		if _, err := f.SendSelect(t.Context(), hello(), nil); !errors.Is(err, client.ErrMessageIllegal) {
			t.Errorf("no selector: %v", err)
		}
	})
}

// "Aa" and "BB" have one hash in Java, and that of "polygenelubricants" is the one integer that has no positive counterpart.
func TestSelectByHashIsJavas(t *testing.T) {
	queues := make([]message.MessageQueue, 7)
	for i := range queues {
		queues[i].QueueID = int32(i)
	}
	for key, want := range map[string]int32{"": 0, "a": 97 % 7, "Aa": 2112 % 7, "BB": 2112 % 7, "polygenelubricants": 2147483648 % 7} {
		if mq := producer.SelectByHash(key)(queues, nil); mq.QueueID != want {
			t.Errorf("%q: queue %d, want %d", key, mq.QueueID, want)
		}
	}
}

func TestSendBatch(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		msgs := []*message.Message{hello(), message.New(topic, []byte("second")), message.New(topic, []byte("third"))}
		msgs[1].SetTags("TagB")
		res, err := f.SendBatch(t.Context(), msgs)
		if err != nil {
			t.Fatal(err)
		}
		s := f.Broker(res.MessageQueue.BrokerName).Sent()[0]
		if s.Code != protocol.SendBatchMessage || !s.Batch {
			t.Fatalf("sent %+v", s)
		}
		got, err := message.DecodeBatch(s.Body)
		if err != nil || len(got) != 3 {
			t.Fatalf("%d messages, %v", len(got), err)
		}
		var ids []string
		for i, m := range got {
			if string(m.Body) != string(msgs[i].Body) || m.Tags() != msgs[i].Tags() {
				t.Errorf("message %d: %q %q", i, m.Body, m.Tags())
			}
			ids = append(ids, m.UniqID())
		}
		if res.MsgID != strings.Join(ids, ",") {
			t.Errorf("ids %q, result %q", ids, res.MsgID)
		}
		if len(msgs[0].Properties) != 0 {
			t.Errorf("the caller's message was changed: %v", msgs[0].Properties)
		}
	})
}

func TestIllegalBatches(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		delayed, careless := hello(), hello()
		delayed.SetDelayTimeLevel(3)
		careless.SetWaitStoreMsgOK(false)
		large := message.New(topic, make([]byte, 3<<20))
		for name, batch := range map[string][]*message.Message{
			"empty":        {},
			"nil":          {hello(), nil},
			"two topics":   {hello(), message.New("Other", []byte("x"))},
			"delayed":      {hello(), delayed},
			"WAIT differs": {hello(), careless},
			"retry topic":  {message.New("%RETRY%g", []byte("x"))},
			"too large":    {large, large},
		} {
			if _, err := f.SendBatch(t.Context(), batch); !errors.Is(err, client.ErrMessageIllegal) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// A message is born when its attempt begins: after its route was asked for, and after its selector has thought.
func TestBornAfterTheWait(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.sim.SetFault(f.NameServer(), network.Fault{Delay: 100 * time.Millisecond})
		wantBorn(t, f, func() (*producer.SendResult, error) { return f.Send(t.Context(), hello()) })
		wantBorn(t, f, func() (*producer.SendResult, error) {
			return f.SendSelect(t.Context(), hello(), func(queues []message.MessageQueue, _ *message.Message) message.MessageQueue {
				time.Sleep(100 * time.Millisecond)
				return queues[0]
			})
		})
	})
}

// wantBorn wants a message to be born when its send has returned, for nothing takes time after what it waits for.
func wantBorn(t *testing.T, f *fixture, send func() (*producer.SendResult, error)) {
	t.Helper()
	began := time.Now()
	res, err := send()
	if err != nil {
		t.Fatal(err)
	}
	now, sent := time.Now(), f.Broker(res.MessageQueue.BrokerName).Sent()
	if born := sent[len(sent)-1].BornTimestamp; born != now.UnixMilli() || !now.After(began) {
		t.Errorf("began at %d, born at %d, now is %d", began.UnixMilli(), born, now.UnixMilli())
	}
}
