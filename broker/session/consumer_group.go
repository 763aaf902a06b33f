package session

import (
	"maps"
	"time"

	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// Group is a consumer group as it is at one moment: a copy that its owner may keep.
//
// Java: broker.client.ConsumerGroupInfo (5.5.0).
type Group struct {
	Name             string
	ConsumeType      heartbeat.ConsumeType
	MessageModel     heartbeat.MessageModel
	ConsumeFromWhere heartbeat.ConsumeFromWhere
	// Subscriptions are by topic; they must not be changed.
	Subscriptions map[string]*heartbeat.SubscriptionData
	// Clients are by client id.
	Clients []Client
}

// consumerGroup is a group as the manager keeps it, under the manager's lock.
type consumerGroup struct {
	consumeType      heartbeat.ConsumeType
	messageModel     heartbeat.MessageModel
	consumeFromWhere heartbeat.ConsumeFromWhere
	clients          map[Channel]*Client
	subscriptions    map[string]*heartbeat.SubscriptionData
}

// updateChannelLocked notes or renews a client and says whether its connection is new to the group.
//
// Java: ConsumerGroupInfo#updateChannel (5.5.0).
func (g *consumerGroup) updateChannelLocked(client Client, data *heartbeat.ConsumerData, now time.Time) bool {
	g.consumeType, g.messageModel, g.consumeFromWhere = data.ConsumeType, data.MessageModel, data.ConsumeFromWhere
	old, known := g.clients[client.Channel]
	if known && old.ClientID == client.ClientID {
		old.LastUpdate = now
		return false
	}
	client.LastUpdate = now
	g.clients[client.Channel] = &client
	return !known
}

// updateSubscriptionLocked takes over the topics of data and says whether one came or went. A newer version of a known one is
// taken over silently.
//
// Java: ConsumerGroupInfo#updateSubscription (5.5.0).
func (g *consumerGroup) updateSubscriptionLocked(data *heartbeat.ConsumerData) bool {
	changed := false
	wanted := make(map[string]bool, len(data.SubscriptionDataSet))
	for i := range data.SubscriptionDataSet {
		sub := data.SubscriptionDataSet[i]
		old := g.subscriptions[sub.Topic]
		changed = changed || old == nil
		if old == nil || sub.SubVersion > old.SubVersion {
			g.subscriptions[sub.Topic] = &sub
		}
		wanted[sub.Topic] = true
	}
	for topic := range g.subscriptions {
		if !wanted[topic] {
			delete(g.subscriptions, topic)
			changed = true
		}
	}
	return changed
}

func (g *consumerGroup) snapshotLocked(name string) Group {
	return Group{
		Name: name, ConsumeType: g.consumeType, MessageModel: g.messageModel, ConsumeFromWhere: g.consumeFromWhere,
		Subscriptions: maps.Clone(g.subscriptions), Clients: sortedClients(g.clients),
	}
}

func (g *consumerGroup) channelsLocked() []Channel {
	channels := make([]Channel, 0, len(g.clients))
	for ch := range g.clients {
		channels = append(channels, ch)
	}
	return channels
}
