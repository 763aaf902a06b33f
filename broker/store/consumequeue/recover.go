package consumequeue

import (
	"fmt"
	"sort"

	"github.com/plumemq/plume/broker/store/mappedfile"
)

// recoverFiles is how many files at the end are looked through after a crash.
const recoverFiles = 3

// load opens the files and finds the end of the queue: the first entry that cannot be one. After a clean stop the entries of
// the last file are known to lie without a hole.
//
// Java: store.ConsumeQueue#recover (5.5.0).
func (q *ConsumeQueue) load(clean bool) error {
	load := q.files.LoadDerived // whatever is missing will be built again
	if clean {
		load = func() error { return q.files.Load(mappedfile.NothingDoubtful) }
	}
	if err := load(); err != nil {
		return err
	}
	files := q.files.Files()
	if len(files) == 0 {
		return nil
	}
	q.max.Store(q.files.MaxOffset() / UnitSize) // all readable while looking
	q.min.Store(q.files.MinOffset() / UnitSize)
	first := files[max(0, len(files)-recoverFiles)].From() / UnitSize
	find := q.firstInvalid
	if clean {
		first, find = files[len(files)-1].From()/UnitSize, q.searchInvalid
	}
	end, err := find(first)
	if err != nil {
		return err
	}
	if err := q.endAt(end, clean); err != nil || clean {
		return err
	}
	return q.files.SyncFrom(first * UnitSize) // what a killed process wrote is in memory only
}

// endAt makes end the offset behind the last entry.
func (q *ConsumeQueue) endAt(end int64, clean bool) error {
	cut := q.files.TruncateTo
	if clean {
		cut = q.files.EndAt
	}
	if err := cut(end * UnitSize); err != nil {
		return fmt.Errorf("consume queue %s/%d: %w", q.topic, q.queueID, err)
	}
	q.pending = nil
	q.next = end
	q.max.Store(end)
	q.min.Store(min(q.min.Load(), end))
	return nil
}

// firstInvalid looks at every entry from first on.
func (q *ConsumeQueue) firstInvalid(first int64) (int64, error) {
	const chunk = 3276 // 64 KiB
	buf := make([]byte, chunk*UnitSize)
	perFile := q.files.FileSize() / UnitSize
	for at, end := first, q.max.Load(); at < end; {
		n := min(chunk, perFile-at%perFile)
		if err := q.files.ReadAt(buf[:n*UnitSize], at*UnitSize); err != nil {
			return 0, err
		}
		for i := range n {
			if _, ok := parseUnit(buf[i*UnitSize:], at+i); !ok {
				return at + i, nil
			}
		}
		at += n
	}
	return q.max.Load(), nil
}

// searchInvalid halves its way to the first entry that is none.
func (q *ConsumeQueue) searchInvalid(first int64) (int64, error) {
	var failed error
	n := sort.Search(int(q.max.Load()-first), func(i int) bool {
		_, ok, err := q.Get(first + int64(i))
		if err != nil {
			failed = err
		}
		return !ok
	})
	return first + int64(n), failed
}

// truncate drops the entries of messages at phyOffset or behind.
//
// Java: store.ConsumeQueue#truncateDirtyLogicFiles (5.5.0).
func (q *ConsumeQueue) truncate(phyOffset int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.writeTailLocked(false); err != nil {
		return err
	}
	from := max(q.files.MinOffset()/UnitSize, q.max.Load()-recoverFiles*q.files.FileSize()/UnitSize)
	end, err := q.firstFrom(from, phyOffset)
	if err != nil || end >= q.max.Load() {
		return err
	}
	return q.endAt(end, false)
}

// maxPhyOffset is the offset behind the last message that has an entry; 0 without one.
func (q *ConsumeQueue) maxPhyOffset() (int64, error) {
	for at := q.max.Load() - 1; at >= q.min.Load(); at-- {
		u, ok, err := q.Get(at)
		if err != nil {
			return 0, err
		}
		if ok && !u.Blank() {
			return u.PhyOffset + int64(u.Size), nil
		}
	}
	return 0, nil
}
