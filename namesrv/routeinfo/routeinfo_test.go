package routeinfo_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/namesrv/routeinfo"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/route"
)

const (
	cluster = "DefaultCluster"
	addrA   = "10.0.0.1:10911"
	addrA1  = "10.0.0.2:10911"
	addrB   = "10.0.0.3:10911"
)

// connection is a broker's connection that remembers being closed.
type connection struct{ closed bool }

func (c *connection) Close() { c.closed = true }

func topic(name string, queues, perm int32) body.TopicConfig {
	return body.TopicConfig{TopicName: name, ReadQueueNums: queues, WriteQueueNums: queues, Perm: perm}
}

func table(topics ...body.TopicConfig) map[string]body.TopicConfig {
	out := make(map[string]body.TopicConfig)
	for _, t := range topics {
		out[t.TopicName] = t
	}
	return out
}

// registration is a master's, of version counter.
func registration(name, addr string, counter int64, topics ...body.TopicConfig) *routeinfo.Registration {
	acting := false
	return &routeinfo.Registration{
		ClusterName: cluster, BrokerName: name, BrokerAddr: addr, HAServerAddr: addr + "-ha", EnableActingMaster: &acting,
		Topics: table(topics...), DataVersion: body.DataVersion{Timestamp: 1, Counter: counter}, Channel: new(connection),
	}
}

func register(t *testing.T, m *routeinfo.RouteInfoManager, r *routeinfo.Registration) routeinfo.RegisterBrokerResult {
	t.Helper()
	res, err := m.RegisterBroker(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func brokersOf(t *testing.T, m *routeinfo.RouteInfoManager, topic string) map[string]map[int64]string {
	t.Helper()
	data, ok := m.PickupTopicRouteData(t.Context(), topic)
	if !ok {
		return nil
	}
	out := make(map[string]map[int64]string)
	for _, b := range data.BrokerDatas {
		out[b.BrokerName] = b.BrokerAddrs
	}
	return out
}

// start runs the manager's loops inside a synctest bubble.
func start(t *testing.T, m *routeinfo.RouteInfoManager) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go m.BatchUnregistration(ctx)
	go m.ScanNotActiveBrokers(ctx, 5*time.Second)
	t.Cleanup(func() { cancel(); synctest.Wait() })
}

func TestRouteOfATopicOnTwoBrokers(t *testing.T) {
	m := routeinfo.New(routeinfo.Config{})
	register(t, m, registration("broker-b", addrB, 1, topic("T", 8, 6), topic("U", 4, 6)))
	register(t, m, registration("broker-a", addrA, 1, topic("T", 4, 4), topic("V", 4, 6)))
	got, ok := m.PickupTopicRouteData(t.Context(), "T")
	if !ok {
		t.Fatal("no route")
	}
	want := &route.TopicRouteData{
		QueueDatas: []route.QueueData{
			{BrokerName: "broker-a", ReadQueueNums: 4, WriteQueueNums: 4, Perm: 4},
			{BrokerName: "broker-b", ReadQueueNums: 8, WriteQueueNums: 8, Perm: 6},
		},
		BrokerDatas: []route.BrokerData{
			{Cluster: cluster, BrokerName: "broker-a", BrokerAddrs: map[int64]string{0: addrA}},
			{Cluster: cluster, BrokerName: "broker-b", BrokerAddrs: map[int64]string{0: addrB}},
		},
		FilterServerTable: map[string][]string{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, ok := m.PickupTopicRouteData(t.Context(), "no such topic"); ok {
		t.Error("a route for an unknown topic")
	}
}

func TestARegistrationOfOneTopicIsMerged(t *testing.T) {
	m := routeinfo.New(routeinfo.Config{})
	register(t, m, registration("a", addrA, 1, topic("T", 8, 6), topic("U", 4, 6)))
	register(t, m, registration("a", addrA, 2, topic("New", 4, 6)))
	if diff := cmp.Diff([]string{"New", "T", "U"}, m.GetAllTopicList().TopicList); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// The same version again changes nothing that is there.
	register(t, m, registration("a", addrA, 2, topic("T", 1, 2)))
	data, _ := m.PickupTopicRouteData(t.Context(), "T")
	if data.QueueDatas[0].WriteQueueNums != 8 {
		t.Errorf("T has %d queues: an unchanged version was taken for a change", data.QueueDatas[0].WriteQueueNums)
	}
}

func TestAFirstRegistrationOfOneTopicIsRefused(t *testing.T) {
	m := routeinfo.New(routeinfo.Config{})
	_, err := m.RegisterBroker(t.Context(), registration("a", addrA, 1, topic("T", 8, 6)))
	if !errors.Is(err, routeinfo.ErrFirstRegistrationPartial) {
		t.Fatalf("got %v", err)
	}
	if info := m.GetAllClusterInfo(); len(info.BrokerAddrTable)+len(info.ClusterAddrTable) != 0 {
		t.Errorf("a refused registration left traces: %+v", info)
	}
	register(t, m, registration("a", addrA, 1)) // none is as good as a whole table
	register(t, m, registration("a", addrA, 2, topic("T", 8, 6)))
}

func TestDeleteTopicWithBrokerRegistration(t *testing.T) {
	m := routeinfo.New(routeinfo.Config{Settings: routeinfo.Settings{DeleteTopicWithBrokerRegistration: true}})
	register(t, m, registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 6)))
	register(t, m, registration("a", addrA, 2, topic("T", 8, 6), topic("V", 8, 6)))
	if diff := cmp.Diff([]string{"T", "V"}, m.GetAllTopicList().TopicList); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestASlaveLearnsItsMaster(t *testing.T) {
	m := routeinfo.New(routeinfo.Config{})
	register(t, m, registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 6)))
	slave := registration("a", addrA1, 1, topic("T", 99, 6), topic("U", 8, 6))
	slave.BrokerID = 1
	got := register(t, m, slave)
	want := routeinfo.RegisterBrokerResult{HAServerAddr: addrA + "-ha", MasterAddr: addrA}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	data, _ := m.PickupTopicRouteData(t.Context(), "T")
	if data.QueueDatas[0].WriteQueueNums != 8 {
		t.Error("a slave's topics replaced its master's")
	}
	if diff := cmp.Diff(map[int64]string{0: addrA, 1: addrA1}, m.GetBrokerMemberGroup(cluster, "a").BrokerAddrs); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestASlaveThatBecomesMasterKeepsOneAddress(t *testing.T) {
	m := routeinfo.New(routeinfo.Config{})
	slave := registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 6))
	slave.BrokerID = 1
	register(t, m, slave)
	register(t, m, registration("a", addrA, 2, topic("T", 8, 6), topic("U", 8, 6)))
	if diff := cmp.Diff(map[int64]string{0: addrA}, brokersOf(t, m, "T")["a"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTheNewerStateKeepsTheBrokerID(t *testing.T) {
	m := routeinfo.New(routeinfo.Config{})
	holder := registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 6))
	holder.DataVersion.StateVersion = 5
	register(t, m, holder)
	register(t, m, registration("a", addrB, 9, topic("T", 1, 6), topic("U", 1, 6)))
	if diff := cmp.Diff(map[int64]string{0: addrA}, brokersOf(t, m, "T")["a"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	newer := registration("a", addrB, 9, topic("T", 1, 6), topic("U", 1, 6))
	newer.DataVersion.StateVersion = 6
	register(t, m, newer)
	if diff := cmp.Diff(map[int64]string{0: addrB}, brokersOf(t, m, "T")["a"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWritePermission(t *testing.T) {
	m := routeinfo.New(routeinfo.Config{})
	register(t, m, registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 2)))
	perm := func() int32 {
		data, _ := m.PickupTopicRouteData(t.Context(), "T")
		return data.QueueDatas[0].Perm
	}
	if n := m.WipeWritePermOfBroker("a"); n != 2 || perm() != 4 {
		t.Errorf("wipe: %d topics, perm %d", n, perm())
	}
	if n := m.AddWritePermOfBroker("a"); n != 2 || perm() != 6 {
		t.Errorf("add: %d topics, perm %d", n, perm())
	}
	if n := m.WipeWritePermOfBroker("nobody"); n != 0 {
		t.Errorf("nobody: %d topics", n)
	}
}

func TestTopicLists(t *testing.T) {
	m := routeinfo.New(routeinfo.Config{})
	unit, unitSub, both := topic("Unit", 8, 6), topic("UnitSub", 8, 6), topic("Both", 8, 6)
	unit.TopicSysFlag, unitSub.TopicSysFlag, both.TopicSysFlag = 1, 2, 3
	register(t, m, registration("a", addrA, 1, unit, unitSub, both, topic("Plain", 8, 6)))
	other := registration("b", addrB, 1, topic("Elsewhere", 8, 6), topic("Plain", 8, 6))
	other.ClusterName = "OtherCluster"
	register(t, m, other)
	for _, c := range []struct {
		name      string
		got, want []string
	}{
		{"all", m.GetAllTopicList().TopicList, []string{"Both", "Elsewhere", "Plain", "Unit", "UnitSub"}},
		{"by cluster", m.GetTopicsByCluster("OtherCluster").TopicList, []string{"Elsewhere", "Plain"}},
		{"by unknown cluster", m.GetTopicsByCluster("?").TopicList, []string{}},
		{"unit", m.GetUnitTopics().TopicList, []string{"Both", "Unit"}},
		{"unit sub", m.GetHasUnitSubTopicList().TopicList, []string{"Both", "UnitSub"}},
		{"unit sub, not unit", m.GetHasUnitSubUnUnitTopicList().TopicList, []string{"UnitSub"}},
		{"system", m.GetSystemTopicList().TopicList, []string{cluster, "a", "OtherCluster", "b"}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.name, diff)
		}
	}
	if got := m.GetSystemTopicList().BrokerAddr; got != addrA {
		t.Errorf("system list names broker %q", got)
	}
}

func TestRegisterAndDeleteTopic(t *testing.T) {
	m := routeinfo.New(routeinfo.Config{})
	register(t, m, registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 6)))
	m.RegisterTopic("New", []route.QueueData{{BrokerName: "a", ReadQueueNums: 1, WriteQueueNums: 1, Perm: 6}})
	m.RegisterTopic("Lost", []route.QueueData{{BrokerName: "nobody"}})
	m.DeleteTopic("T", cluster)
	m.DeleteTopic("U", "OtherCluster")
	if diff := cmp.Diff([]string{"New", "U"}, m.GetAllTopicList().TopicList); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	m.DeleteTopic("U", "")
	if diff := cmp.Diff([]string{"New"}, m.GetAllTopicList().TopicList); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestASilentBrokerExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := routeinfo.New(routeinfo.Config{})
		start(t, m)
		silent := registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 6))
		register(t, m, silent)
		brief := registration("b", addrB, 1, topic("T", 8, 6), topic("V", 8, 6))
		brief.HeartbeatTimeout = 10 * time.Second
		register(t, m, brief)

		time.Sleep(16 * time.Second)
		if got := brokersOf(t, m, "T"); got["b"] != nil || got["a"] == nil {
			t.Fatalf("after 16 s: %v", got)
		}
		m.UpdateBrokerInfoUpdateTimestamp(cluster, addrA)
		time.Sleep(119 * time.Second)
		if brokersOf(t, m, "T")["a"] == nil {
			t.Fatal("expired in spite of a heartbeat")
		}
		time.Sleep(7 * time.Second)
		if _, ok := m.PickupTopicRouteData(t.Context(), "T"); ok {
			t.Fatal("still there after 126 s of silence")
		}
		if info := m.GetAllClusterInfo(); len(info.BrokerAddrTable)+len(info.ClusterAddrTable) != 0 {
			t.Errorf("left behind: %+v", info)
		}
		synctest.Wait()
		if !silent.Channel.(*connection).closed {
			t.Error("its connection was left open")
		}
	})
}

func TestAClosedConnectionUnregisters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := routeinfo.New(routeinfo.Config{})
		start(t, m)
		a := registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 6))
		register(t, m, a)
		again := registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 6))
		register(t, m, again)

		m.OnChannelDestroy(t.Context(), a.Channel)
		synctest.Wait()
		if brokersOf(t, m, "T")["a"] == nil {
			t.Fatal("an old connection's end took the broker out")
		}
		m.OnChannelDestroy(t.Context(), again.Channel)
		synctest.Wait()
		if brokersOf(t, m, "T")["a"] != nil {
			t.Fatal("still there")
		}
	})
}

func TestAnOldUnregistrationSparesANewerRegistration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := routeinfo.New(routeinfo.Config{})
		a := registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 6))
		register(t, m, a)
		m.OnChannelDestroy(t.Context(), a.Channel) // queued; nobody carries it out yet
		if err := m.SubmitUnRegisterBroker(t.Context(), cluster, addrA, "a", 0); err != nil {
			t.Fatal(err)
		}
		register(t, m, registration("a", addrA, 2, topic("T", 8, 6), topic("U", 8, 6)))
		start(t, m)
		synctest.Wait()
		if brokersOf(t, m, "T")["a"] == nil {
			t.Fatal("the newer registration was removed")
		}
		if err := m.SubmitUnRegisterBroker(t.Context(), cluster, addrA, "a", 0); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if brokersOf(t, m, "T")["a"] != nil {
			t.Fatal("a goodbye had no effect")
		}
	})
}

func TestTheUnregistrationQueueIsBounded(t *testing.T) {
	m := routeinfo.New(routeinfo.Config{UnregisterQueueCapacity: 1})
	if err := m.SubmitUnRegisterBroker(t.Context(), cluster, addrA, "a", 0); err != nil {
		t.Fatal(err)
	}
	if err := m.SubmitUnRegisterBroker(t.Context(), cluster, addrA, "a", 0); !errors.Is(err, routeinfo.ErrQueueFull) {
		t.Fatalf("got %v", err)
	}
}

func TestAnActingMasterStandsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard []routeinfo.MinBrokerIDChange
		m := routeinfo.New(routeinfo.Config{
			Settings: routeinfo.Settings{SupportActingMaster: true, NotifyMinBrokerIDChanged: true},
			Notify:   func(c routeinfo.MinBrokerIDChange) { heard = append(heard, c) },
		})
		start(t, m)
		acting := true
		master := registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 6))
		slave := registration("a", addrA1, 1, topic("T", 8, 6), topic("U", 8, 6))
		slave.BrokerID = 2
		for _, r := range []*routeinfo.Registration{master, slave} {
			r.EnableActingMaster = &acting
			register(t, m, r)
		}
		m.OnChannelDestroy(t.Context(), master.Channel)
		synctest.Wait()
		data, ok := m.PickupTopicRouteData(t.Context(), "T")
		if !ok || data.QueueDatas[0].Perm != 4 {
			t.Fatalf("found %v, %+v", ok, data)
		}
		if diff := cmp.Diff(map[int64]string{0: addrA1}, data.BrokerDatas[0].BrokerAddrs); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		want := []routeinfo.MinBrokerIDChange{{Members: map[int64]string{2: addrA1}, OfflineBrokerAddr: addrA}}
		if diff := cmp.Diff(want, heard); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestFilterServers(t *testing.T) {
	m := routeinfo.New(routeinfo.Config{})
	r := registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 6))
	r.FilterServers = []string{"10.0.0.9:1"}
	register(t, m, r)
	data, _ := m.PickupTopicRouteData(t.Context(), "T")
	if diff := cmp.Diff(map[string][]string{addrA: {"10.0.0.9:1"}}, data.FilterServerTable); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	r.FilterServers = nil
	register(t, m, r)
	data, _ = m.PickupTopicRouteData(t.Context(), "T")
	if len(data.FilterServerTable) != 0 {
		t.Errorf("left: %v", data.FilterServerTable)
	}
}

func TestDataVersionQueries(t *testing.T) {
	m := routeinfo.New(routeinfo.Config{})
	version := body.DataVersion{Timestamp: 1, Counter: 1}
	if !m.IsBrokerTopicConfigChanged(cluster, addrA, version) {
		t.Error("an unknown broker has not changed")
	}
	register(t, m, registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 6)))
	if m.IsBrokerTopicConfigChanged(cluster, addrA, version) {
		t.Error("the same version has changed")
	}
	version.Counter++
	if !m.IsBrokerTopicConfigChanged(cluster, addrA, version) {
		t.Error("another version has not changed")
	}
	if got, ok := m.QueryBrokerTopicConfig(cluster, addrA); !ok || got.Counter != 1 {
		t.Errorf("got %+v, %v", got, ok)
	}
}
