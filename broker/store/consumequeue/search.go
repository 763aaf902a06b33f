package consumequeue

import (
	"fmt"
	"sort"
)

// firstFrom is the first queue offset in [from, max) whose message lies at phyOffset or behind, max when there is none.
// Blanks count as the message that follows them.
func (q *ConsumeQueue) firstFrom(from, phyOffset int64) (int64, error) {
	count := q.max.Load() - from
	var failed error
	i := sort.Search(int(max(count, 0)), func(i int) bool {
		u, err := q.nextReal(from + int64(i))
		if err != nil {
			failed = err
			return true
		}
		return u.Size == 0 || u.PhyOffset >= phyOffset
	})
	if failed != nil {
		return 0, failed
	}
	u, err := q.nextReal(from + int64(i))
	if err != nil || u.Size == 0 {
		return q.max.Load(), err
	}
	return u.QueueOffset, nil
}

// countBelow is the queue offset behind the last entry of a message before phyOffset. It usually looks at one entry only.
func (q *ConsumeQueue) countBelow(phyOffset int64) (int64, error) {
	end := q.max.Load()
	if last, ok, err := q.Get(end - 1); err != nil || ok && last.PhyOffset < phyOffset {
		return end, err
	}
	return q.firstFrom(max(q.files.MinOffset()/UnitSize, q.min.Load()), phyOffset)
}

// nextReal is the first entry from queueOffset on that is not blank; its size is 0 when there is none.
func (q *ConsumeQueue) nextReal(queueOffset int64) (Unit, error) {
	const chunk = 1024
	for n := 1; queueOffset < q.max.Load(); n = chunk {
		units, err := q.Read(nil, queueOffset, n)
		if err != nil {
			return Unit{}, err
		}
		for _, u := range units {
			if !u.Blank() {
				return u, nil
			}
		}
		queueOffset += int64(len(units))
	}
	return Unit{}, nil
}

// CorrectMinOffset makes the queue begin with the first message that lies at minPhyOffset or behind.
//
// Java: store.ConsumeQueue#correctMinOffset (5.5.0).
func (q *ConsumeQueue) CorrectMinOffset(minPhyOffset int64) error {
	from := max(q.files.MinOffset()/UnitSize, q.min.Load())
	first, err := q.firstFrom(from, minPhyOffset)
	if err != nil {
		return err
	}
	q.min.Store(first)
	return nil
}

// DropBefore removes the files that hold nothing at minPhyOffset or behind, never the last one.
//
// Java: store.ConsumeQueue#deleteExpiredFile (5.5.0).
func (q *ConsumeQueue) DropBefore(minPhyOffset int64) (int, error) {
	if err := q.CorrectMinOffset(minPhyOffset); err != nil {
		return 0, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.files.DropBefore(q.min.Load()*UnitSize, len(q.files.Files()))
}

// OffsetByTime finds a message by its store time, which timeOf reads from the commit log. Lower is the first message at or
// after the time, or the max offset; with upper it is the last at or before it, or 0.
//
// Java: store.ConsumeQueue#getOffsetInQueueByTime (5.5.0).
func (q *ConsumeQueue) OffsetByTime(timestamp int64, upper bool, timeOf func(phyOffset int64) (int64, error)) (int64, error) {
	from, end := q.min.Load(), q.max.Load()
	var failed error
	i := sort.Search(int(max(end-from, 0)), func(i int) bool {
		u, err := q.nextReal(from + int64(i))
		if err != nil || u.Size == 0 {
			failed = err
			return true
		}
		stored, err := timeOf(u.PhyOffset)
		if err != nil {
			failed = fmt.Errorf("store time of queue offset %d: %w", u.QueueOffset, err)
			return true
		}
		if upper {
			return stored > timestamp
		}
		return stored >= timestamp
	})
	if failed != nil {
		return 0, failed
	}
	if upper {
		return max(from+int64(i)-1, 0), nil
	}
	return from + int64(i), nil
}
