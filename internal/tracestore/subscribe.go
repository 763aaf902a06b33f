package tracestore

// Subscription tells one listener which traces changed. However slow the listener, it costs at most one id per changed trace.
type Subscription struct {
	store   *Store
	ready   chan struct{}        // holds one token while pending is not empty
	pending map[TraceID]struct{} // guarded by store.mu
}

// Subscribe starts to collect changes: spans added, a trace become complete, a link found to it. Close the subscription when done.
func (s *Store) Subscribe() *Subscription {
	sub := &Subscription{store: s, ready: make(chan struct{}, 1), pending: map[TraceID]struct{}{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subs[sub] = struct{}{}
	return sub
}

// Ready receives when there are changes to [Subscription.Take].
func (sub *Subscription) Ready() <-chan struct{} { return sub.ready }

// Take returns the traces that changed since the last Take, in no order.
func (sub *Subscription) Take() []TraceID {
	sub.store.mu.Lock()
	defer sub.store.mu.Unlock()
	ids := make([]TraceID, 0, len(sub.pending))
	for id := range sub.pending {
		ids = append(ids, id)
	}
	clear(sub.pending)
	return ids
}

// Close ends the subscription.
func (sub *Subscription) Close() {
	sub.store.mu.Lock()
	defer sub.store.mu.Unlock()
	delete(sub.store.subs, sub)
}

func (s *Store) notifyLocked(id TraceID) {
	for sub := range s.subs {
		sub.pending[id] = struct{}{}
		select {
		case sub.ready <- struct{}{}:
		default:
		}
	}
}
