package routeinfo_test

import (
	"testing"

	"github.com/plumemq/plume/namesrv/routeinfo"
)

func BenchmarkPickupTopicRouteData(b *testing.B) {
	m := routeinfo.New(routeinfo.Config{})
	for _, r := range []*routeinfo.Registration{
		registration("a", addrA, 1, topic("T", 8, 6), topic("U", 8, 6)),
		registration("b", addrB, 1, topic("T", 8, 6), topic("U", 8, 6)),
	} {
		if _, err := m.RegisterBroker(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := m.PickupTopicRouteData(b.Context(), "T"); !ok {
			b.Fatal("no route")
		}
	}
}
