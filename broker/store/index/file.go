package index

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/plumemq/plume/internal/disk"
)

const (
	headerSize   = 40
	slotSize     = 4
	entrySize    = 20
	pageSlots    = 1024 // slots per page in memory
	invalidIndex = 0
)

// header is the head of a file.
type header struct {
	beginTimestamp, endTimestamp int64 // ms
	beginPhyOffset, endPhyOffset int64
	slotCount                    int32
	count                        int32 // number of the next entry; the first is 1
}

// IndexFile is one file. It is safe for concurrent use.
//
// Java: store.index.IndexFile (5.5.0).
type IndexFile struct {
	name     string
	file     disk.File
	slots    int32
	capacity int32

	flushedEnd atomic.Int64 // physical offset of the last message on disk, -1 without one

	mu      sync.Mutex // guards the rest
	header  header
	pages   [][]int32 // slots, loaded when first touched; nil once the file is full and flushed
	dirty   []bool    // pages that differ from the file
	pending []byte    // entries not written yet: they end at header.count
}

// fileSize is the size of a file. Java rounds nothing either.
func fileSize(slots, entries int32) int64 {
	return headerSize + int64(slots)*slotSize + int64(entries)*entrySize
}

// openFile opens a file, or makes it.
func openFile(d disk.Disk, name string, slots, entries int32, create bool) (*IndexFile, error) {
	size := fileSize(slots, entries)
	file, err := d.OpenFile(name, create, size)
	if err != nil {
		return nil, err
	}
	f := &IndexFile{name: name, file: file, slots: slots, capacity: entries}
	pages := (slots + pageSlots - 1) / pageSlots
	f.pages, f.dirty = make([][]int32, pages), make([]bool, pages)
	actual, err := file.Size()
	if err == nil && actual != size {
		err = fmt.Errorf("%s has %d bytes, not %d: %w", name, actual, size, ErrForeignFile)
	}
	if err == nil {
		err = f.readHeader()
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return f, nil
}

func (f *IndexFile) readHeader() error {
	var b [headerSize]byte
	if _, err := f.file.ReadAt(b[:], 0); err != nil {
		return fmt.Errorf("read %s: %w", f.name, err)
	}
	be := binary.BigEndian
	f.header = header{
		beginTimestamp: int64(be.Uint64(b[0:])), endTimestamp: int64(be.Uint64(b[8:])),
		beginPhyOffset: int64(be.Uint64(b[16:])), endPhyOffset: int64(be.Uint64(b[24:])),
		slotCount: int32(be.Uint32(b[32:])), count: int32(be.Uint32(b[36:])),
	}
	f.header.count = max(f.header.count, 1)
	f.flushedEnd.Store(-1)
	if f.header.count > 1 {
		f.flushedEnd.Store(f.header.endPhyOffset)
	}
	if f.header.count > f.capacity {
		return fmt.Errorf("%s counts %d entries of %d: %w", f.name, f.header.count, f.capacity, ErrForeignFile)
	}
	return nil
}

// putKey adds an entry; false means that the file is full.
//
// Java: store.index.IndexFile#putKey (5.5.0).
func (f *IndexFile) putKey(hash int32, phyOffset, storeTimestamp int64) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := &f.header
	if h.count >= f.capacity {
		return false, nil
	}
	page, i, err := f.slotLocked(hash % f.slots)
	if err != nil {
		return false, err
	}
	previous := page[i]
	if previous < invalidIndex || previous >= h.count {
		previous = invalidIndex
	}
	if h.count <= 1 {
		h.beginPhyOffset, h.beginTimestamp = phyOffset, storeTimestamp
	}
	seconds := min(max((storeTimestamp-h.beginTimestamp)/1000, 0), math.MaxInt32)
	f.pending = binary.BigEndian.AppendUint32(f.pending, uint32(hash))
	f.pending = binary.BigEndian.AppendUint64(f.pending, uint64(phyOffset))
	f.pending = binary.BigEndian.AppendUint32(f.pending, uint32(seconds))
	f.pending = binary.BigEndian.AppendUint32(f.pending, uint32(previous))
	page[i] = h.count
	f.dirty[hash%f.slots/pageSlots] = true
	if previous == invalidIndex {
		h.slotCount++
	}
	h.count++
	h.endPhyOffset, h.endTimestamp = phyOffset, storeTimestamp
	return true, nil
}

// slotLocked is the page of a slot and the slot's place in it.
func (f *IndexFile) slotLocked(slot int32) (page []int32, i int32, err error) {
	p := slot / pageSlots
	if f.pages[p] == nil {
		if f.pages[p], err = f.readPage(p); err != nil {
			return nil, 0, err
		}
	}
	return f.pages[p], slot % pageSlots, nil
}

// readPage reads a page of slots from the file.
func (f *IndexFile) readPage(p int32) ([]int32, error) {
	n := min(pageSlots, f.slots-p*pageSlots)
	b := make([]byte, n*slotSize)
	if _, err := f.file.ReadAt(b, pageOffset(p)); err != nil {
		return nil, fmt.Errorf("read slots of %s: %w", f.name, err)
	}
	page := make([]int32, n)
	for i := range page {
		page[i] = int32(binary.BigEndian.Uint32(b[i*slotSize:]))
	}
	return page, nil
}

func pageOffset(p int32) int64 { return headerSize + int64(p)*pageSlots*slotSize }

func (f *IndexFile) entryOffset(i int32) int64 {
	return headerSize + int64(f.slots)*slotSize + int64(i)*entrySize
}

// commit writes the entries added since the last one. After an error they are kept for the next.
func (f *IndexFile) commit() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.commitLocked()
}

func (f *IndexFile) commitLocked() error {
	if len(f.pending) == 0 {
		return nil
	}
	first := f.header.count - int32(len(f.pending)/entrySize)
	if _, err := f.file.WriteAt(f.pending, f.entryOffset(first)); err != nil {
		return fmt.Errorf("write %s: %w", f.name, err)
	}
	f.pending = f.pending[:0]
	if cap(f.pending) > 256<<10 {
		f.pending = nil
	}
	return nil
}

// flush writes entries, slots and header, and makes them durable.
//
// Java: store.index.IndexFile#flush (5.5.0).
func (f *IndexFile) flush() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.commitLocked(); err != nil {
		return err
	}
	clean := true
	var b []byte
	for p := range f.dirty {
		if !f.dirty[p] {
			continue
		}
		b, clean = b[:0], false
		for _, v := range f.pages[p] {
			b = binary.BigEndian.AppendUint32(b, uint32(v))
		}
		if _, err := f.file.WriteAt(b, pageOffset(int32(p))); err != nil {
			return fmt.Errorf("write slots of %s: %w", f.name, err)
		}
		f.dirty[p] = false
	}
	if clean {
		return nil
	}
	return f.writeHeaderLocked()
}

func (f *IndexFile) writeHeaderLocked() error {
	h, be := &f.header, binary.BigEndian
	b := make([]byte, 0, headerSize)
	for _, v := range []int64{h.beginTimestamp, h.endTimestamp, h.beginPhyOffset, h.endPhyOffset} {
		b = be.AppendUint64(b, uint64(v))
	}
	b = be.AppendUint32(be.AppendUint32(b, uint32(h.slotCount)), uint32(h.count))
	if _, err := f.file.WriteAt(b, 0); err != nil {
		return fmt.Errorf("write header of %s: %w", f.name, err)
	}
	if err := f.file.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", f.name, err)
	}
	f.flushedEnd.Store(h.endPhyOffset)
	if h.count >= f.capacity {
		f.pages = make([][]int32, len(f.pages)) // full: queries read what they need
	}
	return nil
}

// consistent says whether every slot points to an entry that the header counts.
func (f *IndexFile) consistent() (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for p := range f.pages {
		page, err := f.readPage(int32(p))
		if err != nil {
			return false, err
		}
		for _, v := range page {
			if v < invalidIndex || v >= f.header.count {
				return false, nil
			}
		}
	}
	return true, nil
}

// info is the header now.
func (f *IndexFile) info() header {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.header
}
