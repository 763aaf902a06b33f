package instance_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/plumemq/plume/client"
	"github.com/plumemq/plume/client/internal/callback"
	"github.com/plumemq/plume/client/internal/clustertest"
	"github.com/plumemq/plume/client/internal/config"
	"github.com/plumemq/plume/client/internal/instance"
	"github.com/plumemq/plume/client/internal/topicroute"
	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
	"github.com/plumemq/plume/remoting/protocol/route"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// consumer is what an instance sees of one; it counts what it is told.
type consumer struct {
	group      string
	mu         sync.Mutex
	queues     []message.MessageQueue
	persisted  atomic.Int32
	rebalanced atomic.Int32
	unbalanced atomic.Int32 // so many rounds say that they are not done
	reset      map[message.MessageQueue]int64
}

func (c *consumer) HeartbeatData() heartbeat.ConsumerData {
	return heartbeat.ConsumerData{GroupName: c.group}
}
func (c *consumer) SubscriptionTopics() []string { return []string{"T"} }
func (c *consumer) IsSubscribeTopicNeedUpdate(string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.queues) == 0
}
func (c *consumer) UpdateTopicSubscribeInfo(_ string, queues []message.MessageQueue) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queues = queues
}
func (c *consumer) PersistConsumerOffset(context.Context) error { c.persisted.Add(1); return nil }
func (c *consumer) TryRebalance(context.Context) bool {
	c.rebalanced.Add(1)
	return c.unbalanced.Add(-1) < 0
}
func (c *consumer) ResetOffset(_ context.Context, _ string, offsets map[message.MessageQueue]int64) error {
	c.reset = offsets
	return nil
}
func (c *consumer) ConsumerStatus(string) map[message.MessageQueue]int64 {
	return map[message.MessageQueue]int64{{Topic: "T", BrokerName: "a", QueueID: 1}: 42}
}
func (c *consumer) ConsumerRunningInfo(bool) *body.ConsumerRunningInfo {
	return &body.ConsumerRunningInfo{Properties: map[string]string{"k": "v"}}
}

type producer struct{ topics []string }

func (p *producer) PublishTopicList() []string                                  { return p.topics }
func (p *producer) IsPublishTopicNeedUpdate(string) bool                        { return false }
func (p *producer) UpdateTopicPublishInfo(string, *topicroute.TopicPublishInfo) {}

// run runs a test of a started instance whose cluster knows topic T, with 4 queues on broker a.
func run(t *testing.T, test func(t *testing.T, c *clustertest.Cluster, i *instance.MQClientInstance), tp ...trace.TracerProvider) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := network.NewSim()
		c := clustertest.New(t, sim, "a", "b")
		c.AddTopic("T", 4, "a")
		cfg := config.DefaultClient()
		cfg.NameServers, cfg.Network = []string{c.NameServer()}, sim
		if len(tp) > 0 {
			cfg.TracerProvider = tp[0]
		}
		i, err := instance.Acquire(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer i.Release()
		if err := i.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		test(t, c, i)
	})
}

func TestConsumersAreServed(t *testing.T) {
	run(t, func(t *testing.T, c *clustertest.Cluster, i *instance.MQClientInstance) {
		con := &consumer{group: "g"}
		if err := i.RegisterConsumer("g", con); err != nil {
			t.Fatal(err)
		}
		if err := i.RegisterConsumer("g", con); !errors.Is(err, client.ErrGroupExists) {
			t.Errorf("again: %v", err)
		}
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if len(con.queues) != 4 || con.persisted.Load() != 1 {
			t.Errorf("after 11 s: queues %v, persisted %d times", con.queues, con.persisted.Load())
		}
		if n, data := c.Broker("a").Requests(protocol.HeartBeat); n != 1 {
			t.Errorf("%d heartbeats: %s", n, data)
		}
		time.Sleep(10 * time.Second)
		if n := con.rebalanced.Load(); n != 1 {
			t.Errorf("%d rebalances in 21 s", n)
		}
		i.UnregisterConsumer(t.Context(), "g")
		if n, _ := c.Broker("a").Requests(protocol.UnregisterClient); n != 1 || i.SelectConsumer("g") != nil {
			t.Errorf("%d unregistrations", n)
		}
	})
}

// A connection made by anything but a heartbeat is followed by one, at once; so a broker that comes back knows the group again.
func TestANewConnectionCarriesAHeartbeat(t *testing.T) {
	run(t, func(t *testing.T, c *clustertest.Cluster, i *instance.MQClientInstance) {
		con, a := &consumer{group: "g"}, c.Broker("a")
		if err := i.RegisterConsumer("g", con); err != nil {
			t.Fatal(err)
		}
		beats := func(want int, rounds int32) {
			t.Helper()
			synctest.Wait()
			n, body := a.Requests(protocol.HeartBeat)
			if n != want || con.rebalanced.Load() != rounds || !strings.Contains(string(body), `"groupName":"g"`) {
				t.Errorf("%d heartbeats, the last one %s, and %d rebalances; want %d and %d", n, body, con.rebalanced.Load(), want, rounds)
			}
		}
		time.Sleep(1100 * time.Millisecond)
		beats(1, 0) // it made the connection itself
		a.Script(protocol.GetMaxOffset, func(_ int, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			rc.Channel.Close()
			return nil, nil
		})
		if _, err := i.API().GetMaxOffset(t.Context(), a.Addr(), message.MessageQueue{Topic: "T", BrokerName: "a"}); err == nil {
			t.Fatal("answered over a closed connection")
		}
		beats(1, 0)
		before := time.Now()
		if _, err := i.API().GetConsumerIDListByGroup(t.Context(), a.Addr(), "g"); err == nil {
			t.Fatal("this broker knows no lists")
		}
		beats(2, 1)
		if took := time.Since(before); took > 0 {
			t.Errorf("after %v", took)
		}
		if _, err := i.API().GetConsumerIDListByGroup(t.Context(), a.Addr(), "g"); err == nil {
			t.Fatal("this broker knows no lists")
		}
		beats(2, 1)
	})
}

// A broker that closes each connection on which a heartbeat comes gets the regular ones, and no rebalance follows: none of its own
// connections may cause the next heartbeat.
func TestAFailedHeartbeatDoesNotCauseTheNext(t *testing.T) {
	run(t, func(t *testing.T, c *clustertest.Cluster, i *instance.MQClientInstance) {
		con, a := &consumer{group: "g"}, c.Broker("a")
		if err := i.RegisterConsumer("g", con); err != nil {
			t.Fatal(err)
		}
		const many = 100
		a.Script(protocol.HeartBeat, func(n int, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
			if n < many { // so that the test ends in any case
				rc.Channel.Close()
			}
			return nil, nil
		})
		for round := 1; round <= 3; round++ {
			time.Sleep(30 * time.Second)
			synctest.Wait()
			if n, _ := a.Requests(protocol.HeartBeat); n != round {
				t.Fatalf("%d heartbeats in %d s", n, 30*round)
			}
		}
		before := con.rebalanced.Load()
		if _, err := i.API().GetConsumerIDListByGroup(t.Context(), a.Addr(), "g"); err == nil {
			t.Fatal("this broker knows no lists")
		}
		synctest.Wait()
		if n, _ := a.Requests(protocol.HeartBeat); n != 4 {
			t.Errorf("%d heartbeats, want one for the new connection", n)
		}
		if n := con.rebalanced.Load(); n != before {
			t.Errorf("%d rebalances though nobody was told", n-before)
		}
	})
}

func TestRebalance(t *testing.T) {
	run(t, func(t *testing.T, c *clustertest.Cluster, i *instance.MQClientInstance) {
		con := &consumer{group: "g"}
		con.unbalanced.Store(3)
		if err := i.RegisterConsumer("g", con); err != nil {
			t.Fatal(err)
		}
		i.RebalanceImmediately()
		synctest.Wait()
		if n := con.rebalanced.Load(); n != 1 {
			t.Errorf("%d rounds at once", n)
		}
		for _, seconds := range []time.Duration{1, 2, 4} {
			before := con.rebalanced.Load()
			time.Sleep(seconds*time.Second + time.Millisecond)
			if n := con.rebalanced.Load(); n != before+1 {
				t.Errorf("%d rounds within %d s: one that is not done is to be followed after 1, 2, 4 seconds", n-before, seconds)
			}
		}
		c.Broker("a").Push(t.Context(), protocol.NotifyConsumerIDsChanged, &header.NotifyConsumerIdsChangedRequestHeader{ConsumerGroup: "g"}, nil)
		synctest.Wait()
		if n := con.rebalanced.Load(); n != 5 {
			t.Errorf("%d rounds after the broker's notice", n)
		}
	})
}

func TestWhatServersAsk(t *testing.T) {
	run(t, func(t *testing.T, c *clustertest.Cluster, i *instance.MQClientInstance) {
		con := &consumer{group: "g"}
		if err := i.RegisterConsumer("g", con); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1100 * time.Millisecond) // the heartbeat connects
		a := c.Broker("a")
		offsets := body.ResetOffsetBody{OffsetTable: map[message.MessageQueue]int64{{Topic: "T", BrokerName: "a"}: 7}}
		a.Push(t.Context(), protocol.ResetConsumerClientOffset, &header.ResetOffsetRequestHeader{Topic: "T", Group: "g"}, offsets.Encode())
		synctest.Wait()
		if con.reset[message.MessageQueue{Topic: "T", BrokerName: "a"}] != 7 {
			t.Errorf("offsets %v", con.reset)
		}
		resp, err := a.Ask(t.Context(), protocol.GetConsumerStatusFromClient, &header.GetConsumerStatusRequestHeader{Topic: "T", Group: "g"}, nil)
		var status body.GetConsumerStatusBody
		if err != nil || status.Decode(resp.Body) != nil || status.MessageQueueTable[message.MessageQueue{Topic: "T", BrokerName: "a", QueueID: 1}] != 42 {
			t.Errorf("status %+v, %v", status, err)
		}
		resp, err = a.Ask(t.Context(), protocol.GetConsumerRunningInfo, &header.GetConsumerRunningInfoRequestHeader{ConsumerGroup: "g"}, nil)
		var info body.ConsumerRunningInfo
		if err != nil || info.Decode(resp.Body) != nil || info.Properties["k"] != "v" {
			t.Errorf("running info %+v, %v", info, err)
		}
		for code, want := range map[protocol.RequestCode]protocol.ResponseCode{
			protocol.GetConsumerRunningInfo:   protocol.SystemError, // another group
			protocol.ConsumeMessageDirectly:   protocol.SystemError, // not offered by this consumer
			protocol.CheckTransactionState:    protocol.RequestCodeNotSupported,
			protocol.PushReplyMessageToClient: protocol.RequestCodeNotSupported,
		} {
			resp, err := a.Ask(t.Context(), code, &header.GetConsumerRunningInfoRequestHeader{ConsumerGroup: "other"}, nil)
			if err != nil || protocol.ResponseCode(resp.Code) != want || resp.Remark == "" {
				t.Errorf("%s: %+v, %v", code, resp, err)
			}
		}
	})
}

func TestAddresses(t *testing.T) {
	run(t, func(t *testing.T, c *clustertest.Cluster, i *instance.MQClientInstance) {
		c.SetRoute("S", &route.TopicRouteData{BrokerDatas: []route.BrokerData{
			{BrokerName: "s", BrokerAddrs: map[int64]string{0: "m:1", 2: "s:1"}}, {BrokerName: "orphan", BrokerAddrs: map[int64]string{1: "o:1"}},
		}})
		if changed, err := i.UpdateTopicRouteInfoFromNameServer(t.Context(), instance.RouteQuery{Topic: "S"}); !changed || err != nil {
			t.Fatal(changed, err)
		}
		if changed, err := i.UpdateTopicRouteInfoFromNameServer(t.Context(), instance.RouteQuery{Topic: "S"}); changed || err != nil {
			t.Errorf("the same again: %v, %v", changed, err)
		}
		if got := i.FindBrokerAddressInPublish(t.Context(), "s"); got != "m:1" {
			t.Errorf("master %q", got)
		}
		if got := i.FindBrokerAddressInPublish(t.Context(), "orphan"); got != "" {
			t.Errorf("a master that is not there: %q", got)
		}
		for _, test := range []struct {
			broker string
			id     int64
			only   bool
			want   string
			slave  bool
		}{
			{"s", 0, false, "m:1", false}, {"s", 2, true, "s:1", true}, {"s", 1, true, "s:1", true}, {"s", 5, true, "", false},
			{"s", 5, false, "m:1", false}, {"orphan", 0, false, "o:1", true}, {"nobody", 0, false, "", false},
		} {
			got, ok := i.FindBrokerAddressInSubscribe(test.broker, test.id, test.only)
			if got.Addr != test.want || got.Slave != test.slave || ok != (test.want != "") {
				t.Errorf("%+v: %+v, %v", test, got, ok)
			}
		}
		if got := i.FindBrokerAddrByTopic("S"); !slices.Contains([]string{"m:1", "o:1"}, got) || i.FindBrokerAddrByTopic("none") != "" {
			t.Errorf("some broker of the topic: %q", got)
		}
	})
}

func TestOfflineBrokersAreForgotten(t *testing.T) {
	run(t, func(t *testing.T, c *clustertest.Cluster, i *instance.MQClientInstance) {
		if err := i.RegisterProducer("p", &producer{topics: []string{"T"}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if i.FindBrokerAddressInPublish(t.Context(), "a") == "" {
			t.Fatal("broker a is unknown")
		}
		c.AddTopic("T", 4, "b")
		time.Sleep(time.Minute)
		if a, b := i.FindBrokerAddressInPublish(t.Context(), "a"), i.FindBrokerAddressInPublish(t.Context(), "b"); a != "" || b == "" {
			t.Errorf("a at %q, b at %q", a, b)
		}
	})
}

func TestReleasedInstancesAreGone(t *testing.T) {
	cfg := config.DefaultClient()
	cfg.NameServers, cfg.InstanceName, cfg.Shared = []string{"127.0.0.1:1"}, "one", &config.Shared{}
	first, err := instance.Acquire(cfg)
	if err != nil {
		t.Fatal(err)
	}
	second, err := instance.Acquire(cfg)
	if err != nil || second != first {
		t.Fatalf("%p, %p, %v", first, second, err)
	}
	for range 2 { // the second has no effect
		if err := first.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	first.Release()
	third, _ := instance.Acquire(cfg)
	if third != first {
		t.Error("released once of twice, and gone")
	}
	third.Release()
	second.Release()
	if err := first.Start(t.Context()); !errors.Is(err, remoting.ErrClosed) {
		t.Errorf("start after the last release: %v", err)
	}
	fourth, err := instance.Acquire(cfg)
	if err != nil || fourth == first {
		t.Errorf("%p again, %v", fourth, err)
	}
	fourth.Release()
}

// A request of a broker is a trace of its own: the SERVER span, and the processor's step.
func TestTreeOfAServersRequest(t *testing.T) {
	recorded := tracetest.NewSpanRecorder()
	run(t, func(t *testing.T, c *clustertest.Cluster, i *instance.MQClientInstance) {
		if err := i.RegisterConsumer("g", &consumer{group: "g"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1100 * time.Millisecond) // the heartbeat connects
		c.Broker("a").Push(t.Context(), protocol.NotifyConsumerIDsChanged, &header.NotifyConsumerIdsChangedRequestHeader{ConsumerGroup: "g"}, nil)
		synctest.Wait()
	}, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorded)))
	var parents []string
	names := map[trace.SpanID]string{}
	for _, s := range recorded.Started() {
		names[s.SpanContext().SpanID()] = s.Name()
		if s.Name() == "processRequest" {
			parents = append(parents, names[s.Parent().SpanID()])
		}
	}
	if !slices.Equal(parents, []string{"NOTIFY_CONSUMER_IDS_CHANGED"}) {
		t.Errorf("processRequest below %v", parents)
	}
	for _, op := range callback.Steps() {
		loc, seen := op.Located()
		if got := strings.TrimPrefix(loc.Function, "github.com/plumemq/plume/"); !seen || got != op.Func {
			t.Errorf("%s runs in %s, not in %s", op.ID, got, op.Func)
		}
	}
}
