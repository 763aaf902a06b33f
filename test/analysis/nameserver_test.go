package analysis_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/plumemq/plume/broker"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/namesrv"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// executors are the executor of each request code that a service has served so far.
func (all spans) executors() map[string]string {
	out := map[string]string{}
	for _, s := range all {
		if method := text(s, "rpc.method"); method != "" && text(s, "rocketmq.executor") != "" {
			out[method] = text(s, "rocketmq.executor")
		}
	}
	return out
}

// A broker gets requests of five kinds: those of one processor share an executor, those of another have another. A code that nobody
// registered is refused.
func TestClaim_N1_ProcessorsAndTheirExecutors(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	send(t, p)
	if _, err := p.SendBatch(within(t, patience), []*message.Message{message.New(topic, []byte("a")), message.New(topic, []byte("b"))}); err != nil {
		t.Fatal(err)
	}
	c.NewConsumer(t, "consumers", topic, func(context.Context, []*message.MessageExt) error { return nil })
	var on map[string]string
	wanted := []string{"SEND_MESSAGE_V2", "SEND_BATCH_MESSAGE", "HEART_BEAT", "PULL_MESSAGE", "GET_CONSUMER_LIST_BY_GROUP", "UPDATE_AND_CREATE_TOPIC"}
	c.Recorder.WaitFor(t, "all the codes", func(all []sdktrace.ReadOnlySpan) bool {
		on = spans(all).in("broker-a").executors()
		return !slices.ContainsFunc(wanted, func(code string) bool { return on[code] == "" })
	})
	if on["SEND_MESSAGE_V2"] != on["SEND_BATCH_MESSAGE"] {
		t.Errorf("two kinds of sending on two executors: %v", on)
	}
	different := map[string]bool{}
	for _, code := range wanted {
		different[on[code]] = true
	}
	if len(different) != 5 {
		t.Errorf("%d executors for five processors: %v", len(different), on)
	}
	processed := c.Recorder.WaitStep(t, "broker.SendMessageProcessor.processRequest")
	if served := waitSend(t, c, 1, serverSend).one(t, serverSend); processed.Parent().SpanID() != served.SpanContext().SpanID() {
		t.Error("the processor's span is not below the request's")
	}
	rc := newClient(t, remoting.ClientConfig{})
	resp := call(t, rc, c.Brokers[0].Addr(), protocol.NewRequest(3442, nil))
	if resp.Code != int32(protocol.RequestCodeNotSupported) || resp.Remark != " request type 3442 not supported" {
		t.Errorf("an unknown code: %d %q", resp.Code, resp.Remark)
	}
}

// The name server answers over the same protocol, with the same steps, as a broker does; what it does not know it refuses as well.
func TestClaim_N2_ANameServerIsARemotingServer(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	w := newWire()
	rc := newClient(t, remoting.ClientConfig{Network: w})
	call(t, rc, c.NameServerAddr(), routeRequest())
	call(t, rc, c.Brokers[0].Addr(), ask())
	w.whole(t, c.NameServerAddr())
	w.whole(t, c.Brokers[0].Addr())
	for _, addr := range []string{c.NameServerAddr(), c.Brokers[0].Addr()} {
		if resp := call(t, rc, addr, protocol.NewRequest(3442, nil)); resp.Code != int32(protocol.RequestCodeNotSupported) {
			t.Errorf("%s answers an unknown code with %d", addr, resp.Code)
		}
	}
	asked := c.Recorder.WaitStep(t, "remoting.server.GET_ROUTEINFO_BY_TOPIC")
	stored := c.Recorder.WaitStep(t, "remoting.server.GET_MAX_OFFSET")
	if service(asked) != "namesrv" || service(stored) != "broker-a" || text(asked, "code.function.name") != text(stored, "code.function.name") {
		t.Errorf("%s by %s, %s by %s", text(asked, "code.function.name"), service(asked), text(stored, "code.function.name"), service(stored))
	}
}

// A broker's connection ends, and at once the name server forgets the broker, long before its 120 s are over. Connections of clients
// come and go without a trace.
func TestClaim_N3_HousekeepingReactsToLostConnections(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	lost := remoting.NewClient(remoting.ClientConfig{})
	register(t, lost, c.NameServerAddr(), ghost("ghost", "10.0.0.1:10911", 0, topic, "Other"))
	guest := remoting.NewClient(remoting.ClientConfig{})
	if resp := call(t, guest, c.NameServerAddr(), routeRequest()); resp.Code != 0 {
		t.Fatal(resp.Remark)
	}
	guest.Shutdown()
	lost.Shutdown()
	destroyed := c.Recorder.WaitStep(t, "namesrv.onChannelDestroy")
	if text(destroyed, "rocketmq.broker.name") != "ghost" || service(destroyed) != "namesrv" {
		t.Errorf("destroyed %s", text(destroyed, "rocketmq.broker.name"))
	}
	removed := c.Recorder.WaitStep(t, "namesrv.unRegisterBroker")
	if links := removed.Links(); len(links) != 1 || links[0].SpanContext.SpanID() != destroyed.SpanContext().SpanID() {
		t.Errorf("%d causes of the removal", len(links))
	}
	c.Eventually(t, "the ghost gone", func() bool {
		data, ok := c.NameServer().Routes().PickupTopicRouteData(t.Context(), topic)
		return ok && len(data.QueueDatas) == 1 && data.QueueDatas[0].BrokerName == "broker-a"
	})
	all := spans(c.Recorder.Spans())
	all.none(t, "namesrv.scanNotActiveBroker")
	all.one(t, "namesrv.onChannelDestroy")
}

// Questions about routes and everything else have executors of their own, with eight and sixteen workers.
func TestClaim_N4_N13_TwoExecutors(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	rc := newClient(t, remoting.ClientConfig{})
	register(t, rc, c.NameServerAddr(), ghost("ghost", "10.0.0.1:10911", 0, topic, "Other"))
	call(t, rc, c.NameServerAddr(), routeRequest())
	call(t, rc, c.NameServerAddr(), protocol.NewRequest(protocol.GetBrokerClusterInfo, nil))
	config := string(call(t, rc, c.NameServerAddr(), protocol.NewRequest(protocol.GetNamesrvConfig, nil)).Body)
	for _, line := range []string{"clientRequestThreadPoolNums=8", "defaultThreadPoolNums=16"} {
		if !slices.Contains(strings.Split(config, "\n"), line) {
			t.Errorf("the configuration lacks %s:\n%s", line, config)
		}
	}
	var on map[string]string
	want := map[string]string{
		"GET_ROUTEINFO_BY_TOPIC": "ClientRequestExecutor", "REGISTER_BROKER": "RemotingExecutor",
		"GET_BROKER_CLUSTER_INFO": "RemotingExecutor", "GET_NAMESRV_CONFIG": "RemotingExecutor",
	}
	c.Recorder.WaitFor(t, "the requests", func(all []sdktrace.ReadOnlySpan) bool {
		on = spans(all).in("namesrv").executors()
		return len(on) >= len(want)
	})
	for method, executor := range want {
		if on[method] != executor {
			t.Errorf("%s ran on %q, want %s", method, on[method], executor)
		}
	}
	all := spans(c.Recorder.Spans())
	for _, x := range [][2]string{{"remoting.server.REGISTER_BROKER", "namesrv.registerBroker"}, {"remoting.server.GET_ROUTEINFO_BY_TOPIC", "namesrv.getRouteInfoByTopic"}} {
		for _, s := range all.of(x[0]) {
			if got := all.children(s); !slices.Equal(got, []string{x[1]}) {
				t.Errorf("%s leads to %v", x[0], got)
			}
		}
	}
}

// The scan finds a broker whose last sign of life is older than its own timeout, unregisters it and closes its connection.
func TestClaim_N5_ASilentBrokerIsThrownOut(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{NameServer: func(cfg *namesrv.Config) { cfg.ScanNotActiveBrokerInterval = 20 * time.Millisecond }})
	c.CreateTopic(t, topic, 1)
	heard := &listener{}
	rc := newClient(t, remoting.ClientConfig{Listener: heard})
	silent := ghost("ghost", "10.0.0.1:10911", 0, topic, "Other")
	h, _ := silent.Header.(*header.RegisterBrokerRequestHeader)
	h.HeartbeatTimeoutMillis = 200
	register(t, rc, c.NameServerAddr(), silent)
	scan := c.Recorder.WaitStep(t, "namesrv.scanNotActiveBroker")
	all := spans(c.Recorder.Spans())
	if number(t, scan, "rocketmq.scan.removed") != 1 || !slices.Contains(all.children(scan), "namesrv.onChannelDestroy") {
		t.Errorf("the scan removed %d, steps %v", number(t, scan, "rocketmq.scan.removed"), all.children(scan))
	}
	removed := c.Recorder.WaitStep(t, "namesrv.unRegisterBroker")
	if removed.SpanContext().TraceID() == scan.SpanContext().TraceID() {
		t.Error("the removal is not a trace of its own")
	}
	if !slices.ContainsFunc(removed.Links(), func(l sdktrace.Link) bool { return l.SpanContext.TraceID() == scan.SpanContext().TraceID() }) {
		t.Error("the removal has no link to the scan")
	}
	c.Eventually(t, "the connection closed", func() bool { return slices.Contains(heard.all(), "close") })
	c.Eventually(t, "the ghost gone", func() bool {
		data, ok := c.NameServer().Routes().PickupTopicRouteData(t.Context(), topic)
		return ok && len(data.QueueDatas) == 1 && data.QueueDatas[0].BrokerName == "broker-a"
	})
	if cfg := namesrv.DefaultConfig(); cfg.ScanNotActiveBrokerInterval != 5*time.Second {
		t.Errorf("scans every %v", cfg.ScanNotActiveBrokerInterval)
	}
}

// hurried is a clock whose timers are early: a minute takes 50 ms.
type hurried struct{ clock.Clock }

func (h hurried) NewTimer(d time.Duration) clock.Timer { return h.Clock.NewTimer(d / 1200) }

// A value that was put by request 100 appears in the log, after a minute and then every ten.
func TestClaim_N6_TheValuesArePrinted(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	c := testcluster.Start(t, testcluster.Config{Brokers: -1}) // for its recorder
	cfg := namesrv.DefaultConfig()
	cfg.ListenPort = 0
	ns, err := namesrv.New(cfg, namesrv.Deps{
		Component: observ.NewComponent(c.Recorder.Provider("printer")), Logger: zap.New(core), Clock: hurried{clock.System},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Shutdown(context.Background()) })
	rc := newClient(t, remoting.ClientConfig{})
	put := protocol.NewRequest(protocol.PutKVConfig, &header.PutKVConfigRequestHeader{Namespace: "ORDER_TOPIC_CONFIG", Key: topic, Value: "broker-a:4"})
	if resp := call(t, rc, ns.Addr().String(), put); resp.Code != 0 {
		t.Fatal(resp.Remark)
	}
	printed := func() int {
		return logs.FilterMessage("configTable").FilterField(zap.String("value", "broker-a:4")).Len()
	}
	c.Eventually(t, "the value printed twice", func() bool { return printed() >= 2 })
	served := c.Recorder.WaitStep(t, "remoting.server.PUT_KV_CONFIG")
	if service(served) != "printer" || text(served, "rocketmq.executor") != "RemotingExecutor" {
		t.Errorf("put by %s on %s", service(served), text(served, "rocketmq.executor"))
	}
}

// What it was told it knows; a name server that has just started knows nothing, and nobody else tells it but the brokers.
func TestClaim_N7_StateInMemory(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{Brokers: -1})
	rc := newClient(t, remoting.ClientConfig{})
	register(t, rc, c.NameServerAddr(), ghost("ghost", "10.0.0.1:10911", 0, topic, "Other"))
	if resp := call(t, rc, c.NameServerAddr(), routeRequest()); resp.Code != 0 {
		t.Fatalf("%d %s", resp.Code, resp.Remark)
	}
	picked := c.Recorder.WaitStep(t, "namesrv.pickupTopicRouteData")
	if text(picked, "rocketmq.route.found") != "true" {
		t.Error("the route was not found in the tables")
	}
	c.Recorder.WaitStep(t, "remoting.server.GET_ROUTEINFO_BY_TOPIC")
	for _, s := range c.Recorder.Spans() {
		if text(s, "rpc.method") != "" && s.SpanKind().String() == "client" {
			t.Errorf("the name server asked somebody: %s", s.Name())
		}
	}
	c.StopNameServer(t)
	c.Recorder.Reset()
	c.StartNameServer(t)
	fresh := newClient(t, remoting.ClientConfig{})
	if resp := call(t, fresh, c.NameServerAddr(), routeRequest()); resp.Code != int32(protocol.TopicNotExist) {
		t.Errorf("after a restart: %d", resp.Code)
	}
	register(t, fresh, c.NameServerAddr(), ghost("ghost", "10.0.0.1:10911", 0, topic, "Other"))
	if resp := call(t, fresh, c.NameServerAddr(), routeRequest()); resp.Code != 0 {
		t.Errorf("after the broker has come again: %d", resp.Code)
	}
}

// Messages with two tags, a consumer of one: the broker leaves the others out. The name server took no part; the filter servers in its
// table are addresses that a route hands on.
func TestClaim_N9_NoFilteringAtTheNameServer(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	for _, tag := range []string{"TagA", "TagB", "TagA"} {
		msg := message.New(topic, []byte(tag))
		msg.SetTags(tag)
		if _, err := p.Send(within(t, patience), msg); err != nil {
			t.Fatal(err)
		}
	}
	addr := c.Brokers[0].Addr()
	rc := newClient(t, remoting.ClientConfig{})
	waitOffset(t, rc, addr, 0, 3)
	pull := protocol.NewRequest(protocol.PullMessage, &header.PullMessageRequestHeader{
		ConsumerGroup: "consumers", Topic: topic, MaxMsgNums: 32, SysFlag: header.PullSubscription, Subscription: "TagA", ExpressionType: "TAG",
	})
	resp := call(t, rc, addr, pull)
	records, err := message.DecodeRecords(resp.Body)
	if err != nil || len(records) != 2 {
		t.Fatalf("%d %s: %d messages, %v", resp.Code, resp.Remark, len(records), err)
	}
	served := c.Recorder.WaitStep(t, "broker.PullMessageProcessor.processRequest")
	if service(served) != "broker-a" {
		t.Errorf("pulled from %s", service(served))
	}
	for _, s := range c.Recorder.Trace(served.SpanContext().TraceID()) {
		if service(s) != "broker-a" {
			t.Errorf("%s took part in the pull", service(s))
		}
	}
	register(t, rc, c.NameServerAddr(), ghost("ghost", "10.0.0.1:10911", 0, topic, "Other"))
	var data route.TopicRouteData
	if err := data.Decode(call(t, rc, c.NameServerAddr(), routeRequest()).Body); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(data.FilterServerTable["10.0.0.1:10911"], []string{"10.0.0.1:109110"}) {
		t.Errorf("filter servers %v", data.FilterServerTable)
	}
	c.Recorder.WaitStep(t, "namesrv.pickupTopicRouteData")
}

// The cluster's name is what the broker's configuration says. The broker sends it with its registration, and the name server files it.
func TestClaim_N12_TheClusterNameIsTheBrokers(t *testing.T) {
	if name := broker.DefaultConfig().BrokerClusterName; name != "DefaultCluster" {
		t.Errorf("the default is %s", name)
	}
	c := testcluster.Start(t, testcluster.Config{Brokers: 2, Broker: func(name string, cfg *broker.Config) {
		if name == "broker-b" {
			cfg.BrokerClusterName = "AnotherCluster"
		}
	}})
	clusters := map[string]string{}
	c.Recorder.WaitFor(t, "both registrations", func(all []sdktrace.ReadOnlySpan) bool {
		for _, s := range spans(all).of("namesrv.registerBroker") {
			clusters[text(s, "rocketmq.broker.name")] = text(s, "rocketmq.cluster.name")
		}
		return len(clusters) == 2
	})
	if clusters["broker-a"] != testcluster.ClusterName || clusters["broker-b"] != "AnotherCluster" {
		t.Errorf("registered as %v", clusters)
	}
	started := spans(c.Recorder.Spans()).in("broker-b").one(t, "broker.start")
	if text(started, "rocketmq.cluster.name") != "AnotherCluster" {
		t.Errorf("started as %s", text(started, "rocketmq.cluster.name"))
	}
	var info body.ClusterInfo
	rc := newClient(t, remoting.ClientConfig{})
	if err := info.Decode(call(t, rc, c.NameServerAddr(), protocol.NewRequest(protocol.GetBrokerClusterInfo, nil)).Body); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(info.ClusterAddrTable["AnotherCluster"], []string{"broker-b"}) || info.BrokerAddrTable["broker-b"].Cluster != "AnotherCluster" {
		t.Errorf("cluster info %+v", info)
	}
}

// Brokers write the tables, clients read them; a timer and a lost connection write them as well, without a request.
func TestClaim_N13_WhoWritesTheTables(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{NameServer: func(cfg *namesrv.Config) { cfg.ScanNotActiveBrokerInterval = 20 * time.Millisecond }})
	rc := newClient(t, remoting.ClientConfig{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { call(t, rc, c.NameServerAddr(), routeRequest()) })
	}
	all.Wait()
	if _, ok := c.NameServer().Routes().PickupTopicRouteData(t.Context(), topic); ok {
		t.Error("asking made a topic")
	}
	brief := ghost("ghost", "10.0.0.1:10911", 0, topic, "Other")
	h, _ := brief.Header.(*header.RegisterBrokerRequestHeader)
	h.HeartbeatTimeoutMillis = 50
	register(t, rc, c.NameServerAddr(), brief)
	removed := c.Recorder.WaitStep(t, "namesrv.unRegisterBroker")
	for _, s := range c.Recorder.Trace(removed.SpanContext().TraceID()) {
		if text(s, "rpc.method") != "" {
			t.Errorf("the removal is part of the request %s", text(s, "rpc.method"))
		}
	}
	registered := spans(c.Recorder.Spans()).of("namesrv.registerBroker")
	for _, s := range registered {
		if !s.Parent().IsValid() {
			t.Error("a registration without a request")
		}
	}
}
