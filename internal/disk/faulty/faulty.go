package faulty

import (
	"errors"
	"io/fs"
	"sync"
	"time"

	"github.com/plumemq/plume/internal/disk"
)

// ErrKilled is what every call says after [Disk.Kill].
var ErrKilled = errors.New("the process that used this disk is dead")

// Faults are the switches; the zero value is the disk as it is.
type Faults struct {
	// Delay is added to every write, truncation and sync.
	Delay time.Duration
	// Stall makes them wait until it is lifted.
	Stall bool
	// Full makes writes, and files that are to be made with a length, fail with disk.ErrNoSpace, and Usage report FullUsage.
	Full bool
}

// FullUsage is the used share of a disk that is full: above Apache's limit of 90 % and short of all, as for ordinary users.
const FullUsage = 0.97

// Disk is another disk with faults. Safe for concurrent use.
type Disk struct {
	next disk.Disk

	mu      sync.Mutex // owns all below
	faults  Faults
	dead    bool
	changed chan struct{} // closed at every change and replaced
}

// New passes everything on to next, until told otherwise.
func New(next disk.Disk) *Disk { return &Disk{next: next, changed: make(chan struct{})} }

// Set replaces the switches. Who waits because of the old ones looks at the new.
func (d *Disk) Set(f Faults) { d.change(func() { d.faults = f }) }

// Kill ends all access, as the death of the process does: what was written stays, nothing more is. Locks can still be given up.
func (d *Disk) Kill() { d.change(func() { d.dead = true }) }

func (d *Disk) change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *Disk) now() (f Faults, dead bool, changed <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.faults, d.dead, d.changed
}

// alive fails when everything does.
func (d *Disk) alive() error {
	if _, dead, _ := d.now(); dead {
		return ErrKilled
	}
	return nil
}

// slow waits as long as the disk makes its users wait.
func (d *Disk) slow() error {
	began := time.Now()
	for {
		f, dead, changed := d.now()
		left := f.Delay - time.Since(began)
		switch {
		case dead:
			return ErrKilled
		case f.Stall:
			<-changed
		case left <= 0:
			return nil
		default:
			t := time.NewTimer(left)
			select {
			case <-t.C:
			case <-changed:
			}
			t.Stop()
		}
	}
}

// room waits like slow, and fails for want of room.
func (d *Disk) room(op, name string) error {
	if err := d.slow(); err != nil {
		return err
	}
	if f, _, _ := d.now(); f.Full {
		return &fs.PathError{Op: op, Path: name, Err: disk.ErrNoSpace}
	}
	return nil
}

// OpenFile implements disk.Disk.
func (d *Disk) OpenFile(name string, create bool, size int64) (disk.File, error) {
	if err := d.alive(); err != nil {
		return nil, err
	}
	if create && size > 0 {
		if err := d.room("open", name); err != nil {
			return nil, err
		}
	}
	f, err := d.next.OpenFile(name, create, size)
	if err != nil {
		return nil, err
	}
	return &file{File: f, disk: d, name: name}, nil
}

// Rename implements disk.Disk.
func (d *Disk) Rename(oldName, newName string) error {
	if err := d.slow(); err != nil {
		return err
	}
	return d.next.Rename(oldName, newName)
}

// Remove implements disk.Disk.
func (d *Disk) Remove(name string) error {
	if err := d.alive(); err != nil {
		return err
	}
	return d.next.Remove(name)
}

// MkdirAll implements disk.Disk.
func (d *Disk) MkdirAll(name string) error {
	if err := d.alive(); err != nil {
		return err
	}
	return d.next.MkdirAll(name)
}

// ReadDir implements disk.Disk.
func (d *Disk) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := d.alive(); err != nil {
		return nil, err
	}
	return d.next.ReadDir(name)
}

// Stat implements disk.Disk.
func (d *Disk) Stat(name string) (fs.FileInfo, error) {
	if err := d.alive(); err != nil {
		return nil, err
	}
	return d.next.Stat(name)
}

// SyncDir implements disk.Disk.
func (d *Disk) SyncDir(name string) error {
	if err := d.slow(); err != nil {
		return err
	}
	return d.next.SyncDir(name)
}

// Usage implements disk.Disk.
func (d *Disk) Usage(name string) (float64, error) {
	f, dead, _ := d.now()
	switch {
	case dead:
		return 0, ErrKilled
	case f.Full:
		return FullUsage, nil
	}
	return d.next.Usage(name)
}

// UsedBytes is the space used on the file system that holds name; disk.System has it, a simulation may not.
func (d *Disk) UsedBytes(name string) (int64, error) {
	sized, ok := d.next.(interface {
		UsedBytes(name string) (int64, error)
	})
	if _, dead, _ := d.now(); dead {
		return 0, ErrKilled
	}
	if !ok {
		return 0, errors.ErrUnsupported
	}
	return sized.UsedBytes(name) //nolint:wrapcheck // as the disk below says it
}

// Lock implements disk.Disk.
func (d *Disk) Lock(name string) (func() error, error) {
	if err := d.alive(); err != nil {
		return nil, err
	}
	return d.next.Lock(name)
}

// file is an open file under its disk's faults. Size and Close always work.
type file struct {
	disk.File
	disk *Disk
	name string
}

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	if err := f.disk.alive(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	if err := f.disk.room("write", f.name); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, off)
}

func (f *file) Sync() error {
	if err := f.disk.slow(); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *file) Truncate(size int64) error {
	if err := f.disk.slow(); err != nil {
		return err
	}
	return f.File.Truncate(size)
}
