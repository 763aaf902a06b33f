package mappedfile

import (
	"errors"
	"fmt"
	"io"
	"path"
	"sync/atomic"

	"github.com/plumemq/plume/internal/disk"
)

// MappedFile is one file of a queue of files. Reads may run concurrently with each other and with one writer.
//
// Java: store.logfile.DefaultMappedFile (5.5.0).
type MappedFile struct {
	name string
	from int64
	size int64
	file disk.File

	wrote   atomic.Int64 // bytes that may be read
	flushed atomic.Int64 // bytes known to be on the platter
	named   atomic.Bool  // the folder was synced since the file was created
	refs    atomic.Int32 // readers, and one for the queue; the file closes with the last
}

// open opens or creates the file that starts at offset from.
func open(d disk.Disk, dir string, from, size int64, create bool) (*MappedFile, error) {
	name := path.Join(dir, FileName(from))
	f, err := d.OpenFile(name, create, size)
	if err != nil {
		return nil, err
	}
	m := &MappedFile{name: name, from: from, size: size, file: f}
	m.refs.Store(1)
	m.named.Store(!create)
	return m, nil
}

// FileName is the name of the file that starts at an offset: 20 digits.
func FileName(from int64) string { return fmt.Sprintf("%020d", from) }

// Name is the path of the file.
func (f *MappedFile) Name() string { return f.name }

// From is the offset of the file's first byte.
func (f *MappedFile) From() int64 { return f.from }

// End is the offset behind the last byte that may be read.
func (f *MappedFile) End() int64 { return f.from + f.wrote.Load() }

// Full says whether every byte of the file counts as written.
func (f *MappedFile) Full() bool { return f.wrote.Load() == f.size }

// acquire keeps the file open for a reader; false means it is going away.
func (f *MappedFile) acquire() bool {
	for {
		n := f.refs.Load()
		if n <= 0 {
			return false
		}
		if f.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release undoes acquire; the last one closes.
func (f *MappedFile) release() error {
	if f.refs.Add(-1) == 0 {
		return f.file.Close()
	}
	return nil
}

// readAt fills p from position pos. It is ErrOutOfRange when that is not all written.
func (f *MappedFile) readAt(p []byte, pos int64) error {
	if pos < 0 || pos+int64(len(p)) > f.wrote.Load() || !f.acquire() {
		return fmt.Errorf("read %d bytes at %d of %s: %w", len(p), pos, f.name, ErrOutOfRange)
	}
	n, err := f.file.ReadAt(p, pos)
	if n == len(p) && errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, f.release())
}

// setWrote moves the ends after recovery: everything before pos counts as written and flushed.
func (f *MappedFile) setWrote(pos int64) {
	f.wrote.Store(pos)
	f.flushed.Store(pos)
}

// flush makes what is written durable.
func (f *MappedFile) flush() error {
	wrote := f.wrote.Load()
	if wrote <= f.flushed.Load() || !f.acquire() {
		return nil
	}
	if err := f.file.Sync(); err != nil {
		return errors.Join(fmt.Errorf("sync %s: %w", f.name, err), f.release())
	}
	f.flushed.Store(wrote)
	return f.release()
}

// clearFrom makes zeros of everything from pos on. A crash may leave the file cut off at pos: Load knows.
func (f *MappedFile) clearFrom(pos int64) error {
	if err := f.file.Truncate(pos); err != nil {
		return fmt.Errorf("clear %s from %d: %w", f.name, pos, err)
	}
	if err := f.file.Truncate(f.size); err != nil {
		return fmt.Errorf("clear %s from %d: %w", f.name, pos, err)
	}
	return nil
}

// MarkFull says that nothing more will be written: what is left counts as written padding.
func (f *MappedFile) MarkFull() { f.wrote.Store(f.size) }

// Dirty is how many bytes were written and not flushed.
func (f *MappedFile) Dirty() int64 { return f.wrote.Load() - f.flushed.Load() }
