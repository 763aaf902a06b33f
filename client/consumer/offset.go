package consumer

import (
	"context"
	"errors"
	"sync"

	"github.com/plumemq/plume/message"
)

// errNoOffset says that the group never committed an offset for the queue.
var errNoOffset = errors.New("no offset stored")

// offsetStore remembers how far the group (or, broadcasting, this member) is with each queue. update and memory are cheap;
// fetch, persist and persistAll may do I/O.
//
// Java: client.consumer.store.OffsetStore.
type offsetStore interface {
	// load prepares the store; called once, at the start.
	load() error
	// fetch is the stored offset of a queue that was just assigned; errNoOffset if there is none.
	fetch(ctx context.Context, mq message.MessageQueue) (int64, error)
	// memory is the offset in memory, or -1.
	memory(mq message.MessageQueue) int64
	// update moves the offset in memory; increaseOnly ignores a step back.
	update(mq message.MessageQueue, offset int64, increaseOnly bool)
	// persist stores one queue's offset if it changed, and waits until it is.
	persist(ctx context.Context, mq message.MessageQueue)
	// persistAll stores every offset that changed; last means that there is no next time, so that it must wait until they are.
	persistAll(ctx context.Context, last bool)
	// forget drops a queue from memory.
	forget(mq message.MessageQueue)
}

// offsetTable is the memory of both stores. Safe for concurrent use.
type offsetTable struct {
	mu      sync.Mutex
	offsets map[message.MessageQueue]trackedOffset
}

type trackedOffset struct {
	value int64
	dirty bool // changed since it was last persisted
}

func (t *offsetTable) memory(mq message.MessageQueue) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if o, ok := t.offsets[mq]; ok {
		return o.value
	}
	return -1
}

func (t *offsetTable) update(mq message.MessageQueue, offset int64, increaseOnly bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old, ok := t.offsets[mq]
	if ok && (old.value == offset || increaseOnly && offset < old.value) {
		return
	}
	t.setLocked(mq, trackedOffset{value: offset, dirty: true})
}

// loaded puts in what the store said, unless memory already knows better.
func (t *offsetTable) loaded(mq message.MessageQueue, offset int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.offsets[mq]; !ok {
		t.setLocked(mq, trackedOffset{value: offset})
	}
}

func (t *offsetTable) setLocked(mq message.MessageQueue, o trackedOffset) {
	if t.offsets == nil {
		t.offsets = map[message.MessageQueue]trackedOffset{}
	}
	t.offsets[mq] = o
}

func (t *offsetTable) forget(mq message.MessageQueue) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.offsets, mq)
}

// takeDirty returns the changed offsets and counts them as stored.
func (t *offsetTable) takeDirty() map[message.MessageQueue]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	changed := map[message.MessageQueue]int64{}
	for mq, o := range t.offsets {
		if o.dirty {
			changed[mq] = o.value
			t.offsets[mq] = trackedOffset{value: o.value}
		}
	}
	return changed
}

// takeDirtyOf is takeDirty for one queue.
func (t *offsetTable) takeDirtyOf(mq message.MessageQueue) (int64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o, ok := t.offsets[mq]
	if !ok || !o.dirty {
		return 0, false
	}
	t.offsets[mq] = trackedOffset{value: o.value}
	return o.value, true
}

// failed marks an offset as changed again, since storing it did not work.
func (t *offsetTable) failed(mq message.MessageQueue) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if o, ok := t.offsets[mq]; ok {
		t.offsets[mq] = trackedOffset{value: o.value, dirty: true}
	}
}
