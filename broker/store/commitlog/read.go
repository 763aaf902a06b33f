package commitlog

import (
	"encoding/binary"
	"fmt"

	"github.com/plumemq/plume/broker/store/mappedfile"
	"github.com/plumemq/plume/message"
)

// maxRecordExtra bounds a record's topic and properties, in bytes, with room for the host's IPv6 form.
const maxRecordExtra = 65535 + 32767 + message.MinRecordSize + 32

// ReadAt fills p from a physical offset. The bytes must lie in one file and be written; else it is mappedfile.ErrOutOfRange.
func (c *CommitLog) ReadAt(p []byte, offset int64) error { return c.queue.ReadAt(p, offset) }

// AppendRecordAt appends to dst the record at a physical offset, of which size is known (or 0 to read it from the log). It is
// checked: magic code, lengths, its own position and the body's checksum.
//
// Java: store.CommitLog#getMessage (5.5.0).
func (c *CommitLog) AppendRecordAt(dst []byte, offset int64, size int32) ([]byte, error) {
	if size == 0 {
		var err error
		if size, err = c.sizeAt(offset); err != nil {
			return dst, err
		}
	}
	if size < message.MinRecordSize || int64(size) > c.cfg.FileSize {
		return dst, fmt.Errorf("record of %d bytes at %d: %w", size, offset, message.ErrRecordSize)
	}
	if f := c.queue.Find(offset); f == nil || offset+int64(size) > f.End() {
		return dst, fmt.Errorf("record of %d bytes at %d: %w", size, offset, mappedfile.ErrOutOfRange)
	}
	begin := len(dst)
	dst = append(dst, make([]byte, size)...)
	if err := c.queue.ReadAt(dst[begin:], offset); err != nil {
		return dst[:begin], err
	}
	r, err := CheckRecord(dst[begin:], offset)
	if err != nil {
		return dst[:begin], err
	}
	if r.Size != size {
		return dst[:begin], fmt.Errorf("record at %d has %d bytes, not %d: %w", offset, r.Size, size, message.ErrRecordSize)
	}
	return dst, nil
}

// sizeAt is the length of the record at offset, by its header.
func (c *CommitLog) sizeAt(offset int64) (int32, error) {
	var header [4]byte
	if err := c.queue.ReadAt(header[:], offset); err != nil {
		return 0, err
	}
	return int32(binary.BigEndian.Uint32(header[:])), nil
}

// CheckRecord parses the record at the start of buf and makes sure that it is the one that was written at offset.
func CheckRecord(buf []byte, offset int64) (message.Record, error) {
	r, err := message.ParseRecord(buf)
	if err != nil {
		return r, err
	}
	if r.PhysicalOffset != offset {
		return r, fmt.Errorf("%w: it says that it lies at %d, not at %d", ErrMisplaced, r.PhysicalOffset, offset)
	}
	return r, r.CheckCRC()
}

// StoreTimestamp is the store time, in ms, of the record at a physical offset.
//
// Java: store.CommitLog#pickupStoreTimestamp (5.5.0).
func (c *CommitLog) StoreTimestamp(offset int64) (int64, error) {
	var header [68]byte
	n := min(int64(len(header)), c.wrote.Load()-offset)
	if n < 64 {
		return 0, fmt.Errorf("record header at %d: %w", offset, mappedfile.ErrOutOfRange)
	}
	if err := c.queue.ReadAt(header[:n], offset); err != nil {
		return 0, err
	}
	at := 56
	if message.SysFlag(binary.BigEndian.Uint32(header[36:]))&message.FlagBornHostV6 != 0 {
		at = 68
	}
	if int64(at+8) > n {
		return c.storeTimestampV6(offset)
	}
	return int64(binary.BigEndian.Uint64(header[at:])), nil
}

// storeTimestampV6 reads the store time behind a born host of 20 bytes.
func (c *CommitLog) storeTimestampV6(offset int64) (int64, error) {
	var stamp [8]byte
	if err := c.queue.ReadAt(stamp[:], offset+68); err != nil {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(stamp[:])), nil
}

// NextFile is the first offset of the file behind the one that holds offset. Java: store.CommitLog#rollNextFile (5.5.0).
func (c *CommitLog) NextFile(offset int64) int64 {
	return offset - offset%c.cfg.FileSize + c.cfg.FileSize
}
