package session

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumemq/plume/internal/clock"
)

// ProducerManager knows the producers of every group. Safe for concurrent use.
//
// Java: broker.client.ProducerManager (5.5.0).
type ProducerManager struct {
	clock   clock.Clock
	expired time.Duration

	mu     sync.Mutex
	groups map[string]map[Channel]*Client
}

// NewProducerManager forgets a producer that it has not heard of for expired.
func NewProducerManager(c clock.Clock, expired time.Duration) *ProducerManager {
	return &ProducerManager{clock: c, expired: expired, groups: map[string]map[Channel]*Client{}}
}

// RegisterProducer notes or renews a producer of group.
func (m *ProducerManager) RegisterProducer(group string, client Client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	clients := m.groups[group]
	if clients == nil {
		clients = map[Channel]*Client{}
		m.groups[group] = clients
	}
	client.LastUpdate = m.clock.Now()
	clients[client.Channel] = &client
}

// UnregisterProducer forgets the producer of group on ch.
func (m *ProducerManager) UnregisterProducer(group string, ch Channel) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.removeLocked(group, ch)
}

func (m *ProducerManager) removeLocked(group string, ch Channel) {
	delete(m.groups[group], ch)
	if len(m.groups[group]) == 0 {
		delete(m.groups, group)
	}
}

// ChannelClosed forgets every producer on ch.
//
// Java: ProducerManager#doChannelCloseEvent (5.5.0).
func (m *ProducerManager) ChannelClosed(ch Channel) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for group := range m.groups {
		m.removeLocked(group, ch)
	}
}

// ScanNotActiveChannel forgets the silent ones and closes their connections. It returns how many there were.
//
// Java: ProducerManager#scanNotActiveChannel (5.5.0).
func (m *ProducerManager) ScanNotActiveChannel(ctx context.Context) int {
	_, step := stepScanProducers.Start(ctx)
	defer step.End(nil)
	var silent []Channel
	m.mu.Lock()
	now := m.clock.Now()
	for group, clients := range m.groups {
		for ch, client := range clients {
			if now.Sub(client.LastUpdate) > m.expired {
				m.removeLocked(group, ch)
				silent = append(silent, ch)
			}
		}
	}
	m.mu.Unlock()
	traceScanned(step, closeAll(silent))
	return len(silent)
}

// closeAll closes channels outside of any lock: closing calls back.
func closeAll(channels []Channel) int {
	for _, ch := range channels {
		ch.Close()
	}
	return len(channels)
}

// Clients are the producers of group, by client id, and whether there is such a group.
func (m *ProducerManager) Clients(group string) ([]Client, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	clients, ok := m.groups[group]
	return sortedClients(clients), ok
}

// Groups are all groups that have a producer, sorted.
func (m *ProducerManager) Groups() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	groups := make([]string, 0, len(m.groups))
	for g := range m.groups {
		groups = append(groups, g)
	}
	slices.Sort(groups)
	return groups
}

func sortedClients(clients map[Channel]*Client) []Client {
	out := make([]Client, 0, len(clients))
	for _, c := range clients {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Client) int { return strings.Compare(a.ClientID, b.ClientID) })
	return out
}
