package subscription

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/plumemq/plume/broker/configfile"
	"github.com/plumemq/plume/internal/clock"
	"github.com/plumemq/plume/message"
	"github.com/plumemq/plume/remoting/protocol/body"
	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

var errName = errors.New("subscriptionGroup.json holds a group with an illegal name")

// Config is what a [SubscriptionGroupManager] needs to know of the broker.
type Config struct {
	// AutoCreateSubscriptionGroup is asked whenever an unknown group appears, for it may change while the broker runs.
	AutoCreateSubscriptionGroup func() bool
}

// SubscriptionGroupManager owns the groups. A *body.SubscriptionGroupConfig that it hands out must not be changed. Safe for
// concurrent use; look-ups of known groups take no lock.
//
// Java: broker.subscription.SubscriptionGroupManager (5.5.0).
type SubscriptionGroupManager struct {
	cfg   Config
	file  *configfile.File
	clock clock.Clock
	log   *zap.Logger

	current atomic.Pointer[body.SubscriptionGroupWrapper] // immutable
	mu      sync.Mutex                                    // held by who replaces current
}

// systemGroups are the groups that every broker has. Java: SubscriptionGroupManager#init (5.5.0).
func systemGroups() []string {
	return []string{
		"TOOLS_CONSUMER", "FILTERSRV_CONSUMER", "SELF_TEST_C_GROUP", "CID_ONS-HTTP-PROXY", "CID_ONSAPI_PULL",
		"CID_ONSAPI_PERMISSION", "CID_ONSAPI_OWNER", "CID_RMQ_SYS_TRANS",
	}
}

// NewSubscriptionGroupManager has the system's groups. Load adds those of the file.
func NewSubscriptionGroupManager(cfg Config, file *configfile.File, c clock.Clock, log *zap.Logger) *SubscriptionGroupManager {
	m := &SubscriptionGroupManager{cfg: cfg, file: file, clock: c, log: log}
	groups := map[string]body.SubscriptionGroupConfig{}
	for _, name := range systemGroups() {
		groups[name] = body.NewSubscriptionGroupConfig(name)
	}
	m.current.Store(&body.SubscriptionGroupWrapper{SubscriptionGroupTable: groups})
	return m
}

// Load reads subscriptionGroup.json over the system's groups. A missing file is a new broker's.
func (m *SubscriptionGroupManager) Load() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := m.file.Load(m.decodeLocked)
	return err
}

func (m *SubscriptionGroupManager) decodeLocked(data []byte) error {
	var loaded body.SubscriptionGroupWrapper
	if err := loaded.Decode(data); err != nil {
		return err
	}
	groups := maps.Clone(m.current.Load().SubscriptionGroupTable)
	for name, g := range loaded.SubscriptionGroupTable {
		if g.GroupName == "" {
			g.GroupName = name
		}
		if message.ValidateGroup(g.GroupName) != nil {
			return fmt.Errorf("%w: %q", errName, g.GroupName)
		}
		groups[g.GroupName] = g
	}
	loaded.SubscriptionGroupTable = groups
	m.current.Store(&loaded)
	return nil
}

// FindSubscriptionGroupConfig is the group, made with Apache's defaults if it is unknown and groups may be made so; nil if not.
// The error is that of writing the file.
//
// Java: SubscriptionGroupManager#findSubscriptionGroupConfig (5.5.0).
func (m *SubscriptionGroupManager) FindSubscriptionGroupConfig(group string) (*body.SubscriptionGroupConfig, error) {
	if g, ok := m.current.Load().SubscriptionGroupTable[group]; ok {
		return &g, nil
	}
	if !m.cfg.AutoCreateSubscriptionGroup() || message.ValidateGroup(group) != nil {
		return nil, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if g, ok := m.current.Load().SubscriptionGroupTable[group]; ok {
		return &g, nil
	}
	group = strings.Clone(group) // it is part of a request
	g := body.NewSubscriptionGroupConfig(group)
	if err := m.editLocked(func(groups map[string]body.SubscriptionGroupConfig) { groups[group] = g }); err != nil {
		return nil, err
	}
	m.log.Info("consumer group created", zap.String("group", group))
	return &g, nil
}

// Contains says whether the group exists, and never makes it.
func (m *SubscriptionGroupManager) Contains(group string) bool {
	_, ok := m.current.Load().SubscriptionGroupTable[group]
	return ok
}

// GetForbidden are the permission bits that a group lacks for a topic.
func (m *SubscriptionGroupManager) GetForbidden(group, topic string) int32 {
	return m.current.Load().ForbiddenTable[group][topic]
}

// UpdateSubscriptionGroupConfig creates or replaces a group.
//
// Java: SubscriptionGroupManager#updateSubscriptionGroupConfig (5.5.0).
func (m *SubscriptionGroupManager) UpdateSubscriptionGroupConfig(g body.SubscriptionGroupConfig) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.log.Info("consumer group updated", zap.String("group", g.GroupName))
	return m.editLocked(func(groups map[string]body.SubscriptionGroupConfig) { groups[g.GroupName] = g })
}

// DeleteSubscriptionGroupConfig forgets a group.
func (m *SubscriptionGroupManager) DeleteSubscriptionGroupConfig(group string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.Contains(group) {
		return nil
	}
	m.log.Info("consumer group deleted", zap.String("group", group))
	return m.editLocked(func(groups map[string]body.SubscriptionGroupConfig) { delete(groups, group) })
}

// editLocked replaces the table by a changed copy, once that copy is on disk.
func (m *SubscriptionGroupManager) editLocked(change func(map[string]body.SubscriptionGroupConfig)) error {
	next := *m.current.Load()
	next.SubscriptionGroupTable = maps.Clone(next.SubscriptionGroupTable)
	change(next.SubscriptionGroupTable)
	next.DataVersion = next.DataVersion.Next(m.clock.Now().UnixMilli())
	if err := m.file.Store(fastjson.MarshalPretty(&next)); err != nil {
		return err
	}
	m.current.Store(&next)
	return nil
}

// Persist writes the file if anything changed since it was written.
func (m *SubscriptionGroupManager) Persist() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.file.Store(fastjson.MarshalPretty(m.current.Load()))
}

// Snapshot is all groups. It must not be changed.
func (m *SubscriptionGroupManager) Snapshot() *body.SubscriptionGroupWrapper { return m.current.Load() }
