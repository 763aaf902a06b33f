package instance

import (
	"context"
	"math/rand/v2"

	"go.uber.org/zap"
)

// FindBrokerAddressInPublish is the address of the broker's master, from the table: no one is asked. Empty when unknown.
//
// Java: MQClientInstance#findBrokerAddressInPublish (5.5.0).
func (i *MQClientInstance) FindBrokerAddressInPublish(ctx context.Context, brokerName string) string {
	_, step := traceFindBrokerAddress(ctx, brokerName)
	addr := i.routes.load().masters[brokerName]
	traceBrokerAddress(step, addr)
	return addr
}

// FindBrokerResult is a broker to pull from.
//
// Java: client.impl.FindBrokerResult (5.5.0).
type FindBrokerResult struct {
	Addr  string
	Slave bool
	// Version is what the broker said of itself in a heartbeat's answer; 0 when unknown.
	Version int32
}

// FindBrokerAddressInSubscribe is the address of the broker with that id; if there is none, of the next id, or, unless
// onlyThisBroker, of any. False when the broker is unknown.
//
// Java: MQClientInstance#findBrokerAddressInSubscribe (5.5.0).
func (i *MQClientInstance) FindBrokerAddressInSubscribe(brokerName string, brokerID int64, onlyThisBroker bool) (FindBrokerResult, bool) {
	addrs := i.routes.load().brokers[brokerName]
	id, addr := brokerID, addrs[brokerID]
	if addr == "" && brokerID != masterID {
		id, addr = brokerID+1, addrs[brokerID+1]
	}
	if addr == "" && !onlyThisBroker {
		id, addr = lowest(addrs)
	}
	if addr == "" {
		return FindBrokerResult{}, false
	}
	return FindBrokerResult{Addr: addr, Slave: id != masterID, Version: i.beating.of(addr)}, true
}

// FindBrokerAddrByTopic is the address of some broker of the topic, its master if it has one; empty when the topic is unknown.
//
// Java: MQClientInstance#findBrokerAddrByTopic (5.5.0).
func (i *MQClientInstance) FindBrokerAddrByTopic(topic string) string {
	data := i.TopicRouteData(topic)
	if data == nil || len(data.BrokerDatas) == 0 {
		return ""
	}
	addrs := data.BrokerDatas[rand.IntN(len(data.BrokerDatas))].BrokerAddrs
	if master := addrs[masterID]; master != "" {
		return master
	}
	_, addr := lowest(addrs)
	return addr
}

// lowest is the address with the lowest id.
func lowest(addrs map[int64]string) (id int64, addr string) {
	for k, a := range addrs {
		if a != "" && (addr == "" || k < id) {
			id, addr = k, a
		}
	}
	return id, addr
}

// brokerAddrs are all known addresses, or only those of masters.
func (i *MQClientInstance) brokerAddrs(mastersOnly bool) []string {
	snapshot := i.routes.load()
	var out []string
	for _, name := range snapshot.sortedBrokers() {
		for id, addr := range snapshot.brokers[name] {
			if addr != "" && (id == masterID || !mastersOnly) {
				out = append(out, addr)
			}
		}
	}
	return out
}

// cleanOfflineBroker forgets addresses that no route names any more.
//
// Java: MQClientInstance#cleanOfflineBroker (5.5.0).
func (i *MQClientInstance) cleanOfflineBroker() {
	if dropped := i.routes.dropOffline(); len(dropped) > 0 {
		i.log.Info("brokers offline", zap.Strings("addrs", dropped))
	}
}
