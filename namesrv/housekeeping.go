package namesrv

import (
	"context"

	"github.com/plumemq/plume/namesrv/routeinfo"
	"github.com/plumemq/plume/remoting"
)

// BrokerHousekeepingService takes a broker out as soon as its connection is gone, rather than when it has been silent for long
// enough.
//
// Java: namesrv.routeinfo.BrokerHousekeepingService (5.5.0).
type BrokerHousekeepingService struct{ routes *routeinfo.RouteInfoManager }

// OnConnect does nothing: a connection says not yet whose it is.
func (*BrokerHousekeepingService) OnConnect(*remoting.Channel) {}

// OnClose unregisters the brokers of a closed connection.
func (s *BrokerHousekeepingService) OnClose(ch *remoting.Channel) {
	s.routes.OnChannelDestroy(context.Background(), ch)
}

// OnIdle does nothing: the connection's close follows.
func (*BrokerHousekeepingService) OnIdle(*remoting.Channel) {}

// OnException does nothing: the connection's close follows.
func (*BrokerHousekeepingService) OnException(*remoting.Channel, error) {}
