package routeinfo

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/route"
)

// Registration is what a broker says of itself. Its maps and slices pass to the manager.
type Registration struct {
	ClusterName string
	BrokerAddr  string // "host:port" at which it answers; identifies the process within the cluster
	BrokerName  string // shared by a master and its slaves
	BrokerID    int64  // 0 is the master

	HAServerAddr     string
	ZoneName         string
	HeartbeatTimeout time.Duration // 0 or less means [DefaultBrokerChannelExpiredTime]
	// EnableActingMaster is nil from brokers before 5.
	EnableActingMaster *bool

	// Topics is the whole table at start and from time to time, and only what changed in between.
	Topics        map[string]body.TopicConfig
	DataVersion   body.DataVersion
	FilterServers []string // of brokers before 5; replaces the known ones

	Channel Channel
}

func (r *Registration) addrInfo() brokerAddrInfo { return brokerAddrInfo{r.ClusterName, r.BrokerAddr} }

func (r *Registration) actingMaster() bool {
	return r.EnableActingMaster != nil && *r.EnableActingMaster
}

// RegisterBrokerResult is what a slave learns from its registration; empty for a master.
//
// Java: remoting.protocol.namesrv.RegisterBrokerResult (5.5.0).
type RegisterBrokerResult struct {
	HAServerAddr string
	MasterAddr   string
}

// RegisterBroker merges a broker's registration into the tables; topics that it does not name stay as they are. A broker that
// claims the id of another one whose data is newer is ignored, which is no error. The error is [ErrFirstRegistrationPartial],
// and then nothing has changed.
//
// Java: namesrv.routeinfo.RouteInfoManager#registerBroker (5.5.0).
func (m *RouteInfoManager) RegisterBroker(ctx context.Context, r *Registration) (res RegisterBrokerResult, err error) {
	_, step := traceRegisterBroker(ctx, r)
	defer step.End(&err)
	change, err := func() (*MinBrokerIDChange, error) {
		asked := traceLockAsked(step, m.clock)
		m.mu.Lock()
		defer m.mu.Unlock()
		traceWriteLockAcquired(step, m.clock, asked)
		if m.firstRegistrationPartialLocked(r) {
			return nil, ErrFirstRegistrationPartial
		}
		if m.conflictsLocked(ctx, r) {
			return nil, nil
		}
		change := m.registerLocked(ctx, r)
		res = m.masterOfLocked(r)
		return change, nil
	}()
	if change != nil && m.settings.Load().NotifyMinBrokerIDChanged {
		m.notify(*change)
	}
	return res, err
}

func (m *RouteInfoManager) firstRegistrationPartialLocked(r *Registration) bool {
	if len(r.Topics) != 1 {
		return false
	}
	data, known := m.brokerAddrTable[r.BrokerName]
	if known {
		id, has := idOfAddr(data.BrokerAddrs, r.BrokerAddr)
		if has && id != r.BrokerID { // its old id goes first, as when a slave becomes master
			return true
		}
		_, known = data.BrokerAddrs[r.BrokerID]
	}
	return !known
}

// conflictsLocked says that another living broker holds this name and id with newer data; the newcomer then counts as dead.
func (m *RouteInfoManager) conflictsLocked(ctx context.Context, r *Registration) bool {
	data, ok := m.brokerAddrTable[r.BrokerName]
	if !ok {
		return false
	}
	holder, ok := data.BrokerAddrs[r.BrokerID]
	if !ok || holder == r.BrokerAddr {
		return false
	}
	live, ok := m.brokerLiveTable[brokerAddrInfo{r.ClusterName, holder}]
	if !ok || live.dataVersion.StateVersion <= r.DataVersion.StateVersion {
		return false
	}
	delete(m.brokerLiveTable, r.addrInfo())
	observ.Logger(ctx, m.log).Warn("registration ignored: another broker with newer data holds its name and id",
		zap.String("cluster", r.ClusterName), zap.String("broker", r.BrokerName), zap.Int64("id", r.BrokerID),
		zap.String("addr", r.BrokerAddr), zap.String("holder", holder),
		zap.Int64("state", r.DataVersion.StateVersion), zap.Int64("holderState", live.dataVersion.StateVersion))
	return true
}

// registerLocked writes an accepted registration and reports a change of the group's lowest id.
func (m *RouteInfoManager) registerLocked(ctx context.Context, r *Registration) *MinBrokerIDChange {
	m.addToClusterLocked(r.ClusterName, r.BrokerName)
	data, first := m.brokerDataLocked(r)
	previousMin, _ := minBrokerID(data.BrokerAddrs)
	if id, ok := idOfAddr(data.BrokerAddrs, r.BrokerAddr); ok && id != r.BrokerID {
		delete(data.BrokerAddrs, id)
	}
	first = first || data.BrokerAddrs[r.BrokerID] == ""
	data.BrokerAddrs[r.BrokerID] = r.BrokerAddr

	m.registerTopicsLocked(r, data, first)
	m.goLiveLocked(ctx, r)
	m.setFilterServersLocked(r.addrInfo(), r.FilterServers)
	if r.BrokerID >= previousMin {
		return nil
	}
	return &MinBrokerIDChange{Members: cloneAddrs(data.BrokerAddrs), HABrokerAddr: r.HAServerAddr}
}

func (m *RouteInfoManager) addToClusterLocked(cluster, broker string) {
	names := m.clusterAddrTable[cluster]
	if names == nil {
		names = make(map[string]struct{})
		m.clusterAddrTable[cluster] = names
	}
	names[broker] = struct{}{}
}

// brokerDataLocked is the group's row, made when missing and brought up to date but for the addresses.
func (m *RouteInfoManager) brokerDataLocked(r *Registration) (data *route.BrokerData, first bool) {
	data = m.brokerAddrTable[r.BrokerName]
	if data == nil {
		first = true
		data = &route.BrokerData{Cluster: r.ClusterName, BrokerName: r.BrokerName, BrokerAddrs: make(map[int64]string)}
		m.brokerAddrTable[r.BrokerName] = data
	}
	data.EnableActingMaster = r.actingMaster()
	data.ZoneName = r.ZoneName
	return data, first
}

// goLiveLocked renews the lease, or begins it.
func (m *RouteInfoManager) goLiveLocked(ctx context.Context, r *Registration) {
	timeout := r.HeartbeatTimeout
	if timeout <= 0 {
		timeout = DefaultBrokerChannelExpiredTime
	}
	m.generation++
	_, known := m.brokerLiveTable[r.addrInfo()]
	m.brokerLiveTable[r.addrInfo()] = &brokerLiveInfo{
		generation: m.generation, brokerName: r.BrokerName, brokerID: r.BrokerID, lastUpdate: m.clock.Now(),
		timeout: timeout, dataVersion: r.DataVersion, channel: r.Channel, haServerAddr: r.HAServerAddr,
	}
	if !known {
		observ.Logger(ctx, m.log).Info("new broker registered", zap.String("cluster", r.ClusterName), zap.String("broker", r.BrokerName),
			zap.Int64("id", r.BrokerID), zap.String("addr", r.BrokerAddr), zap.Int("topics", len(r.Topics)))
	}
}

func (m *RouteInfoManager) setFilterServersLocked(broker brokerAddrInfo, servers []string) {
	if len(servers) == 0 {
		delete(m.filterServerTable, broker)
		return
	}
	m.filterServerTable[broker] = servers
}

// masterOfLocked is what a slave is told of its master, if that one is alive.
func (m *RouteInfoManager) masterOfLocked(r *Registration) RegisterBrokerResult {
	if r.BrokerID == masterID {
		return RegisterBrokerResult{}
	}
	addr := m.brokerAddrTable[r.BrokerName].BrokerAddrs[masterID]
	live, ok := m.brokerLiveTable[brokerAddrInfo{r.ClusterName, addr}]
	if !ok {
		return RegisterBrokerResult{}
	}
	return RegisterBrokerResult{HAServerAddr: live.haServerAddr, MasterAddr: addr}
}

// idOfAddr finds the id under which an address stands in a group.
func idOfAddr(addrs map[int64]string, addr string) (int64, bool) {
	for id, a := range addrs {
		if a == addr {
			return id, true
		}
	}
	return 0, false
}
