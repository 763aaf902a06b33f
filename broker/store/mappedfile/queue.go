package mappedfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
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
// until TruncateTo says otherwise. Anything that is not a file of this queue, a wrong size and a missing file in between are
// ErrForeignFile. But after a crash files at doubtful or behind may have lost their names or their lengths: there the first one
// that is missing or has a wrong size ends the queue, and it and those behind it are removed; this is so too when no file
// begins at doubtful or before. A last file that is cut short at doubtful or behind gets its length back: whoever cut it was about to
// do so, see clearFrom. Without a crash doubtful is [NothingDoubtful].
//
// Java: store.MappedFileQueue#load (5.5.0), which forgives an empty last file only.
func (q *MappedFileQueue) Load(doubtful int64) error { return q.load(doubtful, doubtful, doubtful) }

// LoadDerived is Load after a crash for a queue that can be built again: every file is doubtful, and it may begin anywhere.
func (q *MappedFileQueue) LoadDerived() error { return q.load(0, NothingDoubtful, NothingDoubtful) }

// load opens the files; without one at first or before there are none to be had. From whole on a last file may be cut short.
func (q *MappedFileQueue) load(doubtful, first, whole int64) error {
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
	if err := q.mendLast(offsets, whole); err != nil {
		return err
	}
	for i, from := range offsets {
		f, err := q.loadFile(from, i, files)
		if err == nil && i == 0 && from > first {
			err = errors.Join(fmt.Errorf("what comes before %s is missing: %w", f.name, ErrForeignFile), f.release())
		}
		if err == nil {
			files = append(files, f)
			continue
		}
		if i > 0 {
			from = min(from, offsets[i-1]+q.fileSize) // what is missing counts, not what was found
		}
		emptyLast := errors.Is(err, errEmpty) && i == len(offsets)-1
		if !errors.Is(err, ErrForeignFile) || !emptyLast && from < doubtful {
			return errors.Join(err, closeAll(files))
		}
		if err := q.forget(offsets[i:]); err != nil {
			return errors.Join(err, closeAll(files))
		}
		break
	}
	q.files.Store(&files)
	return nil
}

// NothingDoubtful is for a queue that was closed cleanly.
const NothingDoubtful int64 = math.MaxInt64

// errEmpty is a file that a crash left before it had its length.
var errEmpty = fmt.Errorf("empty file: %w", ErrForeignFile)

// offsets are the first offsets of the files in a folder's listing, ascending.
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
	return offsets, nil
}

// mendLast gives the last file its length if it ends between whole and where it should.
func (q *MappedFileQueue) mendLast(offsets []int64, whole int64) error {
	if len(offsets) == 0 {
		return nil
	}
	from := offsets[len(offsets)-1]
	f, err := open(q.disk, q.dir, from, q.fileSize, false)
	if err != nil {
		return err
	}
	size, err := f.file.Size()
	if err == nil && size > 0 && size < q.fileSize && from+size >= whole {
		err = f.file.Truncate(q.fileSize)
	}
	return errors.Join(err, f.release())
}

// loadFile opens the i-th file, which must follow those before it and have the right size.
func (q *MappedFileQueue) loadFile(from int64, i int, before []*MappedFile) (*MappedFile, error) {
	if i > 0 && before[i-1].from+q.fileSize != from {
		return nil, fmt.Errorf("%s is missing: %w", path.Join(q.dir, FileName(before[i-1].from+q.fileSize)), ErrForeignFile)
	}
	f, err := open(q.disk, q.dir, from, q.fileSize, false)
	if err != nil {
		return nil, err
	}
	size, err := f.file.Size()
	switch {
	case err == nil && size == 0:
		err = fmt.Errorf("%s: %w", f.name, errEmpty)
	case err == nil && size != q.fileSize:
		err = fmt.Errorf("%s has %d bytes, not %d: %w", f.name, size, q.fileSize, ErrForeignFile)
	}
	if err != nil {
		return nil, errors.Join(err, f.release())
	}
	f.setWrote(q.fileSize)
	return f, nil
}

// forget removes files that a crash has left incomplete, newest first.
func (q *MappedFileQueue) forget(offsets []int64) error {
	for i := len(offsets) - 1; i >= 0; i-- {
		if err := q.disk.Remove(path.Join(q.dir, FileName(offsets[i]))); err != nil {
			return err
		}
	}
	return q.disk.SyncDir(q.dir)
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
	files := append(slices.Clone(old), f)
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
