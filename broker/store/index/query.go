package index

import (
	"encoding/binary"
	"fmt"
)

// Result is what a query found.
type Result struct {
	// PhyOffsets are of messages whose key has the right hash, newest first; the caller compares the keys.
	PhyOffsets []int64
	// LastTimestamp, in ms, and LastPhyOffset are of the newest entry of all.
	LastTimestamp int64
	LastPhyOffset int64
}

// Query finds up to limit messages with a key, stored between begin and end (ms, inclusive).
//
// Java: store.index.IndexService#queryOffset (5.5.0).
func (s *IndexService) Query(topic, key string, limit int, begin, end int64) (Result, error) {
	var res Result
	files := s.list()
	for i := len(files) - 1; i >= 0; i-- {
		f := files[i]
		h := f.info()
		if i == len(files)-1 {
			res.LastTimestamp, res.LastPhyOffset = h.endTimestamp, h.endPhyOffset
		}
		if h.count > 1 && begin <= h.endTimestamp && end >= h.beginTimestamp {
			found, err := f.selectPhyOffset(keyHash(topic, key), limit-len(res.PhyOffsets), begin, end)
			if err != nil {
				return res, err
			}
			res.PhyOffsets = append(res.PhyOffsets, found...)
		}
		if h.beginTimestamp < begin || len(res.PhyOffsets) >= limit {
			break
		}
	}
	return res, nil
}

// selectPhyOffset follows a slot's chain. Java: store.index.IndexFile#selectPhyOffset (5.5.0).
func (f *IndexFile) selectPhyOffset(hash int32, limit int, begin, end int64) (found []int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next, err := f.slotValueLocked(hash % f.slots)
	if err != nil {
		return nil, err
	}
	bound := f.header.count
	for len(found) < limit && next > invalidIndex && next < bound {
		e, err := f.entryLocked(next)
		if err != nil {
			return found, err
		}
		if e.seconds < 0 {
			break
		}
		at := f.header.beginTimestamp + int64(e.seconds)*1000
		if e.hash == hash && at >= begin-999 && at <= end {
			found = append(found, e.phyOffset)
		}
		if at < begin-999 {
			break
		}
		bound, next = next, e.previous // a chain only leads to older entries
	}
	return found, nil
}

func (f *IndexFile) slotValueLocked(slot int32) (int32, error) {
	if page := f.pages[slot/pageSlots]; page != nil {
		return page[slot%pageSlots], nil
	}
	var b [slotSize]byte
	if _, err := f.file.ReadAt(b[:], headerSize+int64(slot)*slotSize); err != nil {
		return 0, fmt.Errorf("read slot of %s: %w", f.name, err)
	}
	return int32(binary.BigEndian.Uint32(b[:])), nil
}

type entry struct {
	hash      int32
	phyOffset int64
	seconds   int32
	previous  int32
}

// entryLocked is an entry, from memory if it was not written yet.
func (f *IndexFile) entryLocked(i int32) (entry, error) {
	var b [entrySize]byte
	first := f.header.count - int32(len(f.pending)/entrySize)
	if i >= first {
		copy(b[:], f.pending[(i-first)*entrySize:])
	} else if _, err := f.file.ReadAt(b[:], f.entryOffset(i)); err != nil {
		return entry{}, fmt.Errorf("read entry %d of %s: %w", i, f.name, err)
	}
	be := binary.BigEndian
	return entry{
		hash: int32(be.Uint32(b[:])), phyOffset: int64(be.Uint64(b[4:])),
		seconds: int32(be.Uint32(b[12:])), previous: int32(be.Uint32(b[16:])),
	}, nil
}
