// Package disk is the seam through which Plume reaches files, so that tests can lose what was not synced and fault switches
// can fill or slow a disk.
package disk

import (
	"io/fs"
)

// Disk is a file system. Names are slash-separated paths as given by the caller; errors satisfy errors.Is with fs.ErrNotExist
// and friends. Implementations are safe for concurrent use.
type Disk interface {
	// OpenFile opens name for reading and writing. With create it makes a missing file; size > 0 then gives the new file that
	// length, sparse. The name is durable only after SyncDir of its folder.
	OpenFile(name string, create bool, size int64) (File, error)
	// Rename replaces newName atomically; durable only after SyncDir.
	Rename(oldName, newName string) error
	// Remove deletes a file or an empty folder.
	Remove(name string) error
	// MkdirAll makes a folder and its parents.
	MkdirAll(name string) error
	// ReadDir lists a folder in name order.
	ReadDir(name string) ([]fs.DirEntry, error)
	// Stat describes a file.
	Stat(name string) (fs.FileInfo, error)
	// SyncDir makes the names in a folder durable.
	SyncDir(name string) error
	// Usage is the used share, 0 to 1, of the file system that holds name.
	Usage(name string) (float64, error)
	// Lock takes an exclusive lock on the file name, creating it, until the returned function is called. A lock held by another
	// process or holder is ErrLocked.
	Lock(name string) (unlock func() error, err error)
}

// File is an open file. ReadAt and WriteAt may be called concurrently on disjoint ranges.
type File interface {
	ReadAt(p []byte, off int64) (int, error)
	// WriteAt writes all of p at off or returns an error; it may reach the platter only after Sync.
	WriteAt(p []byte, off int64) (int, error)
	// Sync makes all written data and the length durable.
	Sync() error
	// SyncRange makes at least [off, off+n) durable, as Sync if the platform knows no better.
	SyncRange(off, n int64) error
	// Truncate changes the length.
	Truncate(size int64) error
	// Size is the present length.
	Size() (int64, error)
	// View maps [0, size) for reading. Bytes beyond what was written through WriteAt must not be touched: a hole on a full disk
	// faults. The view sees later WriteAts. It stays valid until release is called; on platforms without a coherent mapping
	// View returns ErrNoView and callers use ReadAt.
	View(size int64) (data []byte, release func() error, err error)
	Close() error
}
