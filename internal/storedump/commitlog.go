package storedump

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/plumemq/plume/message"
)

// maxRecord bounds what is read at once, in bytes: brokers take messages of 4 MiB unless told otherwise.
const maxRecord = 64 << 20

const readAhead = 256 << 10

func (w *Walker) commitLog() error {
	files, err := w.segments(PartCommitLog)
	if err != nil {
		return err
	}
	for i, s := range files {
		if s.start+s.size <= w.From {
			continue
		}
		if i > 0 {
			if end := files[i-1].start + files[i-1].size; end != s.start {
				gap := fmt.Errorf("the file before ends at %d, this one begins at %d", end, s.start)
				if err := w.visit(&Damage{File: s.name, Err: gap, Skipped: "gap"}); err != nil {
					return err
				}
			}
		}
		if err := w.commitLogFile(s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// commitLogFile walks a file's records, up to the blank at its end or to what was never written.
func (w *Walker) commitLogFile(s segment) error {
	f, err := w.Store.Open(s.name)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, readAhead)
	var buf []byte
	for at := int64(0); at < s.size; {
		size, damage := peekSize(in, s.size-at)
		if damage != nil {
			return w.visit(&Damage{File: s.name, Offset: at, Err: damage, Skipped: "rest of file"})
		}
		if size == 0 {
			return nil
		}
		buf = grow(buf, size)
		if _, err := io.ReadFull(in, buf); err != nil {
			return err
		}
		end, err := w.record(s, at, buf)
		if err != nil || end {
			return err
		}
		at += int64(size)
	}
	return nil
}

// peekSize is the length of the record that comes next; 0 where nothing was written.
func peekSize(in *bufio.Reader, left int64) (int, error) {
	head, err := in.Peek(int(min(left, 8)))
	switch {
	case err != nil:
		return 0, fmt.Errorf("the file ends early: %w", err)
	case len(head) < 8 && isZero(head):
		return 0, nil
	case len(head) < 8:
		return 0, fmt.Errorf("%w: %d bytes left", message.ErrRecordShort, len(head))
	}
	size, magic := int64(int32(binary.BigEndian.Uint32(head))), binary.BigEndian.Uint32(head[4:])
	switch {
	case size == 0 && magic == 0:
		return 0, nil
	case magic == message.RecordMagicBlank:
		return 8, nil
	case magic != message.RecordMagicV1 && magic != message.RecordMagicV2:
		return 0, fmt.Errorf("%w: %#x", message.ErrRecordMagic, magic)
	case size < message.MinRecordSize || size > maxRecord || size > left:
		return 0, fmt.Errorf("%w: %d bytes, of %d left", message.ErrRecordSize, size, left)
	}
	return int(size), nil
}

// record shows one record, or what is wrong with it. end says that the rest of the file is a blank.
func (w *Walker) record(s segment, at int64, data []byte) (end bool, err error) {
	r := Record{File: s.name, Offset: s.start + at}
	r.Record, err = message.ParseRecord(data)
	if errors.Is(err, message.ErrRecordBlank) {
		return true, nil
	}
	if err == nil {
		err = r.CheckCRC()
	}
	if err == nil && r.PhysicalOffset != r.Offset {
		err = fmt.Errorf("the record says that it lies at %d", r.PhysicalOffset)
	}
	if err != nil {
		return false, w.visit(&Damage{File: s.name, Offset: at, Err: err, Skipped: "record"})
	}
	if r.Offset < w.From || w.Topic != "" && r.Topic != w.Topic || w.HasQueue && int(r.QueueID) != w.Queue {
		return false, nil
	}
	return false, w.visit(&r)
}

// grow is buf with n bytes; a much too large one is given back.
func grow(buf []byte, n int) []byte {
	if cap(buf) < n || cap(buf) > readAhead && n < cap(buf)/4 {
		return make([]byte, n, max(n, 4096))
	}
	return buf[:n]
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
