package config

import "sync"

// Shared is a table of client instances by client id. Roles that carry the same Shared and have the same client id use one
// instance: one set of connections, one route table, one heartbeat. Safe for concurrent use; the zero value is ready.
//
// Java: client.impl.MQClientManager (5.5.0), which is one per process.
type Shared struct {
	mu   sync.Mutex
	byID map[string]any
}

// Join returns the entry for id, making it if there is none. It runs make and joined under the table's lock: joined may
// refuse an entry that is on its way out, which is then replaced.
func Join[T any](s *Shared, id string, joined func(T) bool, make func() (T, error)) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.byID[id].(T); ok && joined(v) {
		return v, nil
	}
	v, err := make()
	if err != nil {
		return v, err
	}
	if s.byID == nil {
		s.byID = map[string]any{}
	}
	s.byID[id] = v
	return v, nil
}

// Leave removes the entry for id if it is still v.
func (s *Shared) Leave(id string, v any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID[id] == v {
		delete(s.byID, id)
	}
}
