package consumer

import (
	"slices"
	"sync"

	"github.com/plumemq/plume/message"
)

// processQueueTable are the queues that this member has now. Safe for concurrent use; the zero value is ready.
//
// Java: client.impl.consumer.RebalanceImpl#processQueueTable.
type processQueueTable struct {
	mu      sync.Mutex
	byQueue map[message.MessageQueue]*processQueue
	change  chan struct{} // closed at the next change
}

func (t *processQueueTable) get(mq message.MessageQueue) *processQueue {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byQueue[mq]
}

// add puts a queue in unless it is there already.
func (t *processQueueTable) add(pq *processQueue) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byQueue[pq.mq] != nil {
		return false
	}
	if t.byQueue == nil {
		t.byQueue = map[message.MessageQueue]*processQueue{}
	}
	t.byQueue[pq.mq] = pq
	t.notifyLocked()
	return true
}

// remove takes exactly this queue out and drops it.
func (t *processQueueTable) remove(pq *processQueue) {
	pq.drop()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byQueue[pq.mq] == pq {
		delete(t.byQueue, pq.mq)
		t.notifyLocked()
	}
}

// replace drops a queue and puts another in its place; false when it was not in any more.
func (t *processQueueTable) replace(old, fresh *processQueue) bool {
	old.drop()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byQueue[old.mq] != old {
		return false
	}
	t.byQueue[old.mq] = fresh
	return true
}

// list are the queues in order, those of one topic or, with "", all.
func (t *processQueueTable) list(topic string) []*processQueue {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []*processQueue
	for mq, pq := range t.byQueue {
		if topic == "" || mq.Topic == topic {
			out = append(out, pq)
		}
	}
	slices.SortFunc(out, func(a, b *processQueue) int { return a.mq.Compare(b.mq) })
	return out
}

func (t *processQueueTable) all() []message.MessageQueue {
	var mqs []message.MessageQueue
	for _, pq := range t.list("") {
		mqs = append(mqs, pq.mq)
	}
	return mqs
}

func (t *processQueueTable) dropAll() {
	for _, pq := range t.list("") {
		t.remove(pq)
	}
}

// changed is closed at the next change of the table.
func (t *processQueueTable) changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.change == nil {
		t.change = make(chan struct{})
	}
	return t.change
}

func (t *processQueueTable) notifyLocked() {
	if t.change != nil {
		close(t.change)
		t.change = nil
	}
}
