package session

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// ConsumerIDsChangeListener is told that the clients of a group, or its topics, have changed, with the connections of those
// that are left. It is called without any lock held.
//
// Java: broker.client.ConsumerIdsChangeListener (5.5.0), its event CHANGE.
type ConsumerIDsChangeListener func(ctx context.Context, group string, channels []Channel)

// ConsumerManager knows the consumers of every group. Safe for concurrent use.
//
// Java: broker.client.ConsumerManager (5.5.0).
type ConsumerManager struct {
	clock    clock.Clock
	expired  time.Duration
	onChange ConsumerIDsChangeListener

	mu     sync.RWMutex
	groups map[string]*consumerGroup
}

// NewConsumerManager forgets a consumer that it has not heard of for expired. onChange may be nil.
func NewConsumerManager(c clock.Clock, expired time.Duration, onChange ConsumerIDsChangeListener) *ConsumerManager {
	if onChange == nil {
		onChange = func(context.Context, string, []Channel) {}
	}
	return &ConsumerManager{clock: c, expired: expired, onChange: onChange, groups: map[string]*consumerGroup{}}
}

// Registration says how a consumer is to be registered.
type Registration struct {
	// Notify tells the group's clients of a change, unless it broadcasts.
	Notify bool
	// KeepSubscriptions leaves the subscriptions as they are: the heartbeat did not carry them.
	KeepSubscriptions bool
}

// RegisterConsumer notes or renews a consumer of data.GroupName and says whether the group changed: a connection or a topic
// that is new, or a topic that went.
//
// Java: ConsumerManager#registerConsumer and #registerConsumerWithoutSub (5.5.0).
func (m *ConsumerManager) RegisterConsumer(ctx context.Context, client Client, data *heartbeat.ConsumerData, how Registration) bool {
	m.mu.Lock()
	g := m.groups[data.GroupName]
	if g == nil {
		g = &consumerGroup{clients: map[Channel]*Client{}, subscriptions: map[string]*heartbeat.SubscriptionData{}}
		m.groups[strings.Clone(data.GroupName)] = g
	}
	changed := g.updateChannelLocked(client, data, m.clock.Now())
	if !how.KeepSubscriptions && g.updateSubscriptionLocked(data) {
		changed = true
	}
	tell := changed && how.Notify && g.messageModel != heartbeat.Broadcasting
	channels := g.channelsLocked()
	m.mu.Unlock()
	if tell {
		m.onChange(ctx, data.GroupName, channels)
	}
	return changed
}

// UnregisterConsumer forgets the consumer of group on ch and, if notify, tells those that are left.
//
// Java: ConsumerManager#unregisterConsumer (5.5.0).
func (m *ConsumerManager) UnregisterConsumer(ctx context.Context, group string, ch Channel, notify bool) {
	m.mu.Lock()
	left, broadcast, removed := m.removeLocked(group, ch)
	m.mu.Unlock()
	if removed && notify && !broadcast {
		m.onChange(ctx, group, left)
	}
}

// removeLocked takes ch out of group, and the group out of the table when that was its last.
func (m *ConsumerManager) removeLocked(group string, ch Channel) (left []Channel, broadcast, removed bool) {
	g := m.groups[group]
	if g == nil {
		return nil, false, false
	}
	if _, removed = g.clients[ch]; !removed {
		return nil, false, false
	}
	delete(g.clients, ch)
	if len(g.clients) == 0 {
		delete(m.groups, group)
	}
	return g.channelsLocked(), g.messageModel == heartbeat.Broadcasting, true
}

// ChannelClosed forgets every consumer on ch and tells those that are left of their groups.
//
// Java: ConsumerManager#doChannelCloseEvent (5.5.0).
func (m *ConsumerManager) ChannelClosed(ctx context.Context, ch Channel) {
	type change struct {
		group string
		left  []Channel
	}
	var changes []change
	m.mu.Lock()
	for group := range m.groups {
		if left, broadcast, removed := m.removeLocked(group, ch); removed && !broadcast {
			changes = append(changes, change{group, left})
		}
	}
	m.mu.Unlock()
	for _, c := range changes {
		m.onChange(ctx, c.group, c.left)
	}
}

// ScanNotActiveChannel closes the connections of the silent ones: their close event takes them out of the tables. It returns
// how many there were.
//
// Java: ConsumerManager#scanNotActiveChannel (5.5.0), which does not tell the clients that are left; this does.
func (m *ConsumerManager) ScanNotActiveChannel(ctx context.Context) int {
	ctx, step := stepScanConsumers.Start(ctx)
	defer step.End(nil)
	var silent []Channel
	m.mu.RLock()
	now := m.clock.Now()
	for _, g := range m.groups {
		for ch, client := range g.clients {
			if now.Sub(client.LastUpdate) > m.expired && !slices.Contains(silent, ch) {
				silent = append(silent, ch)
			}
		}
	}
	m.mu.RUnlock()
	for _, ch := range silent {
		m.ChannelClosed(ctx, ch)
	}
	traceScanned(step, closeAll(silent))
	return len(silent)
}

// Group is a copy of a group as it is now, and whether it has any client.
func (m *ConsumerManager) Group(name string) (Group, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	g := m.groups[name]
	if g == nil {
		return Group{}, false
	}
	return g.snapshotLocked(name), true
}

// Subscription is what a group wants of a topic, how it shares messages, and whether the group has any client; the
// subscription is nil if it does not want the topic.
func (m *ConsumerManager) Subscription(group, topic string) (*heartbeat.SubscriptionData, heartbeat.MessageModel, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	g := m.groups[group]
	if g == nil {
		return nil, "", false
	}
	return g.subscriptions[topic], g.messageModel, true
}

// FindChannel is the client of a group that calls itself clientID.
func (m *ConsumerManager) FindChannel(group, clientID string) (Client, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if g := m.groups[group]; g != nil {
		for _, c := range g.clients {
			if c.ClientID == clientID {
				return *c, true
			}
		}
	}
	return Client{}, false
}

// QueryTopicConsumeByWho are the groups that subscribe to topic, sorted.
//
// Java: ConsumerManager#queryTopicConsumeByWho (5.5.0).
func (m *ConsumerManager) QueryTopicConsumeByWho(topic string) []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var groups []string
	for name, g := range m.groups {
		if g.subscriptions[topic] != nil {
			groups = append(groups, name)
		}
	}
	slices.Sort(groups)
	return groups
}

// Groups are copies of all groups that have a client, in no order.
func (m *ConsumerManager) Groups() []Group {
	m.mu.RLock()
	defer m.mu.RUnlock()
	groups := make([]Group, 0, len(m.groups))
	for name, g := range m.groups {
		groups = append(groups, g.snapshotLocked(name))
	}
	return groups
}
