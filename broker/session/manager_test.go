package session_test

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumemq/plume/broker/session"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

type fakeChannel struct {
	id     uint64
	closed bool
}

func (c *fakeChannel) ID() uint64                 { return c.id }
func (c *fakeChannel) RemoteAddr() netip.AddrPort { return netip.AddrPort{} }
func (c *fakeChannel) Close()                     { c.closed = true }

type told struct {
	group string
	left  int
}

type bench struct {
	*session.ConsumerManager
	told []told
}

func newBench() *bench {
	b := &bench{}
	b.ConsumerManager = session.NewConsumerManager(clock.System, 2*time.Minute, func(_ context.Context, group string, left []session.Channel) {
		b.told = append(b.told, told{group, len(left)})
	})
	return b
}

func (b *bench) expectTold(t *testing.T, want ...told) {
	t.Helper()
	if !slices.Equal(b.told, want) {
		t.Errorf("told %v, want %v", b.told, want)
	}
	b.told = nil
}

func data(model heartbeat.MessageModel, topics ...string) *heartbeat.ConsumerData {
	d := &heartbeat.ConsumerData{GroupName: "g", ConsumeType: heartbeat.ConsumePassively, MessageModel: model}
	for _, topic := range topics {
		d.SubscriptionDataSet = append(d.SubscriptionDataSet, heartbeat.SubscriptionData{Topic: topic, SubString: "*", SubVersion: 1})
	}
	return d
}

func (b *bench) beat(ch *fakeChannel, id string, d *heartbeat.ConsumerData) bool {
	return b.RegisterConsumer(context.Background(), session.Client{Channel: ch, ClientID: id}, d, session.Registration{Notify: true})
}

func TestClientsHearOfChangesOnly(t *testing.T) {
	b := newBench()
	one, two := &fakeChannel{id: 1}, &fakeChannel{id: 2}
	b.beat(one, "c1", data(heartbeat.Clustering, "T"))
	b.expectTold(t, told{"g", 1})
	b.beat(one, "c1", data(heartbeat.Clustering, "T"))
	b.expectTold(t)
	b.beat(two, "c2", data(heartbeat.Clustering, "T"))
	b.expectTold(t, told{"g", 2})
	b.beat(two, "c2", data(heartbeat.Clustering, "T", "U"))
	b.expectTold(t, told{"g", 2})
	b.UnregisterConsumer(context.Background(), "g", one, true)
	b.expectTold(t, told{"g", 1})
	b.ChannelClosed(context.Background(), two)
	b.expectTold(t, told{"g", 0})
	if _, ok := b.Group("g"); ok {
		t.Error("the group outlives its last client")
	}
	b.ChannelClosed(context.Background(), two)
	b.expectTold(t)
}

func TestBroadcastersAreNotTold(t *testing.T) {
	b := newBench()
	b.beat(&fakeChannel{id: 1}, "c1", data(heartbeat.Broadcasting, "T"))
	b.expectTold(t)
}

func TestSubscriptions(t *testing.T) {
	b := newBench()
	one := &fakeChannel{id: 1}
	b.beat(one, "c1", data(heartbeat.Clustering, "T"))
	newer := data(heartbeat.Clustering, "T")
	newer.SubscriptionDataSet[0].SubVersion, newer.SubscriptionDataSet[0].SubString = 2, "A"
	if b.beat(one, "c1", newer) {
		t.Error("a newer version of a known topic is no change of the group")
	}
	if sub, model, ok := b.Subscription("g", "T"); !ok || model != heartbeat.Clustering || sub.SubString != "A" {
		t.Errorf("subscription %+v, %v, %v", sub, model, ok)
	}
	if b.beat(one, "c1", data(heartbeat.Clustering, "T")) {
		t.Error("an older version changed the group")
	}
	if sub, _, _ := b.Subscription("g", "T"); sub.SubString != "A" {
		t.Error("an older version was taken over")
	}
	b.RegisterConsumer(context.Background(), session.Client{Channel: one, ClientID: "c1"}, data(heartbeat.Clustering), session.Registration{KeepSubscriptions: true})
	if got := b.QueryTopicConsumeByWho("T"); !slices.Equal(got, []string{"g"}) {
		t.Errorf("T is consumed by %v", got)
	}
	b.beat(one, "c1", data(heartbeat.Clustering, "U"))
	if sub, _, ok := b.Subscription("g", "T"); sub != nil || !ok {
		t.Error("a topic that is no longer subscribed to is still known")
	}
	if c, ok := b.FindChannel("g", "c1"); !ok || c.Channel != session.Channel(one) {
		t.Errorf("found %+v, %v", c, ok)
	}
}

func TestSilentClientsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		producers := session.NewProducerManager(clock.System, 2*time.Minute)
		one, two := &fakeChannel{id: 1}, &fakeChannel{id: 2}
		b.beat(one, "c1", data(heartbeat.Clustering, "T"))
		producers.RegisterProducer("p", session.Client{Channel: one, ClientID: "c1"})
		time.Sleep(90 * time.Second)
		b.beat(two, "c2", data(heartbeat.Clustering, "T"))
		producers.RegisterProducer("p", session.Client{Channel: two, ClientID: "c2"})
		b.told = nil
		time.Sleep(time.Minute)
		if n := b.ScanNotActiveChannel(t.Context()); n != 1 || !one.closed || two.closed {
			t.Errorf("closed %d: %v %v", n, one.closed, two.closed)
		}
		b.expectTold(t, told{"g", 1})
		if n := producers.ScanNotActiveChannel(t.Context()); n != 1 {
			t.Errorf("forgot %d producers, want 1", n)
		}
		if clients, ok := producers.Clients("p"); !ok || len(clients) != 1 || clients[0].ClientID != "c2" {
			t.Errorf("producers left: %v", clients)
		}
		producers.UnregisterProducer("p", two)
		if _, ok := producers.Clients("p"); ok || len(producers.Groups()) != 0 {
			t.Error("the group outlives its last producer")
		}
		producers.RegisterProducer("p", session.Client{Channel: two})
		producers.ChannelClosed(two)
		if len(producers.Groups()) != 0 {
			t.Error("a closed connection still produces")
		}
	})
}
