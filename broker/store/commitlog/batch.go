package commitlog

import (
	"context"
	"encoding/binary"

	"github.com/plumemq/plume/message"
)

// maxSpareBuffer is the largest buffer kept for the next batch, in bytes.
const maxSpareBuffer = 1 << 20

// batch is what one write will take: the encoded records of many puts.
type batch struct {
	buf     []byte
	extents []extent
	puts    []*put
	traced  []context.Context // of the puts that record
	stored  int64             // store timestamp of the last record, ms
}

// extent is a run of a batch's bytes that lie in one file.
type extent struct {
	offset int64 // physical
	begin  int   // in buf
	end    int
}

// reset empties the batch and keeps its memory within reason.
func (b *batch) reset() {
	if cap(b.buf) > maxSpareBuffer {
		b.buf = nil
	}
	clear(b.puts)
	clear(b.traced)
	*b = batch{buf: b.buf[:0], extents: b.extents[:0], puts: b.puts[:0], traced: b.traced[:0]}
}

// append encodes a put's records for physical offset at.
func (b *batch) append(p *put, record *message.Record, items []batchItem, at, fileSize int64) {
	begin := len(b.buf)
	record.QueueOffset, record.PhysicalOffset = p.queueOffset, at
	if items == nil {
		b.buf = message.AppendRecord(b.buf, record)
	}
	for i, item := range items {
		record.QueueOffset = p.queueOffset + int64(i)
		record.PhysicalOffset = at + int64(len(b.buf)-begin)
		record.Flag, record.Body, record.BodyCRC, record.Properties = item.flag, item.body, 0, item.properties
		p.result.AppendResult.offsets[i] = record.PhysicalOffset
		b.buf = message.AppendRecord(b.buf, record)
	}
	b.extend(at, begin, fileSize)
	b.puts = append(b.puts, p)
	b.stored = record.StoreTimestamp
	if p.step.On() {
		b.traced = append(b.traced, p.ctx)
	}
}

// appendBlank ends a file that has room bytes left: the reader goes on with the next.
func (b *batch) appendBlank(at, room int64) {
	begin := len(b.buf)
	b.buf = binary.BigEndian.AppendUint32(b.buf, uint32(room))
	b.buf = binary.BigEndian.AppendUint32(b.buf, message.RecordMagicBlank)
	b.extend(at, begin, 0)
}

// extend adds the bytes from begin on, destined for physical offset at, to the last extent if they follow it in the same file.
func (b *batch) extend(at int64, begin int, fileSize int64) {
	if n := len(b.extents); n > 0 {
		last := &b.extents[n-1]
		follows := last.offset+int64(last.end-last.begin) == at
		if follows && (fileSize == 0 || at%fileSize != 0) {
			last.end = len(b.buf)
			return
		}
	}
	b.extents = append(b.extents, extent{offset: at, begin: begin, end: len(b.buf)})
}

// encodedSize is the length of all records of a put.
func encodedSize(record *message.Record, items []batchItem) int64 {
	if items == nil {
		return int64(record.EncodedSize())
	}
	r := *record
	var size int64
	for _, item := range items {
		r.Body, r.Properties = item.body, item.properties
		size += int64(r.EncodedSize())
	}
	return size
}
