package subscription_test

import (
	"path/filepath"
	"sync/atomic"
	"testing"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/configfile"
	"github.com/plumemq/plume/broker/subscription"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/internal/disk"
	"github.com/plumemq/plume/remoting/protocol/body"
)

func TestGroups(t *testing.T) {
	name := filepath.Join(t.TempDir(), "subscriptionGroup.json")
	var auto atomic.Bool
	open := func() *subscription.SubscriptionGroupManager {
		m := subscription.NewSubscriptionGroupManager(subscription.Config{AutoCreateSubscriptionGroup: auto.Load}, configfile.New(disk.System, name), clock.System, zap.NewNop())
		if err := m.Load(); err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := open()
	if !m.Contains("TOOLS_CONSUMER") || !m.Contains("CID_RMQ_SYS_TRANS") {
		t.Error("a system group is missing")
	}
	if g, err := m.FindSubscriptionGroupConfig("g"); g != nil || err != nil {
		t.Errorf("made %+v, %v against the configuration", g, err)
	}
	auto.Store(true)
	if g, _ := m.FindSubscriptionGroupConfig("../g"); g != nil {
		t.Errorf("made %+v with an illegal name", g)
	}
	g, err := m.FindSubscriptionGroupConfig("g")
	if err != nil || g.RetryMaxTimes != 16 || g.RetryQueueNums != 1 || !g.ConsumeEnable {
		t.Errorf("made %+v, %v", g, err)
	}
	ordered := body.NewSubscriptionGroupConfig("ordered")
	ordered.RetryMaxTimes = 3
	if err := m.UpdateSubscriptionGroupConfig(ordered); err != nil {
		t.Fatal(err)
	}
	m = open()
	if g, _ := m.FindSubscriptionGroupConfig("ordered"); g == nil || g.RetryMaxTimes != 3 || !m.Contains("g") {
		t.Errorf("after a restart: %+v", g)
	}
	if err := m.DeleteSubscriptionGroupConfig("g"); err != nil || m.Contains("g") {
		t.Errorf("delete: %v", err)
	}
}
