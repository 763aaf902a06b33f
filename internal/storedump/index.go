package storedump

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

const (
	indexHeaderSize = 40
	indexSlotSize   = 4
	indexEntrySize  = 20
	defaultRatio    = 4 // entries to one slot
)

func (w *Walker) index() error {
	files, err := w.segments(PartIndex)
	if err != nil {
		return err
	}
	for _, s := range files {
		if err := w.indexFile(s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// indexFile walks the entries that the header counts. Slots are passed over: they lead to the entries in another order.
func (w *Walker) indexFile(s segment) error {
	f, err := w.Store.Open(s.name)
	if err != nil {
		return err
	}
	defer f.Close()
	var head [indexHeaderSize]byte
	if s.size < indexHeaderSize {
		return w.visit(&Damage{File: s.name, Err: fmt.Errorf("%d bytes are no header", s.size), Skipped: "rest of file"})
	}
	if _, err := io.ReadFull(f, head[:]); err != nil {
		return err
	}
	h, damage := w.indexHeader(s, head[:])
	if damage != nil {
		return w.visit(&Damage{File: s.name, Err: damage, Skipped: "rest of file"})
	}
	if err := w.visit(h); err != nil {
		return err
	}
	if err := skip(f, int64(h.Slots)*indexSlotSize); err != nil {
		return err
	}
	return w.entries(s, h, bufio.NewReaderSize(f, readAhead))
}

func (w *Walker) indexHeader(s segment, b []byte) (*IndexHeader, error) {
	be := binary.BigEndian
	h := &IndexHeader{
		File: s.name, BeginTimestamp: int64(be.Uint64(b)), EndTimestamp: int64(be.Uint64(b[8:])), BeginPhyOffset: int64(be.Uint64(b[16:])),
		EndPhyOffset: int64(be.Uint64(b[24:])), SlotsUsed: int32(be.Uint32(b[32:])), Entries: max(int32(be.Uint32(b[36:])), 1), Slots: w.Slots,
	}
	if h.Slots <= 0 {
		h.Slots = int32(min((s.size-indexHeaderSize)/(indexSlotSize+defaultRatio*indexEntrySize), math.MaxInt32))
	}
	room := (s.size - indexHeaderSize - int64(h.Slots)*indexSlotSize) / indexEntrySize
	if room < 0 || int64(h.Entries) > room {
		return nil, fmt.Errorf("the header counts %d entries, the file has room for %d", h.Entries, room)
	}
	return h, nil
}

// entries walks the entries, the first of which is number 1: number 0 means none.
func (w *Walker) entries(s segment, h *IndexHeader, in *bufio.Reader) error {
	var b [indexEntrySize]byte
	be := binary.BigEndian
	for n := int32(0); n < h.Entries; n++ {
		if _, err := io.ReadFull(in, b[:]); err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		e := &Entry{
			File: s.name, Number: n, KeyHash: int32(be.Uint32(b[:])), PhyOffset: int64(be.Uint64(b[4:])),
			Timestamp: h.BeginTimestamp + int64(int32(be.Uint32(b[12:])))*1000, Previous: int32(be.Uint32(b[16:])),
		}
		var err error
		switch at := indexHeaderSize + int64(h.Slots)*indexSlotSize + int64(n)*indexEntrySize; {
		case e.KeyHash < 0 || e.PhyOffset < 0 || e.Previous < 0 || e.Previous >= n:
			bad := fmt.Errorf("entry %d: hash %d, offset %d, older entry %d", n, e.KeyHash, e.PhyOffset, e.Previous)
			err = w.visit(&Damage{File: s.name, Offset: at, Err: bad, Skipped: "entry"})
		case e.PhyOffset >= w.From:
			err = w.visit(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
