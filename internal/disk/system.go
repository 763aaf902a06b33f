package disk

import (
	"errors"
	"io/fs"
	"os"
)

// System is the operating system's file system.
var System Disk = system{}

type system struct{}

func (system) OpenFile(name string, create bool, size int64) (File, error) {
	flag := os.O_RDWR
	if create {
		flag |= os.O_CREATE
	}
	f, err := os.OpenFile(name, flag, 0o644)
	if err != nil {
		return nil, explain(err)
	}
	if create && size > 0 {
		if err := extend(f, size); err != nil {
			return nil, errors.Join(explain(err), f.Close())
		}
	}
	return systemFile{f}, nil
}

// extend gives an empty file its length and leaves any other alone.
func extend(f *os.File, size int64) error {
	info, err := f.Stat()
	if err != nil || info.Size() != 0 {
		return err
	}
	return f.Truncate(size)
}

func (system) Rename(oldName, newName string) error { return explain(os.Rename(oldName, newName)) }

func (system) Remove(name string) error { return os.Remove(name) }

func (system) MkdirAll(name string) error { return explain(os.MkdirAll(name, 0o755)) }

func (system) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

func (system) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

func (system) SyncDir(name string) error { return syncDir(name) }

func (system) Usage(name string) (float64, error) { return usage(name) }

// UsedBytes is the space used on the file system that holds name. Not every Disk has it.
func (system) UsedBytes(name string) (int64, error) { return usedBytes(name) }

func (system) Lock(name string) (func() error, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, explain(err)
	}
	if err := lock(f); err != nil {
		return nil, errors.Join(&fs.PathError{Op: "lock", Path: name, Err: err}, f.Close())
	}
	return f.Close, nil // closing drops the lock
}

type systemFile struct{ f *os.File }

func (s systemFile) ReadAt(p []byte, off int64) (int, error) { return s.f.ReadAt(p, off) }

func (s systemFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := s.f.WriteAt(p, off)
	return n, explain(err)
}

func (s systemFile) Sync() error { return explain(syncFile(s.f)) }

func (s systemFile) Truncate(size int64) error { return explain(s.f.Truncate(size)) }

func (s systemFile) Close() error { return s.f.Close() }

func (s systemFile) Size() (int64, error) {
	info, err := s.f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// explain makes the platform's errors for a full disk satisfy ErrNoSpace.
func explain(err error) error {
	if err != nil && isNoSpace(err) {
		return noSpaceError{err}
	}
	return err
}
