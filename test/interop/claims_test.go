//go:build interop

package interop

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	library "github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/spantest"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/route"
	"github.com/plumemq/plume/test/interop/referee"
)

// The experiments of docs/analysis that are about Apache's own programs. A Java producer leaves no spans: what it does is seen by a
// stand-in for its name server and broker, whose trace records every request with the connection that it came over.

const probed = "TopicTest"

// probe starts a Java producer that carries out a script; timeout is that of its sends, in milliseconds.
func probe(t *testing.T, nameServer string, timeout int, script string, jvm ...string) *referee.Process {
	t.Helper()
	p, err := need(t, apache550).Class(t.TempDir(), append([]string{"-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"}, jvm...),
		"org.plumemq.interop.Probe", "--namesrv", nameServer, "--topic", probed, "--timeout", strconv.Itoa(timeout), "--script", script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

// threads are the names of a JVM's threads, their numbers taken off, and how many there are of each.
func threads(t *testing.T, p *referee.Process) map[string]int {
	t.Helper()
	out, err := exec.Command("jcmd", strconv.Itoa(p.PID()), "Thread.print").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	names := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^"([^"]+)"`).FindAllStringSubmatch(string(out), -1) {
		names[strings.TrimRight(m[1], "0123456789")]++
	}
	return names
}

// eventually waits until done, with the patience that a JVM needs.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

func text(s sdktrace.ReadOnlySpan, key string) string {
	for _, kv := range s.Attributes() {
		if string(kv.Key) == key {
			return kv.Value.String()
		}
	}
	return ""
}

// steps are the recorded spans of a step, in the order of their starts.
func steps(all []sdktrace.ReadOnlySpan, id string) []sdktrace.ReadOnlySpan {
	out := slices.DeleteFunc(slices.Clone(all), func(s sdktrace.ReadOnlySpan) bool { return text(s, "rocketmq.step") != id })
	slices.SortFunc(out, func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
	return out
}

// tracedProducer is a producer of ours for Apache's cluster, with a recorder.
func tracedProducer(t *testing.T, nameServer string) (*producer.Producer, *spantest.Recorder) {
	recorder := spantest.NewRecorder()
	p, err := producer.New("traced", library.WithNameServers(nameServer), library.WithTracerProvider(recorder.Provider("producer")))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Shutdown(context.Background()) })
	return p, recorder
}

func sendOne(t *testing.T, p *producer.Producer, topic string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := p.Send(ctx, message.New(topic, []byte("hello"))); err != nil {
		t.Fatal(err)
	}
}

// bare is a remoting client that ends with the test.
func bare(t *testing.T, cfg remoting.ClientConfig) *remoting.Client {
	rc := remoting.NewClient(cfg)
	t.Cleanup(rc.Shutdown)
	return rc
}

func invoke(t *testing.T, rc *remoting.Client, addr string, req *protocol.RemotingCommand) *protocol.RemotingCommand {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	resp, err := rc.InvokeSync(ctx, addr, req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func routeOf(topic string) *protocol.RemotingCommand {
	return protocol.NewRequest(protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: topic, AcceptStandardJSONOnly: true})
}

// Apache's name server answers 17 and makes nothing. Our producer's trace: two questions, the second for TBW102, and then the broker
// stores the message and the topic is there. With the name server killed, the next message needs nobody but the broker.
func TestClaim_P4_P6_P10_ApachesBrokerMakesTheTopic(t *testing.T) {
	apache := need(t, apache550)
	c := start(t, apache, apache, nil)
	rc := bare(t, remoting.ClientConfig{})
	for range 2 {
		if resp := invoke(t, rc, c.Addr, routeOf(probed)); resp.Code != int32(protocol.TopicNotExist) {
			t.Fatalf("an unknown topic: %d %s", resp.Code, resp.Remark)
		}
	}
	p, recorder := tracedProducer(t, c.Addr)
	sendOne(t, p, probed)
	trace := recorder.Trace(recorder.WaitStep(t, "producer.send").SpanContext().TraceID())
	asked := steps(trace, "remoting.client.GET_ROUTEINFO_BY_TOPIC")
	looked := steps(trace, "instance.updateTopicRouteInfoFromNameServer")
	if len(asked) != 2 || text(asked[0], "rpc.response.status_code") != "TOPIC_NOT_EXIST" || text(asked[1], "rpc.response.status_code") != "SUCCESS" {
		t.Fatalf("%d questions", len(asked))
	}
	if text(looked[0], "rocketmq.route.default_topic") != "false" || text(looked[1], "rocketmq.route.default_topic") != "true" {
		t.Errorf("the second question was not for the default topic")
	}
	var data route.TopicRouteData
	eventually(t, "the topic's route", func() bool {
		resp := invoke(t, rc, c.Addr, routeOf(probed))
		return resp.Code == 0 && data.Decode(resp.Body) == nil
	})
	if len(data.QueueDatas) != 1 || data.QueueDatas[0].WriteQueueNums != 4 || data.BrokerDatas[0].BrokerAddrs[0] != c.broker.Addr {
		t.Errorf("route %+v", data)
	}
	c.Kill()
	recorder.Reset()
	sendOne(t, p, probed)
	trace = recorder.Trace(recorder.WaitStep(t, "producer.send").SpanContext().TraceID())
	if n := len(steps(trace, "remoting.client.GET_ROUTEINFO_BY_TOPIC")); n > 0 {
		t.Errorf("the second message asked %d times", n)
	}
	found := steps(trace, "instance.findBrokerAddressInPublish")
	if len(found) != 1 || text(found[0], "server.address")+":"+text(found[0], "server.port") != c.broker.Addr {
		t.Error("the address did not come from the table")
	}
}

// With autoCreateTopicEnable=false on Apache's broker nobody has TBW102, and the producer's second question fails like the first.
func TestClaim_P4_P10_ApachesBrokerMayRefuse(t *testing.T) {
	apache := need(t, apache550)
	c := start(t, apache, apache, map[string]string{"autoCreateTopicEnable": "false"})
	p, recorder := tracedProducer(t, c.Addr)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := p.Send(ctx, message.New(probed, []byte("hello"))); err == nil {
		t.Fatal("sent to a topic that nobody makes")
	}
	trace := recorder.Trace(recorder.WaitStep(t, "producer.send").SpanContext().TraceID())
	asked := steps(trace, "remoting.client.GET_ROUTEINFO_BY_TOPIC")
	if len(asked) != 2 || text(asked[1], "rpc.response.status_code") != "TOPIC_NOT_EXIST" || len(steps(trace, "producer.sendKernelImpl")) > 0 {
		t.Errorf("%d questions", len(asked))
	}
}

// A transaction of Apache's client, without failures: a sync send of the half message, then the decision, one-way.
func TestClaim_P2_AJavaTransactionIsASyncSendAndAOneway(t *testing.T) {
	s := newStandIn(t)
	p := probe(t, s.addr, 30000, "sync,async,transaction")
	if sent := await(t, p, "sent", 3); sent[2].Text("mode") != "transaction" {
		t.Errorf("sent %v", sent)
	}
	await(t, p, "done", 1)
	if sends := s.of(protocol.SendMessageV2); len(sends) != 3 || sends[2].oneway {
		t.Errorf("messages %+v", sends)
	}
	if ends := s.of(protocol.EndTransaction); len(ends) != 1 || !ends[0].oneway {
		t.Errorf("ends of a transaction: %+v", ends)
	}
	if served := s.recorder.WaitStep(t, "remoting.server.END_TRANSACTION"); text(served, "rocketmq.oneway") != "true" {
		t.Error("the decision waits for an answer")
	}
}

// What MQAdmin, MQProducer and DefaultMQProducer are to each other, and what a Java producer's createTopic asks of whom.
func TestClaim_P12_AJavaProducerMakesATopic(t *testing.T) {
	c := shared(t)
	p := probe(t, c.Addr, 30000, "interfaces,create:Made:3")
	said := await(t, p, "interfaces", 1)[0]
	if !said.True("producerIsAdmin") || !said.True("implements") || !said.True("adminCreates") || said.True("adminSends") || !said.True("producerSends") {
		t.Errorf("%v", said)
	}
	await(t, p, "created", 1)
	rc := bare(t, remoting.ClientConfig{})
	var data route.TopicRouteData
	eventually(t, "the topic's route", func() bool {
		resp := invoke(t, rc, c.Addr, routeOf("Made"))
		return resp.Code == 0 && data.Decode(resp.Body) == nil
	})
	if data.QueueDatas[0].WriteQueueNums != 3 {
		t.Errorf("route %+v", data)
	}

	s := newStandIn(t)
	await(t, probe(t, s.addr, 30000, "create:Made:3"), "created", 1)
	if all := s.of(protocol.GetRouteInfoByTopic, protocol.UpdateAndCreateTopic); len(all) != 2 || all[1].code != protocol.UpdateAndCreateTopic {
		t.Errorf("createTopic asked %+v", all)
	}
	s.recorder.WaitStep(t, "remoting.server.UPDATE_AND_CREATE_TOPIC")
}

// The threads of a producer that has sent one message and waits.
func TestClaim_T1_T21_ThreadsOfAJavaProducer(t *testing.T) {
	s := newStandIn(t)
	p := probe(t, s.addr, 30000, "sync,sync,async,async,pause:60000")
	await(t, p, "pause", 1)
	names := threads(t, p)
	t.Logf("%v", names)
	for name, n := range map[string]int{
		"NettyClientSelector_": 1, "NettyEventExecutor": 1, "ClientHouseKeepingService": 1, "MQClientFactoryScheduledThread": 1,
		"PullMessageService": 1, "RebalanceService": 1,
	} {
		if names[name] != n {
			t.Errorf("%d threads %s, want %d", names[name], name, n)
		}
	}
	if n := names["NettyClientWorkerThread_"]; n < 1 || n > 4 {
		t.Errorf("%d worker threads, want at most 4", n)
	}
	if n := names["NettyClientPublicExecutor_"]; n < 1 {
		t.Error("no public executor, though it only sends")
	}
	var own int
	for name, n := range names {
		if strings.HasPrefix(name, "Netty") || strings.HasPrefix(name, "MQClient") || strings.HasSuffix(name, "Service") {
			own += n
		}
	}
	if own < 8 {
		t.Errorf("%d threads of the client's", own)
	}
	connections := map[string]bool{}
	for _, a := range s.of() {
		connections[a.from] = true
	}
	if len(connections) != 2 {
		t.Errorf("%d connections, want to the name server and to the broker", len(connections))
	}
	s.recorder.WaitStep(t, "remoting.server.SEND_MESSAGE_V2")
}

// A Java producer that has started is silent for as long as it sends nothing: no connection. With its first message come the
// question, the message, and at once a heartbeat, though the timer has just been and comes again in half a minute. The connection
// stays; at the end it says goodbye.
func TestClaim_T3_T5_T10_T17_WhatAJavaProducerSends(t *testing.T) {
	s := newStandIn(t)
	p := probe(t, s.addr, 30000, "pause:3000,sync,pause:2000,sync,pause:500")
	await(t, p, "pause", 1)
	started := time.Now()
	await(t, p, "sent", 1)
	first := s.of()
	if first[0].code != protocol.GetRouteInfoByTopic || first[0].when.Before(started) {
		t.Errorf("first came %v", first[0].code)
	}
	eventually(t, "a heartbeat", func() bool { return len(s.of(protocol.HeartBeat)) > 0 })
	await(t, p, "done", 1)
	all := s.of()
	if beats := s.of(protocol.HeartBeat); beats[0].when.Sub(first[0].when) > 15*time.Second {
		t.Errorf("the heartbeat came %v after the connection", beats[0].when.Sub(first[0].when))
	}
	sends := s.of(protocol.SendMessageV2)
	if len(sends) != 2 {
		t.Fatalf("%d messages", len(sends))
	}
	for _, a := range all {
		if (a.code == protocol.GetRouteInfoByTopic) == (a.from == sends[0].from) {
			t.Errorf("%v came over another connection", a.code)
		}
	}
	if goodbye := s.of(protocol.UnregisterClient); len(goodbye) == 0 || all[len(all)-1].code != protocol.UnregisterClient {
		t.Errorf("the last request was %v", all[len(all)-1].code)
	}
	served := s.recorder.WaitStep(t, "remoting.server.HEART_BEAT")
	sent := s.recorder.WaitStep(t, "remoting.server.SEND_MESSAGE_V2")
	if text(served, "client.port") != text(sent, "client.port") {
		t.Error("the heartbeat came from elsewhere")
	}
}

// A Java producer's callback runs on a thread of the public executor. With all of those held up by callbacks, a sync send, whose
// answer has been sent, times out: its future, too, is completed on that executor.
func TestClaim_T8_T12_WhereAJavaCallbackRuns(t *testing.T) {
	s := newStandIn(t)
	p := probe(t, s.addr, 4000, "async,block,sync")
	if thread := await(t, p, "sent", 1)[0].Text("thread"); !strings.HasPrefix(thread, "NettyClientPublicExecutor_") {
		t.Errorf("the callback ran on %s", thread)
	}
	blocked := await(t, p, "blocked", 1)[0].Int("threads")
	failed := await(t, p, "failed", 1)[0]
	if failed.Text("step") != "sync" || !strings.Contains(failed.Text("error"), "imeout") {
		t.Errorf("%v", failed)
	}
	if sends := s.of(protocol.SendMessageV2); int64(len(sends)) < blocked+2 {
		t.Errorf("%d messages came, want the sync one as well", len(sends))
	}
	for _, served := range steps(s.recorder.Spans(), "remoting.server.SEND_MESSAGE_V2") {
		if text(served, "rpc.response.status_code") != "SUCCESS" {
			t.Errorf("answered %s", text(served, "rpc.response.status_code"))
		}
	}
}

// An async send is never answered. With one permit, which it holds, a Java producer's sync send waits for that in vain and is never
// written: both kinds of call share a semaphore in 5.5.0. With the usual permits it goes through.
func TestClaim_T14_AJavaSyncSendNeedsAPermitToo(t *testing.T) {
	for _, x := range []struct{ permits, sent, failed int }{{65535, 2, 0}, {1, 1, 1}} {
		s := newStandIn(t)
		s.onSend = func(n int, _ *remoting.RequestContext) bool { return n != 2 }
		p := probe(t, s.addr, 6000, "sync,pause:2500,pending,sync", fmt.Sprintf("-Dcom.rocketmq.remoting.clientAsyncSemaphoreValue=%d", x.permits))
		await(t, p, "done", 1)
		sync := func(l referee.Line) bool { return l.Text("mode") != "sync" && l.Text("step") != "sync" }
		sent := slices.DeleteFunc(referee.Only(p.Lines(), "sent"), sync)
		failed := slices.DeleteFunc(referee.Only(p.Lines(), "failed"), sync)
		if len(sent) != x.sent || len(failed) != x.failed {
			t.Errorf("%d permits: %d sync sends went through, %d failed: %v", x.permits, len(sent), len(failed), failed)
		}
		s.recorder.WaitStep(t, "remoting.server.SEND_MESSAGE_V2")
	}
}

// The connection is cut instead of an answer: a Java producer whose message has 30 s to go sends it again at once, over a new one.
func TestClaim_T16_ABrokenConnectionOfAJavaProducer(t *testing.T) {
	s := newStandIn(t)
	s.onSend = func(n int, rc *remoting.RequestContext) bool {
		if n == 2 {
			rc.Channel.Close()
		}
		return n != 2
	}
	p := probe(t, s.addr, 30000, "sync,sync")
	sent := await(t, p, "sent", 2)
	if sent[1].Text("status") != "SEND_OK" {
		t.Errorf("%v", sent[1])
	}
	sends := s.of(protocol.SendMessageV2)
	if len(sends) != 3 || sends[0].from != sends[1].from || sends[1].from == sends[2].from {
		t.Fatalf("messages %+v", sends)
	}
	if took := sends[2].when.Sub(sends[1].when); took > 15*time.Second {
		t.Errorf("sent again after %v", took)
	}
	ports := map[string]bool{}
	for _, served := range steps(s.recorder.Spans(), "remoting.server.SEND_MESSAGE_V2") {
		ports[text(served, "client.port")] = true
	}
	if len(ports) != 2 {
		t.Errorf("came from %d ports", len(ports))
	}
}

// registration is that of a broker that exists in name only.
func registration(name string, timeout int64) *protocol.RemotingCommand {
	var b body.RegisterBrokerBody
	b.TopicConfigSerializeWrapper.TopicConfigTable = map[string]body.TopicConfig{}
	for _, topic := range []string{name + "Topic", name + "Other"} {
		b.TopicConfigSerializeWrapper.TopicConfigTable[topic] = body.TopicConfig{TopicName: topic, ReadQueueNums: 4, WriteQueueNums: 2, Perm: 6}
	}
	b.FilterServerList = []string{"10.0.0.9:1"}
	encoded := b.Encode()
	req := protocol.NewRequest(protocol.RegisterBroker, &header.RegisterBrokerRequestHeader{
		BrokerName: name, BrokerAddr: name + ":10911", ClusterName: "Ghosts", BrokerID: 0, HeartbeatTimeoutMillis: timeout,
		BodyCRC32: int32(message.BodyCRC(encoded)),
	})
	req.Body = encoded
	return req
}

// Two brokers of a name only register with Apache's name server. One loses its connection and is forgotten at once; the other falls
// silent, and a scan throws it out and closes its connection.
func TestClaim_N3_N5_ApachesNameServerForgetsBrokers(t *testing.T) {
	ns, err := need(t, apache550).StartNameServer(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ns.Kill)
	recorder := spantest.NewRecorder()
	asker, lost := bare(t, remoting.ClientConfig{}), remoting.NewClient(remoting.ClientConfig{})
	if resp := invoke(t, lost, ns.Addr, registration("lost", 0)); resp.Code != 0 {
		t.Fatal(resp.Remark)
	}
	known := func(name string) bool { return invoke(t, asker, ns.Addr, routeOf(name+"Topic")).Code == 0 }
	if !known("lost") {
		t.Fatal("not registered")
	}
	lost.Shutdown()
	began := time.Now()
	eventually(t, "the lost broker forgotten", func() bool { return !known("lost") })
	if took := time.Since(began); took > 100*time.Second {
		t.Errorf("forgotten after %v; its own timeout is 120 s", took)
	}

	closed := make(chan struct{})
	silent := bare(t, remoting.ClientConfig{Listener: &untilClosed{closed: closed}})
	if resp := invoke(t, silent, ns.Addr, registration("silent", 1000)); resp.Code != 0 {
		t.Fatal(resp.Remark)
	}
	if !known("silent") {
		t.Fatal("not registered")
	}
	eventually(t, "the silent broker forgotten", func() bool { return !known("silent") })
	select {
	case <-closed:
	case <-time.After(time.Minute):
		t.Error("the silent broker's connection stays open")
	}
	p, err := producer.New("traced", library.WithNameServers(ns.Addr), library.WithTracerProvider(recorder.Provider("producer")))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Shutdown(context.Background()) }()
	if _, err := p.FetchPublishMessageQueues(t.Context(), "silentTopic"); err == nil {
		t.Error("a forgotten broker's topic has queues")
	}
}

// untilClosed hears of the end of a connection.
type untilClosed struct {
	once   sync.Once
	closed chan struct{}
}

func (*untilClosed) OnConnect(*remoting.Channel)          {}
func (u *untilClosed) OnClose(*remoting.Channel)          { u.once.Do(func() { close(u.closed) }) }
func (*untilClosed) OnIdle(*remoting.Channel)             {}
func (*untilClosed) OnException(*remoting.Channel, error) {}

// The threads of Apache's name server, after questions about routes and others: two pools of workers, the threads that decode, the
// two timers, and what it says of its own configuration.
func TestClaim_N4_N6_ThreadsOfApachesNameServer(t *testing.T) {
	ns, err := need(t, apache550).StartNameServer(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ns.Kill)
	var config string
	for range 12 { // more connections than threads that decode
		rc := bare(t, remoting.ClientConfig{})
		for range 4 {
			invoke(t, rc, ns.Addr, routeOf("nothing"))
			config = string(invoke(t, rc, ns.Addr, protocol.NewRequest(protocol.GetNamesrvConfig, nil)).Body)
		}
	}
	for _, line := range []string{
		"clientRequestThreadPoolNums=8", "defaultThreadPoolNums=16", "serverWorkerThreads=8", "scanNotActiveBrokerInterval=5000",
	} {
		if !slices.Contains(strings.Fields(config), line) {
			t.Errorf("the configuration lacks %s:\n%s", line, config)
		}
	}
	names := threads(t, ns.Process)
	t.Logf("%v", names)
	for name, n := range map[string]int{
		"ClientRequestExecutorThread_": 8, "RemotingExecutorThread_": 16, "NettyServerCodecThread_": 8, "NSScanScheduledThread": 1, "NSScheduledThread": 1,
	} {
		if names[name] != n {
			t.Errorf("%d threads %s, want %d", names[name], name, n)
		}
	}
}

// A master and a slave of one name in Apache's name server: queues once, addresses by id, filter servers handed on, the cluster as
// the registration said.
func TestClaim_R1_R2_N8_N9_N12_WhatApachesNameServerHolds(t *testing.T) {
	ns, err := need(t, apache550).StartNameServer(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ns.Kill)
	rc := bare(t, remoting.ClientConfig{})
	for id, addr := range []string{"10.0.0.1:10911", "10.0.0.2:10911"} {
		req := registration("pair", 0)
		h, _ := req.Header.(*header.RegisterBrokerRequestHeader)
		h.BrokerID, h.BrokerAddr = int64(id), addr
		if resp := invoke(t, rc, ns.Addr, req); resp.Code != 0 {
			t.Fatal(resp.Remark)
		}
	}
	var data route.TopicRouteData
	if err := data.Decode(invoke(t, rc, ns.Addr, routeOf("pairTopic")).Body); err != nil {
		t.Fatal(err)
	}
	if len(data.QueueDatas) != 1 || len(data.BrokerDatas) != 1 || data.QueueDatas[0].ReadQueueNums != 4 || data.QueueDatas[0].WriteQueueNums != 2 {
		t.Fatalf("route %+v", data)
	}
	addrs := data.BrokerDatas[0].BrokerAddrs
	if data.BrokerDatas[0].Cluster != "Ghosts" || addrs[0] != "10.0.0.1:10911" || addrs[1] != "10.0.0.2:10911" {
		t.Errorf("brokers %+v", data.BrokerDatas)
	}
	if !slices.Equal(data.FilterServerTable["10.0.0.2:10911"], []string{"10.0.0.9:1"}) {
		t.Errorf("filter servers %v", data.FilterServerTable)
	}
	var info body.ClusterInfo
	if err := info.Decode(invoke(t, rc, ns.Addr, protocol.NewRequest(protocol.GetBrokerClusterInfo, nil)).Body); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(info.ClusterAddrTable["Ghosts"], []string{"pair"}) {
		t.Errorf("clusters %v", info.ClusterAddrTable)
	}
}

// Apache's broker registers with a name server of ours once it is up, and again and again, under the cluster name of its configuration;
// each registration takes the write lock.
func TestClaim_R3_N11_N12_AJavaBrokerRegisters(t *testing.T) {
	apache := need(t, apache550)
	c := testcluster.Start(t, testcluster.Config{Brokers: -1})
	startBroker(t, apache, referee.BrokerConfig{
		NameServer: c.NameServerAddr(), Store: t.TempDir(),
		Extra: map[string]string{"brokerClusterName": "JavaCluster", "registerNameServerPeriod": "10000"},
	})
	var registered []sdktrace.ReadOnlySpan
	eventually(t, "a second registration", func() bool {
		registered = steps(c.Recorder.Spans(), "namesrv.registerBroker")
		return len(registered) > 1
	})
	for _, s := range registered {
		if text(s, "rocketmq.cluster.name") != "JavaCluster" || text(s, "rocketmq.broker.name") != "broker-a" || text(s, "rocketmq.broker.id") != "0" {
			t.Errorf("registered %s of %s", text(s, "rocketmq.broker.name"), text(s, "rocketmq.cluster.name"))
		}
		if events := s.Events(); len(events) != 1 || events[0].Name != "rwlock.write.acquired" {
			t.Errorf("a registration's events: %v", events)
		}
	}
}

// What a Java consumer asks in its first seconds: the route, then brokers hear of it, then it asks who else is in the group, and pulls.
func TestClaim_T22_AJavaConsumerStarts(t *testing.T) {
	apache := need(t, apache550)
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, probed, 1)
	launch(t, apache, "consume", "--namesrv", c.NameServerAddr(), "--topic", probed, "--group", "java")
	want := []string{"GET_ROUTEINFO_BY_TOPIC", "HEART_BEAT", "GET_CONSUMER_LIST_BY_GROUP", "PULL_MESSAGE"}
	first := map[string]time.Time{}
	eventually(t, "the consumer's first pull", func() bool {
		for _, s := range c.Recorder.Spans() {
			method := strings.TrimPrefix(text(s, "rocketmq.step"), "remoting.server.")
			if at, seen := first[method]; slices.Contains(want, method) && (!seen || s.StartTime().Before(at)) {
				first[method] = s.StartTime()
			}
		}
		return len(first) == len(want)
	})
	for i := 1; i < len(want); i++ {
		if first[want[i]].Before(first[want[i-1]]) {
			t.Errorf("%s came before %s", want[i], want[i-1])
		}
	}
}

// Apache's broker refuses a code that it does not know, and answers kinds of requests on pools of their own.
func TestClaim_N1_ProcessorsOfApachesBroker(t *testing.T) {
	c := shared(t)
	rc := bare(t, remoting.ClientConfig{})
	resp := invoke(t, rc, c.brokers["broker-a"].Addr, protocol.NewRequest(3442, nil))
	if resp.Code != int32(protocol.RequestCodeNotSupported) || !strings.Contains(resp.Remark, "not supported") {
		t.Errorf("an unknown code: %d %q", resp.Code, resp.Remark)
	}
	const topic = "Processors"
	c.createTopic(t, topic, 1, 1, 6)
	p, recorder := tracedProducer(t, c.Addr)
	if _, err := p.SendToQueue(t.Context(), message.New(topic, []byte("hello")), message.MessageQueue{Topic: topic, BrokerName: "broker-a"}); err != nil {
		t.Fatal(err)
	}
	recorder.WaitStep(t, "producer.send")
	eventually(t, "the threads of three processors", func() bool {
		names := threads(t, c.brokers["broker-a"].Process)
		return names["SendMessageThread_"] > 0 && names["AdminBrokerThread_"] > 0 && names["HeartbeatThread_"] > 0
	})
}
