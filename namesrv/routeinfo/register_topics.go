package routeinfo

import (
	"go.uber.org/zap"

	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// The permission bits of a topic's queues on a broker. Java: common.constant.PermName.
const (
	permWrite = 1 << 1
	permRead  = 1 << 2
)

// registerTopicsLocked merges the topics of a master, or of the slave that is first in line for it. Other slaves' topics are
// their master's business.
func (m *RouteInfoManager) registerTopicsLocked(r *Registration, group *route.BrokerData, first bool) {
	least, _ := minBrokerID(group.BrokerAddrs)
	primeSlave := r.EnableActingMaster != nil && r.BrokerID != masterID && r.BrokerID == least
	if r.BrokerID != masterID && !primeSlave {
		return
	}
	if m.settings.Load().DeleteTopicWithBrokerRegistration {
		m.deleteTopicsLeftOutLocked(r)
	}
	changed := first || m.isBrokerTopicConfigChangedLocked(r.addrInfo(), &r.DataVersion)
	for name := range r.Topics {
		_, present := m.topicQueueTable[name][r.BrokerName]
		if !changed && present {
			continue
		}
		topic := r.Topics[name]
		if primeSlave && group.EnableActingMaster { // a stand-in serves readers only
			topic.Perm &^= permWrite
		}
		m.createAndUpdateQueueDataLocked(r.BrokerName, name, &topic)
	}
}

// deleteTopicsLeftOutLocked removes the broker's queues of topics that its registration does not name.
func (m *RouteInfoManager) deleteTopicsLeftOutLocked(r *Registration) {
	for topic := range m.topicQueueTable {
		if _, named := r.Topics[topic]; !named {
			m.deleteQueueDataLocked(topic, r.BrokerName)
		}
	}
}

// createAndUpdateQueueDataLocked writes one topic's queues on one broker.
//
// Java: namesrv.routeinfo.RouteInfoManager#createAndUpdateQueueData (5.5.0).
func (m *RouteInfoManager) createAndUpdateQueueDataLocked(broker, topic string, config *body.TopicConfig) {
	queues := m.topicQueueTable[topic]
	if queues == nil {
		queues = make(map[string]route.QueueData)
		m.topicQueueTable[topic] = queues
	}
	queues[broker] = route.QueueData{
		BrokerName: broker, ReadQueueNums: config.ReadQueueNums, WriteQueueNums: config.WriteQueueNums,
		Perm: config.Perm, TopicSysFlag: config.TopicSysFlag,
	}
}

// deleteQueueDataLocked removes a topic's queues on one broker, and the topic with its last ones.
func (m *RouteInfoManager) deleteQueueDataLocked(topic, broker string) {
	queues := m.topicQueueTable[topic]
	if _, ok := queues[broker]; !ok {
		return
	}
	delete(queues, broker)
	if len(queues) == 0 {
		delete(m.topicQueueTable, topic)
	}
	m.log.Info("topic removed from broker", zap.String("topic", topic), zap.String("broker", broker), zap.Bool("last", len(queues) == 0))
}
