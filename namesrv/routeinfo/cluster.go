package routeinfo

import (
	"maps"
	"slices"

	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// GetAllClusterInfo is a copy of who is in which cluster and at which addresses.
//
// Java: namesrv.routeinfo.RouteInfoManager#getAllClusterInfo (5.5.0).
func (m *RouteInfoManager) GetAllClusterInfo() body.ClusterInfo {
	m.mu.RLock()
	defer m.mu.RUnlock()
	info := body.ClusterInfo{
		BrokerAddrTable:  make(map[string]route.BrokerData, len(m.brokerAddrTable)),
		ClusterAddrTable: make(map[string][]string, len(m.clusterAddrTable)),
	}
	for name, group := range m.brokerAddrTable {
		info.BrokerAddrTable[name] = cloneBrokerData(group)
	}
	for name, brokers := range m.clusterAddrTable {
		info.ClusterAddrTable[name] = slices.Sorted(maps.Keys(brokers))
	}
	return info
}

// GetBrokerMemberGroup is who answers to a broker name; without members when nobody does.
//
// Java: namesrv.routeinfo.RouteInfoManager#getBrokerMemberGroup (5.5.0).
func (m *RouteInfoManager) GetBrokerMemberGroup(cluster, brokerName string) body.BrokerMemberGroup {
	m.mu.RLock()
	defer m.mu.RUnlock()
	group := body.BrokerMemberGroup{Cluster: cluster, BrokerName: brokerName, BrokerAddrs: make(map[int64]string)}
	if data, ok := m.brokerAddrTable[brokerName]; ok {
		group.BrokerAddrs = cloneAddrs(data.BrokerAddrs)
	}
	return group
}

// GetSystemTopicList is the topics that every cluster has without anybody making them (one named after each cluster and each
// broker) and the address of some broker that can name the others.
//
// Java: namesrv.routeinfo.RouteInfoManager#getSystemTopicList (5.5.0).
func (m *RouteInfoManager) GetSystemTopicList() body.TopicList {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var list body.TopicList
	for _, cluster := range slices.Sorted(maps.Keys(m.clusterAddrTable)) {
		list.TopicList = append(list.TopicList, cluster)
		list.TopicList = append(list.TopicList, slices.Sorted(maps.Keys(m.clusterAddrTable[cluster]))...)
	}
	for _, name := range slices.Sorted(maps.Keys(m.brokerAddrTable)) {
		addrs := m.brokerAddrTable[name].BrokerAddrs
		if id, ok := minBrokerID(addrs); ok {
			list.BrokerAddr = addrs[id]
			break
		}
	}
	return list
}
