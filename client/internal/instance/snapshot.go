package instance

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/plumemq/plume/client/internal/topicroute"
	"github.com/plumemq/plume/remoting/protocol/route"
)

const masterID = 0

// routeTable holds what is known of topics and brokers, as an immutable snapshot that readers load without a lock.
type routeTable struct {
	mu  sync.Mutex // serialises writers
	now atomic.Pointer[routeSnapshot]
}

// routeSnapshot never changes once published.
type routeSnapshot struct {
	topics  map[string]*route.TopicRouteData // topicRouteTable
	brokers map[string]map[int64]string      // brokerAddrTable: name -> id -> address
	masters map[string]string                // name -> address of id 0: what a send asks for
}

func (t *routeTable) init() {
	t.now.Store(&routeSnapshot{
		topics: map[string]*route.TopicRouteData{}, brokers: map[string]map[int64]string{}, masters: map[string]string{},
	})
}

func (t *routeTable) load() *routeSnapshot { return t.now.Load() }

// put publishes a topic's route and its brokers' addresses.
func (t *routeTable) put(topic string, data *route.TopicRouteData) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.now.Load()
	next := &routeSnapshot{topics: maps.Clone(old.topics), brokers: maps.Clone(old.brokers)}
	next.topics[topic] = data
	for i := range data.BrokerDatas {
		bd := &data.BrokerDatas[i]
		next.brokers[bd.BrokerName] = bd.BrokerAddrs
	}
	next.indexMasters()
	t.now.Store(next)
}

// dropOffline forgets broker addresses that no topic's route names any more, and returns them.
func (t *routeTable) dropOffline() (dropped []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.now.Load()
	next := &routeSnapshot{topics: old.topics, brokers: map[string]map[int64]string{}}
	for name, addrs := range old.brokers {
		kept := maps.Clone(addrs)
		for id, addr := range kept {
			if !old.names(addr) {
				delete(kept, id)
				dropped = append(dropped, addr)
			}
		}
		if len(kept) > 0 {
			next.brokers[name] = kept
		}
	}
	if len(dropped) > 0 {
		next.indexMasters()
		t.now.Store(next)
	}
	return dropped
}

func (s *routeSnapshot) indexMasters() {
	s.masters = make(map[string]string, len(s.brokers))
	for name, addrs := range s.brokers {
		if a := addrs[masterID]; a != "" {
			s.masters[name] = a
		}
	}
}

// names says that some topic's route has the address.
//
// Java: MQClientInstance#isBrokerAddrExistInTopicRouteTable (5.5.0).
func (s *routeSnapshot) names(addr string) bool {
	for _, data := range s.topics {
		for i := range data.BrokerDatas {
			for _, a := range data.BrokerDatas[i].BrokerAddrs {
				if a == addr {
					return true
				}
			}
		}
	}
	return false
}

// changed says whether data differs from what is known of the topic.
func (s *routeSnapshot) changed(topic string, data *route.TopicRouteData) bool {
	return topicroute.TopicRouteDataChanged(s.topics[topic], data)
}

// sortedBrokers are the broker names in order, so that rounds over them are repeatable.
func (s *routeSnapshot) sortedBrokers() []string { return slices.Sorted(maps.Keys(s.brokers)) }
