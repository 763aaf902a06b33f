package routeinfo

// WipeWritePermOfBroker makes every topic read-only on a broker group and returns on how many topics that bore. It lasts until
// the broker registers a changed topic table.
//
// Java: namesrv.routeinfo.RouteInfoManager#wipeWritePermOfBrokerByLock (5.5.0).
func (m *RouteInfoManager) WipeWritePermOfBroker(brokerName string) int {
	return m.operateWritePermOfBroker(brokerName, func(perm int32) int32 { return perm &^ permWrite })
}

// AddWritePermOfBroker makes every topic readable and writable on a broker group and returns on how many topics that bore.
//
// Java: namesrv.routeinfo.RouteInfoManager#addWritePermOfBrokerByLock (5.5.0).
func (m *RouteInfoManager) AddWritePermOfBroker(brokerName string) int {
	return m.operateWritePermOfBroker(brokerName, func(int32) int32 { return permRead | permWrite })
}

func (m *RouteInfoManager) operateWritePermOfBroker(brokerName string, change func(perm int32) int32) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	topics := 0
	for _, queues := range m.topicQueueTable {
		if data, ok := queues[brokerName]; ok {
			data.Perm = change(data.Perm)
			queues[brokerName] = data
			topics++
		}
	}
	return topics
}
