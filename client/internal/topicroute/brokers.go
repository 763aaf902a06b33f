package topicroute

import (
	"maps"
	"slices"
	"strings"

	"github.com/plumemq/plume/remoting/protocol/route"
)

func sortedBrokerDatas(data *route.TopicRouteData) []route.BrokerData {
	bds := slices.Clone(data.BrokerDatas)
	slices.SortStableFunc(bds, func(a, b route.BrokerData) int { return strings.Compare(a.BrokerName, b.BrokerName) })
	return bds
}

func sameBroker(a, b route.BrokerData) bool {
	return a.BrokerName == b.BrokerName && a.Cluster == b.Cluster && maps.Equal(a.BrokerAddrs, b.BrokerAddrs)
}
