package namesrv

import (
	"context"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/namesrv/routeinfo"
	"github.com/plumemq/plume/remoting"
	"github.com/plumemq/plume/remoting/protocol"
	"github.com/plumemq/plume/remoting/protocol/header"
)

// notifyTimeout bounds the notification of one broker.
const notifyTimeout = 300 * time.Millisecond

// minBrokerIDNotifier tells a broker group, one-way, who has its lowest id now.
//
// Java: namesrv.routeinfo.RouteInfoManager#notifyMinBrokerIdChanged (5.5.0).
type minBrokerIDNotifier struct {
	client *remoting.Client
	log    *zap.Logger
}

func newMinBrokerIDNotifier(deps *Deps) *minBrokerIDNotifier {
	return &minBrokerIDNotifier{log: deps.Logger, client: remoting.NewClient(remoting.ClientConfig{
		Network: deps.Network, Clock: deps.Clock, Component: deps.Component, Logger: deps.Logger,
		Serialize: deps.Serialize, NoBusyPolling: deps.NoBusyPolling,
	})}
}

func (n *minBrokerIDNotifier) notify(change routeinfo.MinBrokerIDChange) {
	least := slices.Min(slices.Collect(maps.Keys(change.Members)))
	for id, addr := range change.Members {
		if id == least && change.OfflineBrokerAddr == "" && len(change.Members) > 1 {
			continue // the newcomer knows
		}
		n.tell(addr, &header.NotifyMinBrokerIdChangeRequestHeader{
			MinBrokerID: least, MinBrokerAddr: change.Members[least],
			OfflineBrokerAddr: change.OfflineBrokerAddr, HABrokerAddr: change.HABrokerAddr,
		})
	}
}

func (n *minBrokerIDNotifier) tell(addr string, h *header.NotifyMinBrokerIdChangeRequestHeader) {
	ctx, cancel := context.WithTimeout(context.Background(), notifyTimeout)
	defer cancel()
	if err := n.client.InvokeOneway(ctx, addr, protocol.NewRequest(protocol.NotifyMinBrokerIDChange, h)); err != nil {
		n.log.Warn("broker not told of its group's lowest id", zap.String("addr", addr), zap.Error(err))
	}
}

func (n *minBrokerIDNotifier) shutdown() { n.client.Shutdown() }
