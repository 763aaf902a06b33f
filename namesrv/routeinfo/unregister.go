package routeinfo

import (
	"context"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// unregistration asks that one broker's registration be removed: the one current when it was asked, not a later one.
type unregistration struct {
	broker     brokerAddrInfo
	brokerName string
	brokerID   int64
	generation uint64             // of the registration meant; 0 when there was none
	cause      observ.SpanContext // the step that asked
}

// MinBrokerIDChange says that the lowest id of a broker group is another one now.
type MinBrokerIDChange struct {
	Members           map[int64]string // id to address, of those alive
	OfflineBrokerAddr string           // who left; empty when someone joined
	HABrokerAddr      string           // of the one who joined
}

// SubmitUnRegisterBroker queues the removal of a broker that says goodbye. The error is [ErrQueueFull]. A registration that
// arrives later is not touched, however long the queue.
//
// Java: namesrv.routeinfo.RouteInfoManager#submitUnRegisterBrokerRequest (5.5.0).
func (m *RouteInfoManager) SubmitUnRegisterBroker(ctx context.Context, cluster, addr, name string, id int64) error {
	u := unregistration{broker: brokerAddrInfo{cluster, addr}, brokerName: name, brokerID: id, cause: observ.SpanContextOf(ctx)}
	m.mu.RLock()
	if live, ok := m.brokerLiveTable[u.broker]; ok {
		u.generation = live.generation
	}
	m.mu.RUnlock()
	return m.submit(u)
}

func (m *RouteInfoManager) submit(u unregistration) error {
	select {
	case m.unregistrations <- u:
		return nil
	default:
		return ErrQueueFull
	}
}

// BatchUnregistration carries out queued unregistrations, all that wait under one write lock, until ctx is done; what waits
// then is still carried out. Run it once.
//
// Java: namesrv.routeinfo.BatchUnregistrationService#run (5.5.0).
func (m *RouteInfoManager) BatchUnregistration(ctx context.Context) {
	for {
		select {
		case u := <-m.unregistrations:
			m.unRegisterBroker(context.WithoutCancel(ctx), m.drain(u))
		case <-ctx.Done():
			if batch := m.drain(); len(batch) > 0 {
				m.unRegisterBroker(context.WithoutCancel(ctx), batch)
			}
			return
		}
	}
}

// drain adds to batch whatever else waits.
func (m *RouteInfoManager) drain(batch ...unregistration) []unregistration {
	for {
		select {
		case u := <-m.unregistrations:
			batch = append(batch, u)
		default:
			return batch
		}
	}
}

// unRegisterBroker removes a batch of brokers and whatever only they served.
//
// Java: namesrv.routeinfo.RouteInfoManager#unRegisterBroker (5.5.0).
func (m *RouteInfoManager) unRegisterBroker(ctx context.Context, batch []unregistration) {
	_, step := traceUnRegisterBroker(ctx, m.component, batch)
	defer step.End(nil)
	for _, change := range m.unRegisterBatch(step, batch) {
		m.notify(change)
	}
}

func (m *RouteInfoManager) unRegisterBatch(step observ.Step, batch []unregistration) []MinBrokerIDChange {
	asked := traceLockAsked(step, m.clock)
	m.mu.Lock()
	defer m.mu.Unlock()
	traceWriteLockAcquired(step, m.clock, asked)
	gone, reduced := make(map[string]struct{}), make(map[string]struct{})
	var changes []MinBrokerIDChange
	for i := range batch {
		u := &batch[i]
		if m.supersededLocked(u) {
			traceUnRegisterSuperseded(step, u)
			continue
		}
		lastOne, change := m.unRegisterLocked(u)
		if lastOne {
			gone[u.brokerName] = struct{}{}
		} else {
			reduced[u.brokerName] = struct{}{}
		}
		if change != nil {
			changes = append(changes, *change)
		}
	}
	m.cleanTopicsLocked(gone, reduced)
	if !m.settings.Load().NotifyMinBrokerIDChanged {
		return nil
	}
	return changes
}

// supersededLocked says that the broker registered anew since its unregistration was asked for.
func (m *RouteInfoManager) supersededLocked(u *unregistration) bool {
	live, ok := m.brokerLiveTable[u.broker]
	return ok && live.generation != u.generation
}

// unRegisterLocked removes one broker from every table but the topics'. lastOne says that nobody answers to its name any more.
func (m *RouteInfoManager) unRegisterLocked(u *unregistration) (lastOne bool, change *MinBrokerIDChange) {
	_, wasLive := m.brokerLiveTable[u.broker]
	delete(m.brokerLiveTable, u.broker)
	delete(m.filterServerTable, u.broker)
	m.log.Info("broker unregistered", zap.String("cluster", u.broker.cluster), zap.String("broker", u.brokerName),
		zap.Int64("id", u.brokerID), zap.String("addr", u.broker.addr), zap.Bool("wasLive", wasLive))
	group := m.brokerAddrTable[u.brokerName]
	if group == nil {
		return false, nil
	}
	least, _ := minBrokerID(group.BrokerAddrs)
	for id, addr := range group.BrokerAddrs {
		if addr == u.broker.addr {
			delete(group.BrokerAddrs, id)
		}
	}
	if len(group.BrokerAddrs) == 0 {
		m.removeGroupLocked(u)
		return true, nil
	}
	if u.brokerID == least && group.EnableActingMaster {
		change = &MinBrokerIDChange{Members: cloneAddrs(group.BrokerAddrs), OfflineBrokerAddr: u.broker.addr}
	}
	return false, change
}

func (m *RouteInfoManager) removeGroupLocked(u *unregistration) {
	delete(m.brokerAddrTable, u.brokerName)
	names := m.clusterAddrTable[u.broker.cluster]
	delete(names, u.brokerName)
	if len(names) == 0 {
		delete(m.clusterAddrTable, u.broker.cluster)
	}
}

// cleanTopicsLocked removes the queues of groups that are gone, and write permission from groups left without a master.
//
// Java: namesrv.routeinfo.RouteInfoManager#cleanTopicByUnRegisterRequests (5.5.0).
func (m *RouteInfoManager) cleanTopicsLocked(gone, reduced map[string]struct{}) {
	for topic, queues := range m.topicQueueTable {
		for broker := range gone {
			delete(queues, broker)
		}
		if len(queues) == 0 {
			delete(m.topicQueueTable, topic)
			continue
		}
		for broker := range reduced {
			if data, ok := queues[broker]; ok && m.withoutMasterLocked(broker) {
				data.Perm &^= permWrite
				queues[broker] = data
			}
		}
	}
}

// withoutMasterLocked says that a group which lets a slave stand in has nobody else.
func (m *RouteInfoManager) withoutMasterLocked(broker string) bool {
	group := m.brokerAddrTable[broker]
	return group != nil && group.EnableActingMaster && !hasMaster(group)
}

func hasMaster(group *route.BrokerData) bool {
	_, ok := group.BrokerAddrs[masterID]
	return ok
}
