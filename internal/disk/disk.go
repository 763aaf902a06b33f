// Package disk is the seam through which Plume reaches files, so that tests can lose what was not synced and fault switches
// can fill or slow a disk. [System] is the operating system's; package simdisk has the simulated one.
//
// All access is positional (pread, pwrite). Nothing is mapped into memory: an I/O error or a full disk stays an error that the
// caller sees, instead of a signal that kills the process.
package disk

import (
	"io"
	"io/fs"
)

// Disk is a file system. Names are slash-separated paths as given by the caller; errors satisfy errors.Is with fs.ErrNotExist
// and friends, and with ErrNoSpace. Implementations are safe for concurrent use.
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
	// process or holder is ErrLocked. It excludes Java's FileChannel.lock where the platform allows.
	Lock(name string) (unlock func() error, err error)
}

// File is an open file. ReadAt and WriteAt may be called concurrently on disjoint ranges.
type File interface {
	io.ReaderAt
	// WriteAt writes all of p at off or returns an error and how much was written; it may reach the platter only after Sync.
	io.WriterAt
	// Sync makes all written data and the length durable. After it failed nothing is known about what is: do not retry.
	Sync() error
	// Truncate changes the length. Growing leaves a hole of zeros; shrinking and growing again clears a tail.
	Truncate(size int64) error
	// Size is the present length.
	Size() (int64, error)
	Close() error
}
