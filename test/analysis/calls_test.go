package analysis_test

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/producer"
	"github.com/plumemq/plume/internal/testcluster"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
)

// callbackWorkers is how many callbacks run at a time.
func callbackWorkers() int { return max(4, runtime.NumCPU()) }

// The callback of an async send runs after its answer was matched, on a worker of the callback executor and not on the reader.
func TestClaim_T7_T8_T12_WhenAndWhereACallbackRuns(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	send(t, p)
	stack := make(chan string, 1)
	p.SendAsync(within(t, patience), message.New(topic, []byte("hello")), func(_ *producer.SendResult, err error) {
		if err != nil {
			t.Error(err)
		}
		buf := make([]byte, 64<<10)
		stack <- string(buf[:runtime.Stack(buf, false)])
	})
	ran := await(t, stack)
	for _, fn := range []string{"remoting.(*Executor).work", "remoting.(*responseFuture).run", "remoting.(*endpoint).executeInvokeCallback"} {
		if !strings.Contains(ran, fn) {
			t.Errorf("the callback ran outside of %s", fn)
		}
	}
	if strings.Contains(ran, "remoting.(*reader)") {
		t.Error("the callback ran on the connection's reader")
	}
	trace := waitSend(t, c, 2, serverSend)
	request := trace.one(t, clientSend)
	if got := eventNames(request); !slices.Equal(got, []string{"responseTable.put", "flushed", "response.matched"}) {
		t.Errorf("events %v", got)
	}
	root, attempt := trace.one(t, "producer.send"), trace.one(t, "api.sendMessageAsync")
	if !slices.Contains(eventNames(root), "send.returned") || attempt.EndTime().After(root.EndTime()) {
		t.Errorf("the send's events: %v", eventNames(root))
	}
	if decoded := trace.one(t, "api.processSendResponse"); decoded.StartTime().Before(request.EndTime()) {
		t.Error("the answer was looked at before it had come")
	}
}

// As many callbacks as there are workers block. Further ones wait their turn; synchronous sends do not notice.
func TestClaim_T1_T12_BlockedCallbacksBlockNoReader(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	p := c.NewProducer(t, "producers")
	send(t, p)
	workers := callbackWorkers()
	asked := 3 * workers
	var running, most atomic.Int32
	var answered sync.WaitGroup
	release := make(chan struct{})
	answered.Add(asked)
	for range asked {
		p.SendAsync(within(t, time.Minute), message.New(topic, []byte("hello")), func(*producer.SendResult, error) {
			defer answered.Done()
			now := running.Add(1)
			for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
			}
			<-release
			running.Add(-1)
		})
	}
	c.Eventually(t, "all workers in callbacks", func() bool { return int(running.Load()) == workers })
	waitOffset(t, newClient(t, remoting.ClientConfig{}), c.Brokers[0].Addr(), 0, int64(1+asked))
	send(t, p)
	if n := int(running.Load()); n != workers {
		t.Errorf("%d callbacks run at a time, want %d", n, workers)
	}
	close(release)
	answered.Wait()
	if n := int(most.Load()); n != workers {
		t.Errorf("%d callbacks ran at a time, want %d", n, workers)
	}
	trace := waitSend(t, c, asked+2, serverSend)
	if trace.one(t, "remoting.invokeSync").EndTime().IsZero() {
		t.Error("the synchronous send has no end")
	}
}

// The answer never comes: the call ends when its time is up, not before, and says so; whoever answers later finds nobody.
func TestClaim_T9_ACallWaitsNoLongerThanItsTimeout(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	w := newWire()
	p := c.NewProducer(t, "producers", client.WithNetwork(w), producer.WithRetryTimes(0))
	send(t, p)
	w.answersTo(protocol.SendMessageV2, vanishes)
	const timeout = 300 * time.Millisecond
	began := time.Now()
	_, err := p.Send(within(t, timeout), message.New(topic, []byte("hello")))
	waited := time.Since(began)
	wantIs(t, err, remoting.ErrTimeout)
	if waited < timeout || waited > patience {
		t.Errorf("waited for %v, the time was %v", waited, timeout)
	}
	trace := waitSend(t, c, 2, serverSend)
	invoke, request := trace.one(t, "remoting.invokeSync"), trace.one(t, clientSend)
	if ms := number(t, invoke, "rocketmq.timeout_ms"); ms <= 0 || ms > timeout.Milliseconds() {
		t.Errorf("the call had %d ms", ms)
	}
	if text(invoke, "error.type") != "timeout" || slices.Contains(eventNames(request), "response.matched") {
		t.Errorf("ended with %q, events %v", text(invoke, "error.type"), eventNames(request))
	}
	if len(trace.of("mappedfile.appendMessage")) != 1 {
		t.Error("the broker did not store the message whose answer was lost")
	}
	c.Eventually(t, "a message over another connection than the silent one", func() bool {
		w.answersTo(protocol.SendMessageV2, arrives)
		if _, err := p.Send(within(t, patience), message.New(topic, []byte("hello"))); err != nil {
			return false // the silent one is in the course of being closed
		}
		if w.dialled(c.Brokers[0].Addr()) > 1 {
			return true
		}
		w.answersTo(protocol.SendMessageV2, vanishes) // it was not silent: an answer to a heartbeat came meanwhile
		_, _ = p.Send(within(t, timeout), message.New(topic, []byte("hello")))
		return false
	})
}

// The timeout is the context's, or else the producer's: 3 s unless set. What is left of it is what a call gets.
func TestClaim_T11_WhereTheTimeoutComesFrom(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	for _, x := range []struct {
		name    string
		options []producer.Option
		context time.Duration
		most    time.Duration
	}{
		{"the default", nil, 0, 3 * time.Second},
		{"the producer's", []producer.Option{producer.WithSendTimeout(9 * time.Second)}, 0, 9 * time.Second},
		{"the call's", nil, 40 * time.Second, 40 * time.Second},
	} {
		t.Run(x.name, func(t *testing.T) {
			p := c.NewProducer(t, "producers", append(x.options, producer.WithRetryTimes(0))...)
			send(t, p)
			c.Recorder.Reset()
			ctx := t.Context()
			if x.context > 0 {
				ctx = within(t, x.context)
			}
			if _, err := p.Send(ctx, message.New(topic, []byte("hello"))); err != nil {
				t.Fatal(err)
			}
			ms := number(t, waitSend(t, c, 1, serverSend).one(t, "remoting.invokeSync"), "rocketmq.timeout_ms")
			if left := time.Duration(ms) * time.Millisecond; left > x.most || left < x.most/2 {
				t.Errorf("the call had %v of %v", left, x.most)
			}
		})
	}
}

// One permit each: a second async or one-way call waits for the first, and gives up with its context. Synchronous calls need none.
func TestClaim_T14_PermitsBoundWhatNobodyWaitsFor(t *testing.T) {
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	addr, w := c.Brokers[0].Addr(), newWire()
	w.answersTo(protocol.GetMinOffset, vanishes)
	rc := newClient(t, remoting.ClientConfig{Network: w, AsyncPermits: 1, OnewayPermits: 1})
	slow := func() *protocol.RemotingCommand {
		req := ask()
		req.Code = int32(protocol.GetMinOffset)
		return req
	}
	first := make(chan error, 1)
	if err := rc.InvokeAsync(within(t, time.Minute), addr, slow(), func(_ *protocol.RemotingCommand, err error) { first <- err }); err != nil {
		t.Fatal(err)
	}
	err := rc.InvokeAsync(within(t, 50*time.Millisecond), addr, ask(), func(*protocol.RemotingCommand, error) { t.Error("called back") })
	wantIs(t, err, remoting.ErrTooMuchRequest)
	for range 3 {
		call(t, rc, addr, ask())
	}
	var waiting sync.WaitGroup
	for range 8 { // each caller holds up only itself, whatever their number
		waiting.Go(func() {
			_, err := rc.InvokeSync(within(t, 100*time.Millisecond), addr, slow())
			if !errors.Is(err, remoting.ErrTimeout) && !errors.Is(err, remoting.ErrSendRequest) {
				t.Errorf("%v", err)
			}
		})
	}
	waiting.Wait()
	w.cut(addr)
	wantIs(t, await(t, first), remoting.ErrSendRequest)
	second := make(chan error, 1)
	if err := rc.InvokeAsync(within(t, patience), addr, ask(), func(_ *protocol.RemotingCommand, err error) { second <- err }); err != nil {
		t.Errorf("after the first had ended: %v", err)
	}
	if err := await(t, second); err != nil {
		t.Error(err)
	}

	p := c.NewProducer(t, "producers")
	if err := sendAsync(t, p); err != nil {
		t.Fatal(err)
	}
	if err := p.SendOneway(within(t, patience), message.New(topic, []byte("hello"))); err != nil {
		t.Fatal(err)
	}
	send(t, p)
	for i, want := range []string{"remoting.invokeAsync", "remoting.invokeOneway", "remoting.invokeSync"} {
		invoke := waitSend(t, c, i+1, serverSend).of(want)
		if i < 2 != slices.Contains(eventNames(invoke[len(invoke)-1]), "semaphore.acquired") {
			t.Errorf("%s has the events %v", want, eventNames(invoke[len(invoke)-1]))
		}
	}
}

// load makes calls calls from each of callers goroutines and waits for them all.
func load(t *testing.T, callers, calls int, addr string, client func(i int) *remoting.Client) {
	var all sync.WaitGroup
	for i := range callers {
		rc := client(i)
		all.Go(func() {
			for range calls {
				if _, err := rc.InvokeSync(within(t, time.Minute), addr, ask()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// The same 3,200 calls three times: one after another, by 64 callers over one connection, and by 64 callers with a connection each.
// What is counted is what the network saw: requests on their way at a time, writes and reads.
func TestClaim_T13_T15_OneConnectionManyCallers(t *testing.T) {
	const callers, calls = 64, 50
	c := testcluster.Start(t, testcluster.Config{})
	c.CreateTopic(t, topic, 1)
	addr := c.Brokers[0].Addr()
	measure := func(callers, calls int, shared bool) traffic {
		w := newWire()
		one := newClient(t, remoting.ClientConfig{Network: w})
		load(t, callers, calls, addr, func(int) *remoting.Client {
			if shared {
				return one
			}
			return newClient(t, remoting.ClientConfig{Network: w})
		})
		w.whole(t, addr)
		got := w.traffic(addr)
		if got.requests != callers*calls || got.answers != got.requests {
			t.Fatalf("%+v, want %d calls answered", got, callers*calls)
		}
		t.Logf("%d callers: %d calls over %d connections, %d on their way at most, %d writes, %d reads",
			callers, got.requests, got.connections, got.most, got.writes, got.reads)
		return got
	}
	alone := measure(1, callers*calls, true)
	if alone.most != 1 || alone.writes != alone.requests || alone.reads < alone.answers {
		t.Errorf("one caller: %+v, want a write and a read a call", alone)
	}
	separate := measure(callers, calls, false)
	if separate.connections != callers || separate.most != 1 || separate.writes != separate.requests {
		t.Errorf("a connection each: %+v, want a write a call", separate)
	}
	together := measure(callers, calls, true)
	if together.connections != 1 || together.most < callers/4 || together.most > callers {
		t.Errorf("one connection: %+v, want many calls on their way", together)
	}
	if together.writes*2 > separate.writes || together.reads*2 > separate.reads {
		t.Errorf("one connection: %d writes and %d reads; with one each: %d and %d", together.writes, together.reads, separate.writes, separate.reads)
	}
	addresses := map[string]int{}
	for _, s := range spans(c.Recorder.Spans()).of("remoting.server.GET_MAX_OFFSET") {
		addresses[peer(s)]++
	}
	if len(addresses) < callers+2 {
		t.Errorf("the broker saw %d connections", len(addresses))
	}
}
