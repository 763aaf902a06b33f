package mappedfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/plumemq/plume/internal/disk"
)

// MappedFileQueue is the run of files in one folder. Reads and listings may run concurrently with everything; appending,
// truncating and deleting are for one owner at a time.
//
// Java: store.MappedFileQueue (5.5.0).
type MappedFileQueue struct {
	disk     disk.Disk
	dir      string
	fileSize int64

	files   atomic.Pointer[[]*MappedFile] // immutable, in order of offset
	mu      sync.Mutex                    // guards replacing files
	flushMu sync.Mutex                    // one flush at a time
}

// NewQueue is the queue of files of fileSize bytes in dir, before Load.
func NewQueue(d disk.Disk, dir string, fileSize int64) *MappedFileQueue {
	q := &MappedFileQueue{disk: d, dir: dir, fileSize: fileSize}
	q.files.Store(&[]*MappedFile{})
	return q
}

// FileSize is the size of every file, in bytes.
func (q *MappedFileQueue) FileSize() int64 { return q.fileSize }

// Dir is the folder.
func (q *MappedFileQueue) Dir() string { return q.dir }

// Files is the present list, oldest first; it must not be changed.
func (q *MappedFileQueue) Files() []*MappedFile { return *q.files.Load() }

// Load opens the files that are there; a missing folder is an empty queue. Every byte of them counts as written and flushed
// until TruncateTo says otherwise. An empty last file, left by a crash, is removed. Anything that is not a file of this queue,
// a wrong size and a missing file in between are ErrForeignFile.
//
// Java: store.MappedFileQueue#load (5.5.0).
func (q *MappedFileQueue) Load() error {
	entries, err := q.disk.ReadDir(q.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	offsets, err := q.offsets(entries)
	if err != nil {
		return err
	}
	files := make([]*MappedFile, 0, len(offsets))
	for i, from := range offsets {
		f, err := q.loadFile(from, i == len(offsets)-1)
		if err != nil {
			return errors.Join(err, closeAll(files))
		}
		if f != nil {
			files = append(files, f)
		}
	}
	q.files.Store(&files)
	return nil
}

// offsets are the first offsets of the files in a folder's listing, ascending and without gaps.
func (q *MappedFileQueue) offsets(entries []fs.DirEntry) ([]int64, error) {
	var offsets []int64
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		from, err := strconv.ParseInt(e.Name(), 10, 64)
		if err != nil || len(e.Name()) != 20 || from < 0 || from%q.fileSize != 0 {
			return nil, fmt.Errorf("%s: %w (files here are named by offset, in steps of %d)", path.Join(q.dir, e.Name()), ErrForeignFile, q.fileSize)
		}
		offsets = append(offsets, from)
	}
	sort.Slice(offsets, func(i, j int) bool { return offsets[i] < offsets[j] })
	for i := 1; i < len(offsets); i++ {
		if missing := offsets[i-1] + q.fileSize; offsets[i] != missing {
			return nil, fmt.Errorf("%s is missing: %w", path.Join(q.dir, FileName(missing)), ErrForeignFile)
		}
	}
	return offsets, nil
}

// loadFile opens one file, or removes it and returns nil when it is the last one and empty.
func (q *MappedFileQueue) loadFile(from int64, last bool) (*MappedFile, error) {
	f, err := open(q.disk, q.dir, from, q.fileSize, false)
	if err != nil {
		return nil, err
	}
	size, err := f.file.Size()
	switch {
	case err != nil:
		return nil, errors.Join(err, f.release())
	case size == 0 && last:
		return nil, errors.Join(f.release(), q.disk.Remove(f.name))
	case size != q.fileSize:
		return nil, errors.Join(fmt.Errorf("%s has %d bytes, not %d: %w", f.name, size, q.fileSize, ErrForeignFile), f.release())
	}
	f.setWrote(q.fileSize)
	return f, nil
}

// Last is the newest file, or nil.
func (q *MappedFileQueue) Last() *MappedFile {
	files := q.Files()
	if len(files) == 0 {
		return nil
	}
	return files[len(files)-1]
}

// Find is the file that holds offset, or nil.
func (q *MappedFileQueue) Find(offset int64) *MappedFile {
	files := q.Files()
	if len(files) == 0 || offset < files[0].from {
		return nil
	}
	i := (offset - files[0].from) / q.fileSize
	if i >= int64(len(files)) {
		return nil
	}
	return files[i]
}

// MinOffset is the offset of the first byte, 0 without files.
func (q *MappedFileQueue) MinOffset() int64 {
	if files := q.Files(); len(files) > 0 {
		return files[0].from
	}
	return 0
}

// MaxOffset is the offset behind the last byte that may be read, 0 without files.
func (q *MappedFileQueue) MaxOffset() int64 {
	if last := q.Last(); last != nil {
		return last.End()
	}
	return 0
}

// Create makes the file that starts at from, which must follow the last one if there is any. Its name is durable after Flush.
func (q *MappedFileQueue) Create(from int64) (*MappedFile, error) {
	if err := q.disk.MkdirAll(q.dir); err != nil {
		return nil, err
	}
	f, err := open(q.disk, q.dir, from, q.fileSize, true)
	if err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	old := q.Files()
	files := append(old[:len(old):len(old)], f)
	q.files.Store(&files)
	return f, nil
}

// ReadAt fills p from offset; the bytes must lie in one file. It is ErrOutOfRange when they are not there.
func (q *MappedFileQueue) ReadAt(p []byte, offset int64) error {
	f := q.Find(offset)
	if f == nil {
		return fmt.Errorf("read %d bytes at %d of %s: %w", len(p), offset, q.dir, ErrOutOfRange)
	}
	return f.readAt(p, offset-f.from)
}

// Flush makes everything written so far durable, names included, and returns the offset up to which it is. After an error
// nothing may be assumed about what was not durable before.
func (q *MappedFileQueue) Flush() (durable int64, err error) {
	q.flushMu.Lock()
	defer q.flushMu.Unlock()
	for _, f := range q.Files() {
		if err := f.flush(); err != nil {
			return 0, err
		}
		if f.named.CompareAndSwap(false, true) {
			if err := q.disk.SyncDir(q.dir); err != nil {
				f.named.Store(false)
				return 0, fmt.Errorf("sync folder %s: %w", q.dir, err)
			}
		}
		durable = f.from + f.flushed.Load()
	}
	return durable, nil
}

// Close closes the files once their readers are done.
func (q *MappedFileQueue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	files := q.Files()
	q.files.Store(&[]*MappedFile{})
	return closeAll(files)
}

func closeAll(files []*MappedFile) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.release())
	}
	return errors.Join(errs...)
}
