package consumequeue

import (
	"encoding/binary"
	"math"
)

// UnitSize is the size of an entry, in bytes. Java: store.ConsumeQueue#CQ_STORE_UNIT_SIZE (5.5.0).
const UnitSize = 20

// Unit is an entry: one message.
type Unit struct {
	QueueOffset int64
	PhyOffset   int64
	Size        int32
	TagsCode    int64
}

// Blank says whether the entry only fills the place of a message that is not in the commit log.
func (u Unit) Blank() bool { return u.PhyOffset == 0 && u.Size == math.MaxInt32 }

// appendUnit appends an entry.
func appendUnit(dst []byte, phyOffset int64, size int32, tagsCode int64) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(phyOffset))
	dst = binary.BigEndian.AppendUint32(dst, uint32(size))
	return binary.BigEndian.AppendUint64(dst, uint64(tagsCode))
}

// appendBlanks appends n entries that say nothing. Java: store.ConsumeQueue#fillPreBlank (5.5.0).
func appendBlanks(dst []byte, n int64) []byte {
	for range n {
		dst = appendUnit(dst, 0, math.MaxInt32, 0)
	}
	return dst
}

// parseUnit reads an entry; b has at least UnitSize bytes. ok is false for what cannot be one.
func parseUnit(b []byte, queueOffset int64) (u Unit, ok bool) {
	_ = b[UnitSize-1]
	u = Unit{
		QueueOffset: queueOffset,
		PhyOffset:   int64(binary.BigEndian.Uint64(b)),
		Size:        int32(binary.BigEndian.Uint32(b[8:])),
		TagsCode:    int64(binary.BigEndian.Uint64(b[12:])),
	}
	return u, u.PhyOffset >= 0 && u.Size > 0
}
