package kvconfig

import (
	"context"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/clock"
)

// When the values are logged: Apache's times.
const (
	firstPrint = time.Minute
	printEvery = 10 * time.Minute
)

// PrintAllPeriodically logs every value a minute after it was called and then every ten, until ctx is done. Run it once.
//
// Java: namesrv.kvconfig.KVConfigManager#printAllPeriodically (5.5.0).
func (m *Manager) PrintAllPeriodically(ctx context.Context, c clock.Clock, log *zap.Logger) {
	for wait := firstPrint; clock.Sleep(ctx, c, wait) == nil; wait = printEvery {
		m.printAll(log)
	}
}

func (m *Manager) printAll(log *zap.Logger) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	log.Info("configTable", zap.Int("namespaces", len(m.configTable)))
	for _, namespace := range slices.Sorted(maps.Keys(m.configTable)) {
		values := m.configTable[namespace]
		for _, key := range slices.Sorted(maps.Keys(values)) {
			log.Info("configTable", zap.String("namespace", namespace), zap.String("key", key), zap.String("value", values[key]))
		}
	}
}
