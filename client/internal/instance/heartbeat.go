package instance

import (
	"context"
	"maps"
	"slices"
	"sync"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/observ"
	"github.com/plumemq/plume/remoting/protocol/heartbeat"
)

// SendHeartbeatToAllBroker tells every known broker which groups live here: masters only, unless there are consumers. One round at a
// time: a second one waits its turn, so that a group that has just registered is told in any case. Brokers that do not answer are
// logged; false when none did.
//
// Java: MQClientInstance#sendHeartbeatToAllBrokerWithLock (5.5.0).
func (i *MQClientInstance) SendHeartbeatToAllBroker(ctx context.Context) bool {
	return i.sendHeartbeats(ctx, func(addrs []string) []string { return addrs })
}

// sendHeartbeats is a round to those brokers that who picks. False when nobody was told.
func (i *MQClientInstance) sendHeartbeats(ctx context.Context, who func(addrs []string) []string) bool {
	select {
	case i.heartbeat <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-i.heartbeat }()
	data := i.prepareHeartbeatData()
	addrs := who(i.brokerAddrs(len(data.ConsumerDataSet) == 0))
	if len(addrs) == 0 || len(data.ProducerDataSet)+len(data.ConsumerDataSet) == 0 {
		return false
	}
	return i.sendHeartbeatToAllBroker(ctx, data, addrs) > 0
}

// sendHeartbeatToAllBroker returns how many answered.
func (i *MQClientInstance) sendHeartbeatToAllBroker(ctx context.Context, data *heartbeat.HeartbeatData, addrs []string) int {
	ctx, step := traceHeartbeat(ctx, i, data, len(addrs))
	defer step.End(nil)
	failed := 0
	for _, addr := range addrs {
		version, err := i.api.SendHeartbeat(ctx, addr, data)
		i.connections.tried(addr)
		if err != nil {
			failed++
			if ctx.Err() == nil {
				observ.Logger(ctx, i.log).Warn("sendHeartbeat", zap.String("broker", addr), zap.Error(err))
			}
			continue
		}
		i.beating.put(addr, version)
	}
	traceHeartbeatFailed(step, failed)
	return len(addrs) - failed
}

// prepareHeartbeatData gathers the groups of this instance.
//
// Java: MQClientInstance#prepareHeartbeatData (5.5.0).
func (i *MQClientInstance) prepareHeartbeatData() *heartbeat.HeartbeatData {
	data := &heartbeat.HeartbeatData{ClientID: i.clientID}
	consumers := *i.consumers.Load()
	for _, group := range slices.Sorted(maps.Keys(consumers)) {
		data.ConsumerDataSet = append(data.ConsumerDataSet, consumers[group].HeartbeatData())
	}
	for _, group := range slices.Sorted(maps.Keys(*i.producers.Load())) {
		data.ProducerDataSet = append(data.ProducerDataSet, heartbeat.ProducerData{GroupName: group})
	}
	return data
}

// brokerVersions is what brokers said of themselves in answers to heartbeats, by address. The zero value is ready.
//
// Java: MQClientInstance#brokerVersionTable (5.5.0).
type brokerVersions struct {
	mu     sync.Mutex
	byAddr map[string]int32
}

func (v *brokerVersions) put(addr string, version int32) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.byAddr == nil {
		v.byAddr = map[string]int32{}
	}
	v.byAddr[addr] = version
}

func (v *brokerVersions) of(addr string) int32 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.byAddr[addr]
}
