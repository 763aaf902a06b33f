package mappedfile

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// TruncateTo makes offset the end: later files are removed, the rest of the file that holds it becomes zeros, so that no
// stale record can be mistaken for one written later. The first file stays, and with it the place in the numbering. The result
// is durable when it returns.
//
// Java: store.MappedFileQueue#truncateDirtyFiles (5.5.0), which leaves the stale bytes.
func (q *MappedFileQueue) TruncateTo(offset int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	var keep, drop []*MappedFile
	for i, f := range q.Files() {
		if f.from < offset || i == 0 {
			keep = append(keep, f)
		} else {
			drop = append(drop, f)
		}
	}
	if err := q.dropLocked(keep, drop); err != nil {
		return err
	}
	if len(keep) == 0 {
		return nil
	}
	return keep[len(keep)-1].endAt(offset)
}

// endAt clears the file from offset on, durably, unless it is written up to its end.
func (f *MappedFile) endAt(offset int64) error {
	pos := min(max(offset-f.from, 0), f.size)
	if pos < f.size {
		if err := f.clearFrom(pos); err != nil {
			return err
		}
		if err := f.file.Sync(); err != nil {
			return fmt.Errorf("sync %s: %w", f.name, err)
		}
	}
	f.setWrote(pos)
	return nil
}

// Scrub clears what a failed write may have left behind offset in the last file.
func (q *MappedFileQueue) Scrub(offset int64) error {
	f := q.Find(offset)
	if f == nil {
		return nil
	}
	return f.clearFrom(offset - f.from)
}

// DropBefore removes up to limit files that lie wholly before offset, oldest first, but never the last one. It returns how
// many went.
func (q *MappedFileQueue) DropBefore(offset int64, limit int) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	files := q.Files()
	n := 0
	for n < len(files)-1 && n < limit && files[n].from+q.fileSize <= offset {
		n++
	}
	return n, q.dropLocked(files[n:], files[:n])
}

// DropAll removes every file and the folder.
func (q *MappedFileQueue) DropAll() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.dropLocked(nil, q.Files()); err != nil {
		return err
	}
	if err := q.disk.Remove(q.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// dropLocked installs keep and removes drop: newest first, so that a crash in between leaves no gap below a file.
func (q *MappedFileQueue) dropLocked(keep, drop []*MappedFile) error {
	if len(drop) == 0 {
		return nil
	}
	kept := append([]*MappedFile(nil), keep...)
	q.files.Store(&kept)
	oldest := len(keep) > 0 && keep[0].from > drop[0].from
	var errs []error
	for i := range drop {
		f := drop[len(drop)-1-i]
		if oldest {
			f = drop[i]
		}
		errs = append(errs, f.release(), q.disk.Remove(f.name))
	}
	errs = append(errs, q.disk.SyncDir(q.dir))
	return errors.Join(errs...)
}

// ModTime is when the file was last written, by the file system.
func (q *MappedFileQueue) ModTime(f *MappedFile) (time.Time, error) {
	info, err := q.disk.Stat(f.name)
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// EndAt is TruncateTo for a queue that was closed cleanly: what lies behind offset is known to be zeros and is left alone.
// Files that begin behind it are removed.
func (q *MappedFileQueue) EndAt(offset int64) error {
	if last := q.Last(); last != nil && offset >= last.from {
		last.setWrote(min(offset-last.from, q.fileSize))
		return nil
	}
	return q.TruncateTo(offset)
}

// SyncFrom makes the files that hold offset and what follows durable, whether or not they are known to be.
func (q *MappedFileQueue) SyncFrom(offset int64) error {
	for _, f := range q.Files() {
		if f.from+q.fileSize <= offset {
			continue
		}
		if err := f.file.Sync(); err != nil {
			return fmt.Errorf("sync %s: %w", f.name, err)
		}
	}
	return q.disk.SyncDir(q.dir)
}
