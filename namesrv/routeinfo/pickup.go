package routeinfo

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/plumemq/plume/remoting/protocol/route"
)

// syncBrokerMemberGroupPrefix begins the topics over which a broker group keeps itself informed.
const syncBrokerMemberGroupPrefix = "rmq_sys_SYNC_BROKER_MEMBER_"

// PickupTopicRouteData is a copy of everything that a client needs to reach a topic, ordered by broker name; false when no
// living broker has it.
//
// Java: namesrv.routeinfo.RouteInfoManager#pickupTopicRouteData (5.5.0).
func (m *RouteInfoManager) PickupTopicRouteData(ctx context.Context, topic string) (data *route.TopicRouteData, found bool) {
	_, step := tracePickupTopicRouteData(ctx, topic)
	defer step.End(nil)
	asked := traceLockAsked(step, m.clock)
	m.mu.RLock()
	traceReadLockAcquired(step, m.clock, asked)
	data = m.routeLocked(topic)
	m.mu.RUnlock()
	tracePickedUp(step, data)
	if data == nil {
		return nil, false
	}
	if m.settings.Load().SupportActingMaster && !strings.HasPrefix(topic, syncBrokerMemberGroupPrefix) {
		promoteActingMasters(data)
	}
	return data, true
}

// routeLocked copies a topic's rows; nil when it has no queues or none of its brokers is known.
func (m *RouteInfoManager) routeLocked(topic string) *route.TopicRouteData {
	queues := m.topicQueueTable[topic]
	data := &route.TopicRouteData{
		QueueDatas:        make([]route.QueueData, 0, len(queues)),
		BrokerDatas:       make([]route.BrokerData, 0, len(queues)),
		FilterServerTable: make(map[string][]string),
	}
	for _, broker := range slices.Sorted(maps.Keys(queues)) {
		data.QueueDatas = append(data.QueueDatas, queues[broker])
		group, ok := m.brokerAddrTable[broker]
		if !ok {
			continue
		}
		data.BrokerDatas = append(data.BrokerDatas, cloneBrokerData(group))
		m.addFilterServersLocked(data.FilterServerTable, group)
	}
	if len(data.BrokerDatas) == 0 {
		return nil
	}
	return data
}

func (m *RouteInfoManager) addFilterServersLocked(to map[string][]string, group *route.BrokerData) {
	if len(m.filterServerTable) == 0 {
		return
	}
	for _, addr := range group.BrokerAddrs {
		to[addr] = slices.Clone(m.filterServerTable[brokerAddrInfo{group.Cluster, addr}])
	}
}

// promoteActingMasters shows the lowest slave as the master of each group that allows it, has no master and takes no writes.
func promoteActingMasters(data *route.TopicRouteData) {
	for i := range data.BrokerDatas {
		group := &data.BrokerDatas[i]
		least, ok := minBrokerID(group.BrokerAddrs)
		if !ok || least == masterID || !group.EnableActingMaster || writable(data, group.BrokerName) {
			continue
		}
		group.BrokerAddrs[masterID] = group.BrokerAddrs[least]
		delete(group.BrokerAddrs, least)
	}
}

func writable(data *route.TopicRouteData, broker string) bool {
	for i := range data.QueueDatas {
		if data.QueueDatas[i].BrokerName == broker {
			return data.QueueDatas[i].Perm&permWrite != 0
		}
	}
	return true // no queues here, so nothing to read either
}

func cloneBrokerData(d *route.BrokerData) route.BrokerData {
	out := *d
	out.BrokerAddrs = cloneAddrs(d.BrokerAddrs)
	return out
}

func cloneAddrs(addrs map[int64]string) map[int64]string { return maps.Clone(addrs) }
