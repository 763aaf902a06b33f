package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/header"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// createTimeout bounds the creation of a topic on one broker.
const createTimeout = 5 * time.Second

// createTopic makes a topic on every master that the name servers know, as an administrator would, and waits until its route
// has all of them. Without this, a topic that a first message makes may stay on that message's broker alone: the producer soon hears of
// a route, and never asks the other brokers.
func (f *clientFlags) createTopic(ctx context.Context, topic string, queues int) error {
	if f.namespace != "" {
		topic = f.namespace + "%" + topic
	}
	var err error
	for _, namesrv := range splitAddrs(f.nameServers) {
		var resp *protocol.RemotingCommand
		if resp, err = ask(ctx, namesrv, protocol.NewRequest(protocol.GetBrokerClusterInfo, nil), nameServerTimeout); err != nil {
			continue
		}
		var info body.ClusterInfo
		if err = info.Decode(resp.Body); err != nil {
			continue
		}
		masters := 0
		for name, broker := range info.BrokerAddrTable {
			master, ok := broker.BrokerAddrs[0]
			if !ok {
				continue // slaves copy their master's topics
			}
			req := protocol.NewRequest(protocol.UpdateAndCreateTopic, &header.CreateTopicRequestHeader{
				Topic: topic, DefaultTopic: "TBW102", ReadQueueNums: int32(queues), WriteQueueNums: int32(queues), Perm: 6, TopicFilterType: "SINGLE_TAG",
			})
			if _, err := ask(ctx, master, req, createTimeout); err != nil {
				return fmt.Errorf("create topic %s on %s: %w", topic, name, err)
			}
			masters++
		}
		return awaitRoute(ctx, namesrv, topic, masters)
	}
	return fmt.Errorf("create topic %s: no name server answers: %w", topic, err)
}

// errRoute is a route that does not have all brokers in time.
var errRoute = errors.New("the topic's route is not complete")

// awaitRoute waits until a name server's route of a topic has so many brokers.
func awaitRoute(ctx context.Context, namesrv, topic string, brokers int) error {
	ctx, cancel := context.WithTimeout(ctx, createTimeout)
	defer cancel()
	for {
		resp, err := ask(ctx, namesrv, protocol.NewRequest(protocol.GetRouteInfoByTopic, &header.GetRouteInfoRequestHeader{Topic: topic}), nameServerTimeout)
		var data route.TopicRouteData
		if err == nil && data.Decode(resp.Body) == nil && len(data.QueueDatas) >= brokers {
			return nil
		}
		if !pause(ctx, 20*time.Millisecond) {
			return fmt.Errorf("create topic %s: %w: %d of %d brokers", topic, errRoute, len(data.QueueDatas), brokers)
		}
	}
}
