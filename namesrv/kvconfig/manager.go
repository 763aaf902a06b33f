package kvconfig

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"sync"

	"github.com/plumemq/plume/internal/disk"
)

// NamespaceOrderTopicConfig holds, by topic, the "brokerName:queues;..." of ordered topics.
const NamespaceOrderTopicConfig = "ORDER_TOPIC_CONFIG"

// ErrCorrupt says that the file and its backup cannot be read as kvConfig.json. Starting all the same would lose their values
// at the next write.
var ErrCorrupt = errors.New("kvConfig.json is not readable")

// Manager holds the values and writes them through to the file. Safe for concurrent use.
//
// Java: namesrv.kvconfig.KVConfigManager (5.5.0).
type Manager struct {
	disk disk.Disk
	path string // empty: nothing is kept

	mu          sync.RWMutex
	configTable map[string]map[string]string // namespace, key
}

// content is kvConfig.json.
type content struct {
	ConfigTable map[string]map[string]string `json:"configTable"`
}

// Load reads the values from path, or from its .bak when path cannot be read; neither existing is an empty table. An empty path
// keeps everything in memory. The error is [ErrCorrupt] or the disk's.
//
// Java: namesrv.kvconfig.KVConfigManager#load (5.5.0).
func Load(d disk.Disk, path string) (*Manager, error) {
	m := &Manager{disk: d, path: path, configTable: make(map[string]map[string]string)}
	if path == "" {
		return m, nil
	}
	table, err := read(d, path)
	if err != nil {
		backup, backupErr := read(d, path+".bak")
		if backupErr != nil || len(backup) == 0 {
			return nil, err
		}
		table = backup
	}
	for namespace, values := range table {
		if values != nil {
			m.configTable[namespace] = values
		}
	}
	return m, nil
}

func read(d disk.Disk, name string) (map[string]map[string]string, error) {
	data, err := readFile(d, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(data) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var c content
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrCorrupt, name, err)
	}
	return c.ConfigTable, nil
}

// PutKVConfig sets a value. It returns once the file holds it; after an error the value stands in memory only.
//
// Java: namesrv.kvconfig.KVConfigManager#putKVConfig (5.5.0).
func (m *Manager) PutKVConfig(namespace, key, value string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	values := m.configTable[namespace]
	if values == nil {
		values = make(map[string]string)
		m.configTable[namespace] = values
	}
	values[key] = value
	return m.persistLocked()
}

// DeleteKVConfig removes a value; one that is not there is no error.
//
// Java: namesrv.kvconfig.KVConfigManager#deleteKVConfig (5.5.0).
func (m *Manager) DeleteKVConfig(namespace, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.configTable[namespace], key)
	return m.persistLocked()
}

// GetKVConfig is a value, and whether there is one.
//
// Java: namesrv.kvconfig.KVConfigManager#getKVConfig (5.5.0).
func (m *Manager) GetKVConfig(namespace, key string) (string, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	value, ok := m.configTable[namespace][key]
	return value, ok
}

// GetKVListByNamespace is a copy of a namespace's values; false when the namespace was never written to.
//
// Java: namesrv.kvconfig.KVConfigManager#getKVListByNamespace (5.5.0).
func (m *Manager) GetKVListByNamespace(namespace string) (map[string]string, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	values, ok := m.configTable[namespace]
	return maps.Clone(values), ok
}

// persistLocked replaces the file by way of a temporary one, keeping the last as .bak.
//
// Java: namesrv.kvconfig.KVConfigManager#persist (5.5.0).
func (m *Manager) persistLocked() error {
	if m.path == "" {
		return nil
	}
	data, err := json.Marshal(content{m.configTable})
	if err != nil {
		return fmt.Errorf("encode %s: %w", m.path, err)
	}
	if err := replaceFile(m.disk, m.path, data); err != nil {
		return fmt.Errorf("persist KV config: %w", err)
	}
	return nil
}
