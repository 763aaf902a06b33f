package routeinfo

import (
	"maps"
	"slices"

	"go.uber.org/zap"

	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// The unit bits of a topic's system flag. Java: common.sysflag.TopicSysFlag.
const (
	flagUnit    = 1 << 0
	flagUnitSub = 1 << 1
)

// RegisterTopic adds or replaces a topic's queues on the brokers named. Queues of a broker that is not known end it there, as
// Apache's name server does: those before them stay, and nothing is kept of a topic that was not there.
//
// Java: namesrv.routeinfo.RouteInfoManager#registerTopic (5.5.0).
func (m *RouteInfoManager) RegisterTopic(topic string, queues []route.QueueData) {
	if len(queues) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	row, known := m.topicQueueTable[topic]
	if !known {
		row = make(map[string]route.QueueData)
	}
	for _, q := range queues {
		if _, ok := m.brokerAddrTable[q.BrokerName]; !ok {
			m.log.Warn("topic registered on an unknown broker", zap.String("topic", topic), zap.String("broker", q.BrokerName))
			return
		}
		row[q.BrokerName] = q
	}
	m.topicQueueTable[topic] = row
}

// DeleteTopic forgets a topic: everywhere, or on the brokers of one cluster when cluster is not empty.
//
// Java: namesrv.routeinfo.RouteInfoManager#deleteTopic (5.5.0).
func (m *RouteInfoManager) DeleteTopic(topic, cluster string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if cluster == "" {
		delete(m.topicQueueTable, topic)
		return
	}
	for broker := range m.clusterAddrTable[cluster] {
		m.deleteQueueDataLocked(topic, broker)
	}
}

// GetAllTopicList is every topic's name, sorted.
//
// Java: namesrv.routeinfo.RouteInfoManager#getAllTopicList (5.5.0).
func (m *RouteInfoManager) GetAllTopicList() body.TopicList {
	return m.topicsWhere(func(map[string]route.QueueData) bool { return true })
}

// GetTopicsByCluster is the names of the topics that have queues on a broker of the cluster, sorted.
//
// Java: namesrv.routeinfo.RouteInfoManager#getTopicsByCluster (5.5.0).
func (m *RouteInfoManager) GetTopicsByCluster(cluster string) body.TopicList {
	return m.topicsWhere(func(queues map[string]route.QueueData) bool {
		for broker := range queues {
			if _, ok := m.clusterAddrTable[cluster][broker]; ok {
				return true
			}
		}
		return false
	})
}

// GetUnitTopics is the names of the topics that belong to one unit, sorted.
//
// Java: namesrv.routeinfo.RouteInfoManager#getUnitTopics (5.5.0).
func (m *RouteInfoManager) GetUnitTopics() body.TopicList {
	return m.topicsWhere(func(queues map[string]route.QueueData) bool { return sysFlag(queues)&flagUnit != 0 })
}

// GetHasUnitSubTopicList is the names of the topics that units subscribe to, sorted.
//
// Java: namesrv.routeinfo.RouteInfoManager#getHasUnitSubTopicList (5.5.0).
func (m *RouteInfoManager) GetHasUnitSubTopicList() body.TopicList {
	return m.topicsWhere(func(queues map[string]route.QueueData) bool { return sysFlag(queues)&flagUnitSub != 0 })
}

// GetHasUnitSubUnUnitTopicList is the names of the topics that units subscribe to and that belong to none, sorted.
//
// Java: namesrv.routeinfo.RouteInfoManager#getHasUnitSubUnUnitTopicList (5.5.0).
func (m *RouteInfoManager) GetHasUnitSubUnUnitTopicList() body.TopicList {
	return m.topicsWhere(func(queues map[string]route.QueueData) bool {
		return sysFlag(queues)&(flagUnit|flagUnitSub) == flagUnitSub
	})
}

// sysFlag is the topic's flag as the first of its brokers, by name, has it.
func sysFlag(queues map[string]route.QueueData) int32 {
	if len(queues) == 0 {
		return 0
	}
	return queues[slices.Min(slices.Collect(maps.Keys(queues)))].TopicSysFlag
}

// topicsWhere lists the topics that keep accepts. It runs under the read lock.
func (m *RouteInfoManager) topicsWhere(keep func(queues map[string]route.QueueData) bool) body.TopicList {
	m.mu.RLock()
	defer m.mu.RUnlock()
	topics := make([]string, 0, len(m.topicQueueTable))
	for topic, queues := range m.topicQueueTable {
		if keep(queues) {
			topics = append(topics, topic)
		}
	}
	slices.Sort(topics)
	return body.TopicList{TopicList: topics}
}

// Count is how many broker processes are registered and how many topics have a route.
func (m *RouteInfoManager) Count() (brokers, topics int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.brokerLiveTable), len(m.topicQueueTable)
}
