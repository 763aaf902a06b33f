package clustertest

import (
	"context"
	"sync"
	"testing"

	"github.com/plumemq/plume/internal/network"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// Cluster is one name server and its brokers. Safe for concurrent use.
type Cluster struct {
	// Net is what clients of the cluster dial through.
	Net        network.Network
	nameServer *remoting.Server

	mu      sync.Mutex // owns all below
	routes  map[string]*route.TopicRouteData
	asked   map[string]int
	brokers map[string]*Broker
}

// New starts a name server, and a broker of each name, on net; they stop with the test.
func New(tb testing.TB, net network.Network, brokers ...string) *Cluster {
	tb.Helper()
	c := &Cluster{Net: net, routes: map[string]*route.TopicRouteData{}, asked: map[string]int{}, brokers: map[string]*Broker{}}
	c.nameServer = start(tb, net, remoting.ProcessorFunc(c.getRouteInfoByTopic))
	for _, name := range brokers {
		b := &Broker{Name: name, answer: Stored}
		b.server = start(tb, net, b)
		c.brokers[name] = b
	}
	return c
}

func start(tb testing.TB, net network.Network, p remoting.Processor) *remoting.Server {
	tb.Helper()
	s := remoting.NewServer(remoting.ServerConfig{Addr: "127.0.0.1:0", Network: net})
	s.RegisterDefaultProcessor(p, nil)
	if err := s.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return s
}

// NameServer is the name server's address.
func (c *Cluster) NameServer() string { return c.nameServer.Addr().String() }

// StopNameServer takes the name server down.
func (c *Cluster) StopNameServer() { _ = c.nameServer.Shutdown(context.Background()) }

// Broker is the broker of a name.
func (c *Cluster) Broker(name string) *Broker {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.brokers[name]
}

// AddTopic gives a topic so many queues on each of the brokers, which can be read and written.
func (c *Cluster) AddTopic(topic string, queues int32, brokers ...string) {
	data := &route.TopicRouteData{}
	for _, name := range brokers {
		data.QueueDatas = append(data.QueueDatas, route.QueueData{BrokerName: name, ReadQueueNums: queues, WriteQueueNums: queues, Perm: 6})
		data.BrokerDatas = append(data.BrokerDatas, route.BrokerData{
			Cluster: "test", BrokerName: name, BrokerAddrs: map[int64]string{0: c.Broker(name).Addr()},
		})
	}
	c.SetRoute(topic, data)
}

// SetRoute is the name server's answer for a topic from now on; nil: it does not know the topic.
func (c *Cluster) SetRoute(topic string, data *route.TopicRouteData) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.routes[topic] = data
}

// Asked is how often the name server was asked for the topic's route.
func (c *Cluster) Asked(topic string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked[topic]
}

func (c *Cluster) getRouteInfoByTopic(_ context.Context, rc *remoting.RequestContext) (*protocol.RemotingCommand, error) {
	var h header.GetRouteInfoRequestHeader
	if err := rc.Request.DecodeHeader(&h); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked[h.Topic]++
	data := c.routes[h.Topic]
	if data == nil {
		return nil, protocol.NewResponseError(protocol.TopicNotExist, "No topic route info in name server for the topic: "+h.Topic)
	}
	resp := protocol.NewResponse(protocol.Success, "")
	resp.Body = data.EncodeStandard()
	return resp, nil
}
