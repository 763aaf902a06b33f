package routeinfo

import "github.com/plumemq/plume/remoting/protocol/body"

// IsBrokerTopicConfigChanged says whether a broker's topic table differs from what it last registered; true for a broker that
// is not known.
//
// Java: namesrv.routeinfo.RouteInfoManager#isBrokerTopicConfigChanged (5.5.0).
func (m *RouteInfoManager) IsBrokerTopicConfigChanged(cluster, addr string, version body.DataVersion) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.isBrokerTopicConfigChangedLocked(brokerAddrInfo{cluster, addr}, &version)
}

func (m *RouteInfoManager) isBrokerTopicConfigChangedLocked(broker brokerAddrInfo, version *body.DataVersion) bool {
	live, ok := m.brokerLiveTable[broker]
	return !ok || live.dataVersion != *version
}

// QueryBrokerTopicConfig is the version of the topic table that a broker last registered; false for a broker that is not known.
//
// Java: namesrv.routeinfo.RouteInfoManager#queryBrokerTopicConfig (5.5.0).
func (m *RouteInfoManager) QueryBrokerTopicConfig(cluster, addr string) (body.DataVersion, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	live, ok := m.brokerLiveTable[brokerAddrInfo{cluster, addr}]
	if !ok {
		return body.DataVersion{}, false
	}
	return live.dataVersion, true
}

// UpdateBrokerInfoUpdateTimestamp renews a known broker's lease without a registration.
//
// Java: namesrv.routeinfo.RouteInfoManager#updateBrokerInfoUpdateTimestamp (5.5.0).
func (m *RouteInfoManager) UpdateBrokerInfoUpdateTimestamp(cluster, addr string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if live, ok := m.brokerLiveTable[brokerAddrInfo{cluster, addr}]; ok {
		m.generation++
		live.generation, live.lastUpdate = m.generation, m.clock.Now()
	}
}
