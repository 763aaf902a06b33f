//go:build interop

package interop

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/test/interop/referee"
)

// The experiments that look into Apache's own producer while it runs: see Inside and Watch of test/interop/java.

// inside starts a Java producer that is watched; timeout is that of its sends, in milliseconds.
func inside(t *testing.T, nameServer string, timeout int, script string) *referee.Process {
	t.Helper()
	p, err := need(t, apache550).Class(t.TempDir(), []string{"-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"},
		"org.plumemq.interop.Inside", "--namesrv", nameServer, "--topic", probed, "--timeout", strconv.Itoa(timeout), "--script", script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

// wantWay says that a line's stack leads through some methods, in this order; others may lie between.
func wantWay(t *testing.T, l referee.Line, methods ...string) {
	t.Helper()
	stack := l.List("stack")
	for _, m := range methods {
		i := slices.Index(stack, m)
		if i < 0 {
			t.Errorf("%s: %s is not on the way, or not there: %v", l.Event(), m, l.List("stack"))
			return
		}
		stack = stack[i+1:]
	}
}

// callsOf are the calls of the remoting client with a code.
func callsOf(lines []referee.Line, code protocol.RequestCode) []referee.Line {
	return slices.DeleteFunc(referee.Only(lines, "call"), func(l referee.Line) bool { return l.Int("code") != int64(code) })
}

// looksForRoute says whether a call was made by a send that looks for its topic's route.
func looksForRoute(l referee.Line) bool {
	return slices.Contains(l.List("stack"), "DefaultMQProducerImpl#tryToFindTopicPublishInfo")
}

// done waits for the end of a script and returns all lines; none may tell of a failure.
func done(t *testing.T, p *referee.Process) []referee.Line {
	t.Helper()
	await(t, p, "done", 1)
	lines := p.Lines()
	for _, l := range referee.Only(lines, "failed") {
		t.Errorf("%v", l)
	}
	return lines
}

// The first message's first attempt is refused. What Apache's producer does, seen from inside: the route is looked for, and asked for,
// once; queues are chosen twice, the second time knowing the broker that refused; each attempt goes down the chain of calls to the
// wire, where the connection is there before the request, and the future before the write. The caller of a held answer waits in
// invokeSyncImpl, and its future is gone once it is answered.
func TestClaim_P1_P6_S1_S2_S3_S4_S5_S6_S7_S8_InsideAJavaSend(t *testing.T) {
	s := newStandIn(t, "one", "two")
	s.answer = func(n int) protocol.ResponseCode {
		if n == 1 {
			return protocol.ServiceNotAvailable
		}
		return protocol.Success
	}
	s.onSend = func(n int, _ *remoting.RequestContext) bool {
		if n == 3 {
			s.hold()
		}
		return true
	}
	p := inside(t, s.addr, 30000, "sync,find:one,find:two,held")
	held := await(t, p, "held", 1)[0]
	s.release(t, 1)
	lines := done(t, p)
	var order []string
	for _, l := range lines {
		if e := l.Event(); e == "select" || e == "sent" || e == "call" && (l.Int("code") == int64(protocol.SendMessageV2) || looksForRoute(l)) {
			order = append(order, strings.TrimSuffix(e+" "+l.Text("code"), " "))
		}
	}
	if want := []string{"call 105", "select", "call 310", "select", "call 310", "sent", "select", "call 310", "sent"}; !slices.Equal(order, want) {
		t.Errorf("the frame: %v, want %v", order, want)
	}
	asked := slices.DeleteFunc(callsOf(lines, protocol.GetRouteInfoByTopic), func(l referee.Line) bool { return !looksForRoute(l) }) // the timer asks as well
	if len(asked) != 1 {
		t.Fatalf("sends asked for the route %d times", len(asked))
	}
	wantWay(t, asked[0], "DefaultMQProducerImpl#sendDefaultImpl", "DefaultMQProducerImpl#tryToFindTopicPublishInfo", "MQClientInstance#updateTopicRouteInfoFromNameServer")
	chosen, calls := referee.Only(lines, "select"), callsOf(lines, protocol.SendMessageV2)
	for i, c := range chosen {
		wantWay(t, c, "DefaultMQProducerImpl#sendDefaultImpl", "DefaultMQProducerImpl#selectOneMessageQueue")
		if call := calls[i]; call.Text("addr") != s.brokers[c.Text("broker")] || call.Text("method") != "invokeSync" {
			t.Errorf("after %v came %v", c, call)
		}
		wantWay(t, calls[i], "DefaultMQProducer#send", "DefaultMQProducerImpl#send", "DefaultMQProducerImpl#sendDefaultImpl",
			"DefaultMQProducerImpl#sendKernelImpl", "MQClientAPIImpl#sendMessage", "MQClientAPIImpl#sendMessageSync")
	}
	if chosen[0].Text("last") != "" || chosen[1].Text("last") != chosen[0].Text("broker") || chosen[1].Text("broker") == chosen[0].Text("broker") || chosen[2].Text("last") != "" {
		t.Errorf("the choices: %v", chosen)
	}
	if calls[0].Int("timeout") > 30000 || calls[1].Int("timeout") > calls[0].Int("timeout") {
		t.Errorf("the attempts had %d and %d ms", calls[0].Int("timeout"), calls[1].Int("timeout"))
	}
	for _, hook := range referee.Only(lines, "hook") {
		wantWay(t, hook, "MQClientAPIImpl#sendMessageSync", "NettyRemotingClient#invokeSync", "NettyRemotingAbstract#invokeSyncImpl", "NettyRemotingClient#invokeImpl")
		if !hook.True("channel") || hook.True("filed") {
			t.Errorf("before the request: %v", hook)
		}
	}
	for _, write := range referee.Only(lines, "write") {
		if !write.True("filed") {
			t.Errorf("written before it was filed: %v", write)
		}
	}
	if n := len(referee.Only(lines, "write")); n != 3 {
		t.Errorf("%d writes", n)
	}
	if stack := held.List("stack"); stack[len(stack)-1] != "NettyRemotingAbstract#invokeSyncImpl" || held.Text("state") != "TIMED_WAITING" || !held.True("written") {
		t.Errorf("the caller of a held answer: %v", held)
	}
	if left := referee.Only(lines, "released")[0].Int("left"); left != 0 {
		t.Errorf("%d futures are left", left)
	}
	for i, found := range referee.Only(lines, "found") {
		if name := []string{"one", "two"}[i]; found.Text("addr") != s.brokers[name] {
			t.Errorf("broker %s was found at %s", name, found.Text("addr"))
		}
	}
	var codes []string
	for _, served := range steps(s.recorder.Spans(), "remoting.server.SEND_MESSAGE_V2") {
		codes = append(codes, text(served, "rpc.response.status_code"))
	}
	if !slices.Equal(codes, []string{"SERVICE_NOT_AVAILABLE", "SUCCESS", "SUCCESS"}) {
		t.Errorf("answered %v", codes)
	}
}

// A sync send that is refused because a broker is not available is tried again, twice, or as often as configured; a one-way send hears
// of nothing. What comes again is the same message, by its id. An async send is tried again when its broker cannot be reached. Each way
// has its function.
func TestClaim_P3_P9_RetriesOfAJavaProducer(t *testing.T) {
	s := newStandIn(t, "one", "two")
	s.answer = func(int) protocol.ResponseCode { return protocol.ServiceNotAvailable }
	p := inside(t, s.addr, 30000, "oneway,sync,retries:1,sync")
	await(t, p, "done", 1)
	if failed := referee.Only(p.Lines(), "failed"); len(failed) != 2 || failed[0].Text("step") != "sync" || failed[1].Text("step") != "sync" {
		t.Fatalf("failed: %v", failed)
	}
	times := map[string]int{} // of each message
	for _, a := range s.of(protocol.SendMessageV2) {
		var h header.SendMessageRequestHeaderV2
		req := protocol.NewRequest(a.code, nil)
		req.ExtFields = a.fields
		if err := req.DecodeHeader(&h); err != nil {
			t.Fatal(err)
		}
		_, id, _ := strings.Cut(h.Properties, "UNIQ_KEY\x01")
		id, _, _ = strings.Cut(id, "\x02")
		times[id]++
	}
	var counts []int
	for _, n := range times {
		counts = append(counts, n)
	}
	slices.Sort(counts)
	if want := []int{1, 2, 3}; !slices.Equal(counts, want) {
		t.Errorf("messages came %v times, want %v: one-way, with one retry, with the usual two; failed: %v", counts, want, referee.Only(p.Lines(), "failed"))
	}
	if d := referee.Only(p.Lines(), "defaults")[0]; d.Int("retries") != 2 || d.Int("asyncRetries") != 2 {
		t.Errorf("%v", d)
	}
	s.recorder.WaitStep(t, "remoting.server.SEND_MESSAGE_V2")

	reached := newStandIn(t, "one", "gone")
	for i := range reached.route.QueueDatas {
		reached.route.QueueDatas[i].WriteQueueNums = 1
	}
	reached.route.BrokerDatas[1].BrokerAddrs[0] = closedPort(t)
	const asyncs = 8 // each thread takes the brokers in turn, from wherever it began
	lines := done(t, inside(t, reached.addr, 30000, strings.Repeat("async,", asyncs-1)+"async"))
	if !slices.ContainsFunc(referee.Only(lines, "select"), func(l referee.Line) bool { return l.Text("last") == "gone" && l.Text("broker") == "one" }) {
		t.Errorf("no async send went on from the broker that is gone: %v", referee.Only(lines, "select"))
	}
	if n := len(reached.of(protocol.SendMessageV2)); n != asyncs {
		t.Errorf("%d async messages came", n)
	}
	methods := map[string]string{"invokeSync": "MQClientAPIImpl#sendMessageSync", "invokeAsync": "MQClientAPIImpl#sendMessageAsync", "invokeOneway": "MQClientAPIImpl#sendMessage"}
	seen := map[string]bool{}
	for _, call := range callsOf(append(lines, p.Lines()...), protocol.SendMessageV2) {
		seen[call.Text("method")] = true
		if stack := call.List("stack"); stack[len(stack)-1] != methods[call.Text("method")] {
			t.Errorf("%s by %v", call.Text("method"), stack)
		}
	}
	if len(seen) != len(methods) {
		t.Errorf("sent by %v only", seen)
	}
}

// closedPort is an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// What a Java producer makes of a route: a list of the queues that it can write to, each a topic, a broker name and a number. A
// broker without permission or without a master is left out. A thread takes them one after another; another thread has an index of
// its own.
func TestClaim_P5_P7_R5_R6_QueuesOfAJavaProducer(t *testing.T) {
	s := newStandIn(t, "one", "two", "mute", "headless")
	s.route.QueueDatas[0].ReadQueueNums, s.route.QueueDatas[0].WriteQueueNums = 5, 2
	s.route.QueueDatas[2].Perm = 4
	s.route.BrokerDatas[3].BrokerAddrs = map[int64]string{1: s.brokers["headless"]}
	p := inside(t, s.addr, 30000, "sync,queues,turns:12")
	lines := done(t, p)
	queues := referee.Only(lines, "queues")[0]
	var want []string
	for broker, n := range map[string]int{"one": 2, "two": 4} {
		for id := range n {
			want = append(want, probed+"/"+broker+"/"+strconv.Itoa(id))
		}
	}
	if got := queues.List("list"); len(got) != 6 || !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		t.Errorf("queues %v, want %v", got, want)
	}
	if got := queues.List("counts"); !slices.Contains(got, "one/5/2/6") || !slices.Contains(got, "mute/4/4/4") {
		t.Errorf("the route has %v", got)
	}
	positions := map[string][]int64{}
	for _, l := range referee.Only(lines, "select") {
		positions[l.Text("thread")] = append(positions[l.Text("thread")], l.Int("position"))
	}
	for _, thread := range []string{"first", "second"} {
		if len(positions[thread]) != 12 {
			t.Fatalf("thread %s chose %v", thread, positions[thread])
		}
		for i, at := range positions[thread][1:] {
			if want := (positions[thread][i] + 1) % 6; at != want {
				t.Errorf("thread %s chose %d after %d, want %d", thread, at, positions[thread][i], want)
			}
		}
	}
	// each message went where its queue is, and is of one topic
	for _, a := range s.of(protocol.SendMessageV2) {
		if topic := a.fields.Get("b"); topic != probed {
			t.Errorf("a message of topic %q", topic)
		}
		if at := a.server.Addr().String(); at != s.brokers["one"] && at != s.brokers["two"] {
			t.Errorf("a message went to %s", at)
		}
	}
	s.recorder.WaitStep(t, "remoting.server.SEND_MESSAGE_V2")
}

// A Java producer's instance has everything a consumer would need, idle: its pull service waits for work, its rebalance service for
// the next round. Its connections are in a table by address; each pipeline ends with the connection handler and the client handler;
// eight codes have a processor, and what a broker asks of one is answered over the connection that the producer made.
func TestClaim_P8_T4_T5_T18_T19_T20_PartsOfAJavaProducer(t *testing.T) {
	s := newStandIn(t)
	p := inside(t, s.addr, 30000, "sync,parts,channels,pause:5000")
	await(t, p, "pause", 1)
	sent := s.of(protocol.SendMessageV2)[0]
	ask := func(code protocol.RequestCode, h protocol.CustomHeader) *protocol.RemotingCommand {
		resp, err := sent.server.InvokeSync(t.Context(), sent.ch, protocol.NewRequest(code, h))
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	info := ask(protocol.GetConsumerRunningInfo, &header.GetConsumerRunningInfoRequestHeader{ConsumerGroup: "nobody", ClientID: "x"})
	if info.Code != int32(protocol.SystemError) || !strings.Contains(info.Remark, "The Consumer Group <nobody> not exist") {
		t.Errorf("a question for a consumer: %d %s", info.Code, info.Remark)
	}
	if unknown := ask(3442, nil); unknown.Code != int32(protocol.RequestCodeNotSupported) {
		t.Errorf("a code without a processor: %d %s", unknown.Code, unknown.Remark)
	}
	served := s.recorder.WaitStep(t, "remoting.server.SEND_MESSAGE_V2")
	if from := text(served, "client.address") + ":" + text(served, "client.port"); from != sent.ch.String() {
		t.Errorf("asked %s, the message came from %s", sent.ch, from)
	}
	lines := p.Lines()
	parts := referee.Only(lines, "parts")[0]
	if !slices.Contains(parts.List("producers"), "inside") || parts.Int("consumers") != 0 || parts.Int("toPull") != 0 || parts.Text("api") != "MQClientAPIImpl" ||
		!parts.True("pull") || !parts.True("rebalance") {
		t.Errorf("%v", parts)
	}
	channels := referee.Only(lines, "channels")[0]
	if got := channels.List("addresses"); len(got) != 2 || !slices.Contains(got, s.addr) || !slices.Contains(got, s.brokers["stand-in"]) {
		t.Errorf("channels %v", got)
	}
	if got := channels.List("handlers"); len(got) < 5 || !slices.Equal(got[len(got)-2:], []string{"NettyConnectManageHandler", "NettyClientHandler"}) {
		t.Errorf("the pipeline: %v", got)
	}
	if got := channels.List("codes"); len(got) != 8 || !slices.Contains(got, "39") || !slices.Contains(got, "40") || !slices.Contains(got, "307") {
		t.Errorf("processors for %v", got)
	}
	if !channels.True("listener") || channels.Text("table") != "ConcurrentHashMap" {
		t.Errorf("%v", channels)
	}
}

// Thirty-two threads of a Java producer that knows nobody send at once: one connection, over which all 32 requests go before any is
// answered. The answers come in the opposite order, and each reaches its caller. The heartbeat that follows the connection is sent by
// the thread of the connection's events.
func TestClaim_T2_T4_T8_T13_ManyCallersInAJavaProducer(t *testing.T) {
	const callers = 32
	s := newStandIn(t)
	s.hold()
	p := inside(t, s.addr, 30000, "crowd:"+strconv.Itoa(callers))
	s.release(t, callers)
	lines := done(t, p)
	if sent := referee.Only(lines, "crowd")[0].Int("sent"); sent != callers {
		t.Errorf("%d of %d callers have sent", sent, callers)
	}
	from := map[string]bool{}
	for _, a := range s.of(protocol.SendMessageV2, protocol.HeartBeat) {
		from[a.from] = true
	}
	if len(from) != 1 {
		t.Errorf("%d connections", len(from))
	}
	beats := callsOf(lines, protocol.HeartBeat)
	i := slices.IndexFunc(beats, func(l referee.Line) bool { return l.Text("thread") == "NettyEventExecutor" })
	if i < 0 {
		t.Fatalf("heartbeats: %v", beats)
	}
	wantWay(t, beats[i], "NettyRemotingAbstract$NettyEventExecutor#run", "MQClientInstance$1#onChannelActive", "MQClientInstance#sendHeartbeatToBroker")
	s.recorder.WaitStep(t, "remoting.server.SEND_MESSAGE_V2")
}

// Nothing is answered. A Java producer's send gives up after the timeout it was given, 3 s if none. An async call has left its caller
// meanwhile: its future is filed, and marked as written.
func TestClaim_T7_T9_T11_TimeoutsOfAJavaProducer(t *testing.T) {
	s := newStandIn(t)
	s.onSend = func(n int, _ *remoting.RequestContext) bool {
		if n == 3 {
			s.hold()
		}
		return n != 2
	}
	p := inside(t, s.addr, 30000, "sync,timed:800,pending")
	pending := await(t, p, "pending", 1)[0]
	if lines := p.Lines(); len(referee.Only(lines, "returned")) != 1 || len(referee.Only(lines, "sent")) != 1 || !pending.True("written") {
		t.Errorf("while the answer is out: %v", pending)
	}
	s.release(t, 1)
	lines := done(t, p)
	timed := referee.Only(lines, "timed")[0]
	if took := timed.Int("took"); took < 790 || took > 5000 || timed.Text("error") != "RemotingTooMuchRequestException" && timed.Text("error") != "RemotingTimeoutException" {
		t.Errorf("a send with 800 ms: %v", timed)
	}
	if n := referee.Only(lines, "defaults")[0].Int("timeout"); n != 3000 {
		t.Errorf("the default is %d ms", n)
	}
	calls := callsOf(lines, protocol.SendMessageV2)
	if a, b := calls[0].Int("timeout"), calls[1].Int("timeout"); a <= 800 || a > 30000 || b <= 0 || b > 800 {
		t.Errorf("calls had %d and %d ms", a, b)
	}
	if sent := referee.Only(lines, "sent"); len(sent) != 2 || sent[1].Text("mode") != "async" {
		t.Errorf("sent %v", sent)
	}
	s.recorder.WaitStep(t, "remoting.server.SEND_MESSAGE_V2")
}

// The same message of Apache's producer and of ours on the wire: the same request, the same fields under one letter each, the same body.
func TestClaim_P11_T6_AJavaMessageOnTheWire(t *testing.T) {
	s := newStandIn(t)
	done(t, inside(t, s.addr, 30000, "sync"))
	p, recorder := tracedProducer(t, s.addr)
	sendOne(t, p, probed)
	recorder.WaitStep(t, "producer.send")
	java, ours := s.of(protocol.SendMessageV2)[0], s.of(protocol.SendMessageV2)[1]
	if string(java.body) != "inside" || java.fields.Get("b") != probed || java.oneway {
		t.Errorf("Java sent %v, %q", java.fields, java.body)
	}
	names := func(a arrival) []string {
		var names []string
		for _, f := range a.fields {
			if f.Key != "traceparent" && f.Key != "tracestate" {
				names = append(names, f.Key)
			}
		}
		return slices.Sorted(slices.Values(names))
	}
	if diff := cmp.Diff(names(java), names(ours)); diff != "" {
		t.Errorf("the fields (-Apache +Plume):\n%s", diff)
	}
	for _, f := range java.fields {
		if len(f.Key) != 1 {
			t.Errorf("a field is called %s", f.Key)
		}
	}
}
