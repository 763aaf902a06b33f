package analysis_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// A master and a slave share a name. The route has their queues once and their addresses by id, and each address has its filter
// servers; the clusters' members are in a table of their own.
func TestClaim_R1_R2_N8_WhatARouteHolds(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{Brokers: -1})
	rc := newClient(t, remoting.ClientConfig{})
	register(t, rc, c.NameServerAddr(), ghost("pair", "10.0.0.1:10911", 0, topic, "Other"))
	register(t, rc, c.NameServerAddr(), ghost("pair", "10.0.0.2:10911", 1, topic, "Other"))
	resp := call(t, rc, c.NameServerAddr(), routeRequest())
	var data route.TopicRouteData
	if err := data.Decode(resp.Body); err != nil {
		t.Fatal(err)
	}
	if len(data.QueueDatas) != 1 || len(data.BrokerDatas) != 1 {
		t.Fatalf("route %+v", data)
	}
	q, b := data.QueueDatas[0], data.BrokerDatas[0]
	if q.BrokerName != "pair" || q.ReadQueueNums != 4 || q.WriteQueueNums != 2 || q.Perm != 6 {
		t.Errorf("queues %+v", q)
	}
	if b.Cluster != "Ghosts" || b.BrokerName != "pair" || b.BrokerAddrs[0] != "10.0.0.1:10911" || b.BrokerAddrs[1] != "10.0.0.2:10911" {
		t.Errorf("brokers %+v", b)
	}
	if got := data.FilterServerTable["10.0.0.2:10911"]; !slices.Equal(got, []string{"10.0.0.2:109110"}) {
		t.Errorf("filter servers %v", data.FilterServerTable)
	}
	var info body.ClusterInfo
	if err := info.Decode(call(t, rc, c.NameServerAddr(), protocol.NewRequest(protocol.GetBrokerClusterInfo, nil)).Body); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(info.ClusterAddrTable["Ghosts"], []string{"pair"}) || len(info.BrokerAddrTable["pair"].BrokerAddrs) != 2 {
		t.Errorf("cluster info %+v", info)
	}
	c.Recorder.WaitStep(t, "namesrv.pickupTopicRouteData")
	if n := len(spans(c.Recorder.Spans()).of("namesrv.registerBroker")); n != 2 {
		t.Errorf("%d registrations recorded", n)
	}
}

// Many register at once while others read: every registration takes the lock for writing, every reader sees whole rows.
func TestClaim_R3_N10_N11_RegistrationsTakeTheWriteLock(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	started := c.Recorder.WaitStep(t, "broker.start")
	first := spans(c.Recorder.Spans()).of("outer.registerBrokerAll")
	if len(first) == 0 || first[0].StartTime().Before(started.StartTime()) {
		t.Fatal("the broker did not register as it started")
	}
	const many = 16
	rc := newClient(t, remoting.ClientConfig{})
	var all sync.WaitGroup
	for i := range many {
		name := "ghost-" + string(rune('a'+i))
		all.Go(func() {
			resp, err := rc.InvokeSync(within(t, patience), c.NameServerAddr(), ghost(name, name+":1", 0, topic, "Other"))
			if err != nil || resp.Code != 0 {
				t.Errorf("%s: %v, %v", name, resp, err)
			}
		})
		all.Go(func() {
			data, ok := c.NameServer().Routes().PickupTopicRouteData(t.Context(), topic)
			if !ok || len(data.QueueDatas) != len(data.BrokerDatas) {
				t.Errorf("half a row: %+v", data)
			}
		})
	}
	all.Wait()
	if data, _ := c.NameServer().Routes().PickupTopicRouteData(t.Context(), topic); len(data.QueueDatas) != many+1 {
		t.Errorf("%d of %d registrations are there", len(data.QueueDatas), many+1)
	}
	call(t, rc, c.NameServerAddr(), routeRequest())
	picked := c.Recorder.WaitStep(t, "namesrv.pickupTopicRouteData")
	if text(picked, "rocketmq.lock.wait_us") == "" || len(picked.Events()) > 0 {
		t.Error("a reader did not say that it waited for the lock")
	}
	registered := spans(c.Recorder.Spans()).of("namesrv.registerBroker")
	if len(registered) < many+1 {
		t.Errorf("%d registrations recorded", len(registered))
	}
	for _, s := range registered {
		if !slices.Equal(eventNames(s), []string{"rwlock.write.acquired"}) {
			t.Errorf("a registration's events: %v", eventNames(s))
		}
	}
}

// The message is on the broker of its queue and on no other, though both are of one cluster and have the topic.
func TestClaim_R4_AMessageIsOnOneBroker(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{Brokers: 2})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	res, err := p.SendToQueue(within(t, patience), message.New(topic, []byte("hello")), message.MessageQueue{Topic: topic, BrokerName: "broker-a"})
	if err != nil || res.MessageQueue.BrokerName != "broker-a" {
		t.Fatal(res, err)
	}
	rc := newClient(t, remoting.ClientConfig{})
	waitOffset(t, rc, c.Node("broker-a").Addr(), 0, 1)
	if a, b := maxOffset(t, rc, c.Node("broker-a").Addr(), 0), maxOffset(t, rc, c.Node("broker-b").Addr(), 0); a != 1 || b != 0 {
		t.Errorf("broker-a has %d, broker-b %d", a, b)
	}
	trace := waitSend(t, c, 1, serverSend)
	if appended := trace.one(t, "mappedfile.appendMessage"); service(appended) != "broker-a" {
		t.Errorf("appended by %s", service(appended))
	}
	trace.one(t, "ha.handleHA")
}

// The name server counts queues, readable and writable; the producer lists the writable ones by number, and leaves out what it cannot
// write to.
func TestClaim_R6_WhatAProducerMakesOfARoute(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	create := func(name string, read, write, perm int32) {
		c.Ask(t, c.Brokers[0].Addr(), protocol.NewRequest(protocol.UpdateAndCreateTopic, &header.CreateTopicRequestHeader{
			Topic: name, DefaultTopic: "TBW102", ReadQueueNums: read, WriteQueueNums: write, Perm: perm, TopicFilterType: "SINGLE_TAG",
		}))
		c.WaitTopic(t, name)
	}
	create(topic, 5, 2, 6)
	create("ReadOnly", 5, 2, 4)
	p := c.NewProducer(t, "producers")
	queues, err := p.FetchPublishMessageQueues(within(t, patience), topic)
	want := []message.MessageQueue{{Topic: topic, BrokerName: "broker-a"}, {Topic: topic, BrokerName: "broker-a", QueueID: 1}}
	if err != nil || !slices.Equal(queues, want) {
		t.Errorf("queues %v, %v, want %v", queues, err, want)
	}
	data, _ := c.NameServer().Routes().PickupTopicRouteData(t.Context(), topic)
	if q := data.QueueDatas[0]; q.ReadQueueNums != 5 || q.WriteQueueNums != 2 {
		t.Errorf("route %+v", q)
	}
	send(t, p)
	if got := text(waitSend(t, c, 1).one(t, "producer.tryToFindTopicPublishInfo"), "rocketmq.route.queues"); got != "2" {
		t.Errorf("the producer sees %s queues", got)
	}
	_, err = p.Send(within(t, patience), message.New("ReadOnly", []byte("hello")))
	wantIs(t, err, client.ErrNoRoute)
	if !strings.Contains(err.Error(), "no queue of topic ReadOnly takes messages") {
		t.Error(err)
	}
}
