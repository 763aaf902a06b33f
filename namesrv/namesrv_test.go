package namesrv_test

import (
	"context"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/plumemq/plume/namesrv"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/route"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peer is a connection to a name server under test.
type peer struct {
	t      *testing.T
	client *remoting.Client
	addr   string
}

// serve starts a name server on a free port and connects to it.
func serve(t *testing.T, change ...func(*namesrv.Config)) *peer {
	t.Helper()
	cfg := namesrv.DefaultConfig()
	cfg.ListenPort = 0
	for _, c := range change {
		c(&cfg)
	}
	ns, err := namesrv.New(cfg, namesrv.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := ns.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return connect(t, ns.Addr().String())
}

func connect(t *testing.T, addr string) *peer {
	client := remoting.NewClient(remoting.ClientConfig{})
	t.Cleanup(client.Shutdown)
	return &peer{t, client, addr}
}

func (p *peer) invoke(req *protocol.RemotingCommand) *protocol.RemotingCommand {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 5*time.Second)
	defer cancel()
	resp, err := p.client.InvokeSync(ctx, p.addr, req)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp
}

// ask sends a request and wants a response code.
func (p *peer) ask(want protocol.ResponseCode, code protocol.RequestCode, h protocol.CustomHeader, data []byte) *protocol.RemotingCommand {
	p.t.Helper()
	req := protocol.NewRequest(code, h)
	req.Body = data
	resp := p.invoke(req)
	if got := protocol.ResponseCode(resp.Code); got != want {
		p.t.Fatalf("%v: got %v %q, want %v", code, got, resp.Remark, want)
	}
	return resp
}

// tell sends a request and wants no answer.
func (p *peer) tell(code protocol.RequestCode, h protocol.CustomHeader, data []byte) {
	p.t.Helper()
	req := protocol.NewRequest(code, h)
	req.Body = data
	if err := p.client.InvokeOneway(p.t.Context(), p.addr, req); err != nil {
		p.t.Fatal(err)
	}
}

func brokerHeader(name, addr string) *header.RegisterBrokerRequestHeader {
	return &header.RegisterBrokerRequestHeader{ClusterName: "C", BrokerName: name, BrokerAddr: addr, HAServerAddr: addr + "1"}
}

func topics(counter int64, names ...string) *body.RegisterBrokerBody {
	b := new(body.RegisterBrokerBody)
	b.TopicConfigSerializeWrapper.DataVersion.Counter = counter
	b.TopicConfigSerializeWrapper.TopicConfigTable = make(map[string]body.TopicConfig)
	for _, name := range names {
		b.TopicConfigSerializeWrapper.TopicConfigTable[name] = body.TopicConfig{TopicName: name, ReadQueueNums: 8, WriteQueueNums: 8, Perm: 6}
	}
	return b
}

func (p *peer) register(name, addr string, names ...string) {
	p.t.Helper()
	p.ask(protocol.Success, protocol.RegisterBroker, brokerHeader(name, addr), topics(1, names...).Encode())
}

func (p *peer) topicList(code protocol.RequestCode, h protocol.CustomHeader) []string {
	p.t.Helper()
	var list body.TopicList
	if err := list.Decode(p.ask(protocol.Success, code, h, nil).Body); err != nil {
		p.t.Fatal(err)
	}
	return list.TopicList
}

func TestRouteInfoByVersion(t *testing.T) {
	p := serve(t)
	p.register("a", "10.0.0.1:1", "T", "U")
	for _, c := range []struct {
		name     string
		version  int32
		standard bool
		want     string
	}{
		{"today's clients", protocol.CurrentVersion, false, `"brokerAddrs":{"0":"10.0.0.1:1"}`},
		{"4.9.4", 401, false, `"brokerAddrs":{"0":"10.0.0.1:1"}`},
		{"before", 400, false, `"brokerAddrs":{0:"10.0.0.1:1"}`},
		{"before, but asks for it", 317, true, `"brokerAddrs":{"0":"10.0.0.1:1"}`},
	} {
		req := protocol.NewRequest(protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: "T", AcceptStandardJSONOnly: c.standard})
		req.Version = c.version
		if got := string(p.invoke(req).Body); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %s, want %s in it", c.name, got, c.want)
		}
	}
}

func TestUnknownTopicHasApachesRemark(t *testing.T) {
	resp := serve(t).ask(protocol.TopicNotExist, protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: "T"}, nil)
	const want = "No topic route info in name server for the topic: T\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."
	if resp.Remark != want {
		t.Errorf("got %q", resp.Remark)
	}
}

func TestUnknownCodeHasApachesRemark(t *testing.T) {
	resp := serve(t).ask(protocol.RequestCodeNotSupported, protocol.SendMessageV2, nil, nil)
	if resp.Remark != " request type 310 not supported" {
		t.Errorf("got %q", resp.Remark)
	}
}

func TestMissingHeaderFieldIsAnError(t *testing.T) {
	resp := serve(t).ask(protocol.SystemError, protocol.GetRouteInfoByTopic, nil, nil)
	if !strings.Contains(resp.Remark, "topic") {
		t.Errorf("got %q", resp.Remark)
	}
}

func TestRegistrationBodies(t *testing.T) {
	p := serve(t)
	deflated, err := topics(1, "T", "U").EncodeCompressed()
	if err != nil {
		t.Fatal(err)
	}
	h := brokerHeader("a", "10.0.0.1:1") // says that it is not compressed, as 5.x brokers do
	h.BodyCRC32 = int32(crc32.ChecksumIEEE(deflated) & 0x7FFFFFFF)
	p.ask(protocol.Success, protocol.RegisterBroker, h, deflated)
	if diff := cmp.Diff([]string{"T", "U"}, p.topicList(protocol.GetAllTopicListFromNameServer, nil)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	h.BodyCRC32++
	if resp := p.ask(protocol.SystemError, protocol.RegisterBroker, h, deflated); resp.Remark != "crc32 not match" {
		t.Errorf("got %q", resp.Remark)
	}
	h.BodyCRC32 = 0
	for _, bad := range []string{"{", "\x78nonsense", "[]", `{"topicConfigSerializeWrapper":{"topicConfigTable":7}}`} {
		p.ask(protocol.SystemError, protocol.RegisterBroker, h, []byte(bad))
	}
	p.ask(protocol.Success, protocol.RegisterBroker, h, nil)
	if resp := p.ask(protocol.SystemError, protocol.RegisterBroker, brokerHeader("b", "10.0.0.2:1"), topics(1, "T").Encode()); resp.Remark != "register broker failed" {
		t.Errorf("first registration with one topic: got %q", resp.Remark)
	}
}

func TestSlaveAndOrderConfigurationInTheAnswer(t *testing.T) {
	p := serve(t)
	p.ask(protocol.Success, protocol.PutKVConfig, &header.PutKVConfigRequestHeader{Namespace: "ORDER_TOPIC_CONFIG", Key: "T", Value: "a:4"}, nil)
	p.register("a", "10.0.0.1:1", "T", "U")
	h := brokerHeader("a", "10.0.0.2:1")
	h.BrokerID = 1
	resp := p.ask(protocol.Success, protocol.RegisterBroker, h, topics(1, "T", "U").Encode())
	var got header.RegisterBrokerResponseHeader
	if err := resp.DecodeHeader(&got); err != nil {
		t.Fatal(err)
	}
	if want := (header.RegisterBrokerResponseHeader{HAServerAddr: "10.0.0.1:11", MasterAddr: "10.0.0.1:1"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := string(resp.Body); got != `{"table":{"T":"a:4"}}` {
		t.Errorf("order configuration: %s", got)
	}
}

func TestUnregisterByRequestAndByDisconnect(t *testing.T) {
	p := serve(t)
	p.register("a", "10.0.0.1:1", "T", "U")
	p.ask(protocol.Success, protocol.UnregisterBroker, &header.UnRegisterBrokerRequestHeader{ClusterName: "C", BrokerName: "a", BrokerAddr: "10.0.0.1:1"}, nil)
	p.eventually("unregistered", func() bool { return len(p.topicList(protocol.GetAllTopicListFromNameServer, nil)) == 0 })

	broker := connect(t, p.addr)
	broker.register("a", "10.0.0.1:1", "T", "U")
	if got := p.topicList(protocol.GetAllTopicListFromNameServer, nil); len(got) != 2 {
		t.Fatalf("registered: %v", got)
	}
	broker.client.CloseChannel(p.addr)
	p.eventually("gone with its connection", func() bool { return len(p.topicList(protocol.GetAllTopicListFromNameServer, nil)) == 0 })
}

func (p *peer) eventually(what string, done func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("not %s within 5 s", what)
		}
	}
}

func TestBrokerQueries(t *testing.T) {
	p := serve(t)
	p.register("a", "10.0.0.1:1", "T", "U")

	var info body.ClusterInfo
	resp := p.ask(protocol.Success, protocol.GetBrokerClusterInfo, nil, nil)
	if !strings.Contains(string(resp.Body), `{0:"10.0.0.1:1"}`) {
		t.Errorf("cluster info must not quote ids: %s", resp.Body)
	}
	if err := info.Decode(resp.Body); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]string{"C": {"a"}}, info.ClusterAddrTable); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	q := &header.QueryDataVersionRequestHeader{ClusterName: "C", BrokerName: "a", BrokerAddr: "10.0.0.1:1"}
	for counter, changed := range map[int64]bool{1: false, 2: true} {
		resp := p.ask(protocol.Success, protocol.QueryDataVersion, q, (&body.DataVersion{Counter: counter}).Encode())
		var h header.QueryDataVersionResponseHeader
		if err := resp.DecodeHeader(&h); err != nil || h.Changed != changed || len(resp.Body) == 0 {
			t.Errorf("version %d: %+v %v %s", counter, h, err, resp.Body)
		}
	}
	p.ask(protocol.Success, protocol.BrokerHeartbeat, &header.BrokerHeartbeatRequestHeader{ClusterName: "C", BrokerName: "a", BrokerAddr: "10.0.0.1:1"}, nil)

	var group body.GetBrokerMemberGroupResponseBody
	resp = p.ask(protocol.Success, protocol.GetBrokerMemberGroup, &header.GetBrokerMemberGroupRequestHeader{ClusterName: "C", BrokerName: "a"}, nil)
	if err := group.Decode(resp.Body); err != nil || group.BrokerMemberGroup == nil || group.BrokerMemberGroup.BrokerAddrs[0] != "10.0.0.1:1" {
		t.Errorf("%v %s", err, resp.Body)
	}

	var wiped header.WipeWritePermOfBrokerResponseHeader
	resp = p.ask(protocol.Success, protocol.WipeWritePermOfBroker, &header.WipeWritePermOfBrokerRequestHeader{BrokerName: "a"}, nil)
	if err := resp.DecodeHeader(&wiped); err != nil || wiped.WipeTopicCount != 2 {
		t.Errorf("wiped %+v, %v", wiped, err)
	}
	var added header.AddWritePermOfBrokerResponseHeader
	resp = p.ask(protocol.Success, protocol.AddWritePermOfBroker, &header.AddWritePermOfBrokerRequestHeader{BrokerName: "a"}, nil)
	if err := resp.DecodeHeader(&added); err != nil || added.AddTopicCount != 2 {
		t.Errorf("added %+v, %v", added, err)
	}
}

func TestTopicRequests(t *testing.T) {
	p := serve(t)
	p.register("a", "10.0.0.1:1", "T", "U")
	data := route.TopicRouteData{QueueDatas: []route.QueueData{{BrokerName: "a", ReadQueueNums: 1, WriteQueueNums: 1, Perm: 6, TopicSysFlag: 1}}}
	p.ask(protocol.Success, protocol.RegisterTopicInNamesrv, &header.RegisterTopicRequestHeader{Topic: "Unit"}, data.Encode())
	p.ask(protocol.Success, protocol.DeleteTopicInNamesrv, &header.DeleteTopicFromNamesrvRequestHeader{Topic: "U", ClusterName: "C"}, nil)
	for _, c := range []struct {
		code protocol.RequestCode
		h    protocol.CustomHeader
		want []string
	}{
		{protocol.GetAllTopicListFromNameServer, nil, []string{"T", "Unit"}},
		{protocol.GetTopicsByCluster, &header.GetTopicsByClusterRequestHeader{Cluster: "C"}, []string{"T", "Unit"}},
		{protocol.GetSystemTopicListFromNS, nil, []string{"C", "a"}},
		{protocol.GetUnitTopicList, nil, []string{"Unit"}},
		{protocol.GetHasUnitSubTopicList, nil, nil},
		{protocol.GetHasUnitSubUnunitTopicList, nil, nil},
	} {
		if diff := cmp.Diff(c.want, p.topicList(c.code, c.h)); len(c.want) > 0 && diff != "" {
			t.Errorf("%v: -want +got:\n%s", c.code, diff)
		}
	}
}

func TestDisabledListings(t *testing.T) {
	p := serve(t, func(c *namesrv.Config) { c.EnableAllTopicList, c.EnableTopicList = false, false })
	for _, code := range []protocol.RequestCode{protocol.GetAllTopicListFromNameServer, protocol.GetUnitTopicList, protocol.GetTopicsByCluster} {
		if resp := p.ask(protocol.SystemError, code, &header.GetTopicsByClusterRequestHeader{Cluster: "C"}, nil); resp.Remark != "disable" {
			t.Errorf("%v: got %q", code, resp.Remark)
		}
	}
}

func TestNotReadyYet(t *testing.T) {
	p := serve(t, func(c *namesrv.Config) { c.NeedWaitForService = true })
	resp := p.ask(protocol.SystemError, protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: "T"}, nil)
	if resp.Remark != "name server not ready" {
		t.Errorf("got %q", resp.Remark)
	}
}

func TestKVConfigSurvivesARestart(t *testing.T) {
	file := filepath.ToSlash(filepath.Join(t.TempDir(), "namesrv", "kvConfig.json"))
	at := func(c *namesrv.Config) { c.KVConfigPath, c.OrderMessageEnable = file, true }
	p := serve(t, at)
	get := &header.GetKVConfigRequestHeader{Namespace: "ORDER_TOPIC_CONFIG", Key: "T"}
	resp := p.ask(protocol.QueryNotFound, protocol.GetKVConfig, get, nil)
	if resp.Remark != "No config item, Namespace: ORDER_TOPIC_CONFIG Key: T" {
		t.Errorf("got %q", resp.Remark)
	}
	p.ask(protocol.QueryNotFound, protocol.GetKVListByNamespace, &header.GetKVListByNamespaceRequestHeader{Namespace: "n"}, nil)
	p.ask(protocol.Success, protocol.PutKVConfig, &header.PutKVConfigRequestHeader{Namespace: "ORDER_TOPIC_CONFIG", Key: "T", Value: "a:4"}, nil)
	p.ask(protocol.Success, protocol.PutKVConfig, &header.PutKVConfigRequestHeader{Namespace: "n", Key: "k", Value: "v"}, nil)
	p.ask(protocol.Success, protocol.DeleteKVConfig, &header.DeleteKVConfigRequestHeader{Namespace: "n", Key: "k"}, nil)
	if data, err := os.ReadFile(file); err != nil || string(data) != `{"configTable":{"ORDER_TOPIC_CONFIG":{"T":"a:4"},"n":{}}}` {
		t.Errorf("%s, %v", data, err)
	}

	p = serve(t, at)
	var h header.GetKVConfigResponseHeader
	if err := p.ask(protocol.Success, protocol.GetKVConfig, get, nil).DecodeHeader(&h); err != nil || h.Value != "a:4" {
		t.Errorf("%+v, %v", h, err)
	}
	p.register("a", "10.0.0.1:1", "T", "U")
	var data route.TopicRouteData
	if err := data.Decode(p.ask(protocol.Success, protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: "T"}, nil).Body); err != nil || data.OrderTopicConf != "a:4" {
		t.Errorf("%+v, %v", data, err)
	}
}

func TestZoneMode(t *testing.T) {
	p := serve(t)
	for i, name := range []string{"a", "b"} {
		req := protocol.NewRequest(protocol.RegisterBroker, brokerHeader(name, "10.0.0."+name))
		req.Body = topics(1, "T", "U").Encode()
		req.ExtFields.Set("__ZONE_NAME", []string{"east", "west"}[i])
		if resp := p.invoke(req); resp.Code != 0 {
			t.Fatal(resp.Remark)
		}
	}
	req := protocol.NewRequest(protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: "T"})
	req.ExtFields.Set("__ZONE_NAME", "West")
	req.ExtFields.Set("__ZONE_MODE", "true")
	var data route.TopicRouteData
	if err := data.Decode(p.invoke(req).Body); err != nil {
		t.Fatal(err)
	}
	if len(data.BrokerDatas) != 1 || len(data.QueueDatas) != 1 || data.BrokerDatas[0].BrokerName != "b" || data.QueueDatas[0].BrokerName != "b" {
		t.Errorf("got %+v", data)
	}
}

func TestConfigUpdates(t *testing.T) {
	p := serve(t)
	text := string(p.ask(protocol.Success, protocol.GetNamesrvConfig, nil, nil).Body)
	for _, want := range []string{"orderMessageEnable=false\n", "scanNotActiveBrokerInterval=5000\n", "serverChannelMaxIdleTimeSeconds=120\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	resp := p.ask(protocol.NoPermission, protocol.UpdateNamesrvConfig, nil, []byte("orderMessageEnable=true\n"))
	if !strings.Contains(resp.Remark, "enableConfigUpdate=true") {
		t.Errorf("got %q", resp.Remark)
	}

	p = serve(t, func(c *namesrv.Config) { c.EnableConfigUpdate = true })
	for _, refused := range []string{
		"kvConfigPath=/etc/passwd", "configStorePath=/x", "rocketmqHome=/x", "enableConfigUpdate=false", "listenPort=1", "noSuchKey=1",
		"orderMessageEnable=perhaps", "orderMessageEnable=true\nkvConfigPath=/x",
	} {
		p.ask(protocol.NoPermission, protocol.UpdateNamesrvConfig, nil, []byte(refused))
	}
	if text := string(p.ask(protocol.Success, protocol.GetNamesrvConfig, nil, nil).Body); !strings.Contains(text, "orderMessageEnable=false\n") {
		t.Error("a refused update changed something")
	}
	p.ask(protocol.Success, protocol.UpdateNamesrvConfig, nil, []byte("orderMessageEnable=true\nenableTopicList=false\n"))
	if text := string(p.ask(protocol.Success, protocol.GetNamesrvConfig, nil, nil).Body); !strings.Contains(text, "orderMessageEnable=true\n") {
		t.Error("an update had no effect")
	}
	p.ask(protocol.SystemError, protocol.GetUnitTopicList, nil, nil)
}

func TestConfigFile(t *testing.T) {
	cfg, unknown, err := namesrv.ParseConfig("# conf\nlistenPort = 19876\nbindAddress=0.0.0.0\nwaitSecondsForService=7\nzzz=1\nenableControllerInNamesrv=true\n")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.ListenPort != 19876 || cfg.BindAddress != "0.0.0.0" || cfg.WaitForService != 7*time.Second {
		t.Errorf("got %+v", cfg)
	}
	if diff := cmp.Diff([]string{"enableControllerInNamesrv", "zzz"}, unknown); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, bad := range []string{"listenPort=x", "orderMessageEnable=maybe", "a=\\u12"} {
		if _, _, err := namesrv.ParseConfig(bad); !errors.Is(err, namesrv.ErrConfig) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	cfg.ListenPort = 70000
	if _, err := namesrv.New(cfg, namesrv.Deps{}); !errors.Is(err, namesrv.ErrConfig) || !strings.Contains(err.Error(), "listenPort") {
		t.Errorf("got %v", err)
	}
}

func TestPortInUse(t *testing.T) {
	p := serve(t)
	cfg, _, err := namesrv.ParseConfig("listenPort=" + p.addr[strings.LastIndexByte(p.addr, ':')+1:])
	if err != nil {
		t.Fatal(err)
	}
	ns, err := namesrv.New(cfg, namesrv.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Start(t.Context()); err == nil {
		t.Error("two name servers on one port")
	}
	if err := ns.Shutdown(t.Context()); err != nil {
		t.Errorf("shutdown of what never started: %v", err)
	}
}
