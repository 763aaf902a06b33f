package commitlog

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/plumemq/plume/message"
)

// readChunk is how much a Reader loads at a time, in bytes.
const readChunk = 256 << 10

// Reader walks the log in order. It is for one goroutine.
type Reader struct {
	log    *CommitLog
	buf    []byte
	loaded []byte // of buf, from offset on
	offset int64
	inFile int64 // bytes from offset to the end of the file or limit, whichever is first
	wanted int64 // length of the record at offset, if it was found to be longer than what was loaded
}

// NewReader is a reader that stands at offset.
func (c *CommitLog) NewReader(offset int64) *Reader { return &Reader{log: c, offset: offset} }

// Offset is where the next record is expected.
func (r *Reader) Offset() int64 { return r.offset }

// SeekTo moves the reader.
func (r *Reader) SeekTo(offset int64) { r.offset, r.loaded, r.wanted = offset, nil, 0 }

// Load reads a piece of the log that ends at limit or before, and reports whether there is any. Records returned before it
// are no longer valid.
func (r *Reader) Load(limit int64) (bool, error) {
	r.loaded = nil
	f := r.log.queue.Find(r.offset)
	if f == nil || r.offset >= limit {
		return false, nil
	}
	r.inFile = min(f.End(), limit) - r.offset
	n := min(r.inFile, max(readChunk, r.wanted))
	if n <= 0 {
		return false, nil
	}
	r.grow(n)
	if err := r.log.queue.ReadAt(r.buf[:n], r.offset); err != nil {
		return false, err
	}
	r.loaded = r.buf[:n]
	return true, nil
}

// grow makes buf at least n bytes long; it starts small, as most logs are read as they are written.
func (r *Reader) grow(n int64) {
	if int64(len(r.buf)) < n {
		r.buf = make([]byte, max(n, 16<<10))
	} else if len(r.buf) > 4*readChunk && n <= readChunk {
		r.buf = make([]byte, readChunk)
	}
}

// need is how many bytes the next record takes, if its header is believable and says more than a chunk.
func (r *Reader) need() int64 {
	var header [120]byte
	if r.inFile < int64(len(header)) || r.log.queue.ReadAt(header[:], r.offset) != nil {
		return 0
	}
	size, ok := plausibleSize(header[:])
	if !ok {
		return 0
	}
	return size
}

// plausibleSize is the length that a record header gives, if the body's length agrees with it.
func plausibleSize(header []byte) (int64, bool) {
	size := int64(int32(binary.BigEndian.Uint32(header)))
	at := 48 + 8 + 8 + 8 + 4 + 8
	flags := message.SysFlag(binary.BigEndian.Uint32(header[36:]))
	if flags&message.FlagBornHostV6 != 0 {
		at += 12
	}
	if flags&message.FlagStoreHostV6 != 0 {
		at += 12
	}
	body := int64(int32(binary.BigEndian.Uint32(header[at:])))
	return size, body >= 0 && size > body && size-body <= maxRecordExtra
}

// Next is the next record of what was loaded. ok is false when more must be loaded first: behind the last whole record, and at
// the end of a file. Its strings and body are valid until the next Load.
func (r *Reader) Next() (record message.Record, ok bool, err error) {
	if len(r.loaded) == 0 {
		return record, false, nil
	}
	record, err = CheckRecord(r.loaded, r.offset)
	switch {
	case err == nil:
		r.loaded = r.loaded[record.Size:]
		r.offset += int64(record.Size)
		r.inFile -= int64(record.Size)
		r.wanted = 0
		return record, true, nil
	case errors.Is(err, message.ErrRecordBlank):
		return record, false, r.endFile(record.Size)
	case errors.Is(err, message.ErrRecordShort) && r.canLoadMore():
		return record, false, nil
	}
	return record, false, err
}

// endFile goes on behind the padding.
func (r *Reader) endFile(blank int32) error {
	next := r.log.NextFile(r.offset)
	if int64(blank) != next-r.offset {
		return fmt.Errorf("%w: padding of %d bytes, %d left in the file", message.ErrRecordSize, blank, next-r.offset)
	}
	r.SeekTo(next)
	return nil
}

// canLoadMore says whether a record that is cut short goes on behind what was loaded.
func (r *Reader) canLoadMore() bool {
	if int64(len(r.loaded)) >= r.inFile {
		return false
	}
	r.wanted = r.need()
	return len(r.loaded) < 8 || r.wanted > int64(len(r.loaded))
}

// Resync finds the next intact record behind offset, or the start of the next file behind intact padding. Without one before
// limit, found is false.
func (r *Reader) Resync(limit int64) (next int64, found bool, err error) {
	for at := r.offset + 1; at < limit; {
		r.SeekTo(at)
		more, err := r.Load(limit)
		if err != nil || !more {
			return 0, false, err
		}
		for i := 0; i+8 <= len(r.loaded); i++ {
			if !recordMagic(binary.BigEndian.Uint32(r.loaded[i+4:])) {
				continue
			}
			if next, ok := r.intactAt(at+int64(i), limit); ok {
				return next, true, nil
			}
			r.SeekTo(at)
			if _, err := r.Load(limit); err != nil {
				return 0, false, err
			}
		}
		step := int64(len(r.loaded) - 7)
		if step <= 0 || int64(len(r.loaded)) == r.inFile {
			step = r.inFile
		}
		at += step
	}
	return 0, false, nil
}

func recordMagic(m uint32) bool {
	return m == message.RecordMagicV1 || m == message.RecordMagicV2 || m == message.RecordMagicBlank
}

// intactAt says where to go on if there is an intact record or padding at offset.
func (r *Reader) intactAt(offset, limit int64) (int64, bool) {
	r.SeekTo(offset)
	for {
		if more, err := r.Load(limit); err != nil || !more {
			return 0, false
		}
		before := r.offset
		_, ok, err := r.Next()
		switch {
		case err != nil:
			return 0, false
		case ok:
			return offset, true
		case r.offset != before:
			return r.offset, true // padding
		}
	}
}
