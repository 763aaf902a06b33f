package simdisk

import (
	"errors"
	"fmt"

	"github.com/plumemq/plume/internal/disk"
)

// Kind is what an operation does.
type Kind int

// The operations that count and can fail.
const (
	Create Kind = iota
	Write
	Sync
	SyncDir
	Rename
	Remove
	Truncate
)

// Op is an operation about to happen.
type Op struct {
	Kind Kind
	Name string
	// Seq numbers the operations of the disk's life, from 1.
	Seq int
}

// ErrIO is a broken disk.
var ErrIO = errors.New("input/output error")

// Faults are the switches; the zero value is a perfect disk.
type Faults struct {
	// Capacity, in bytes, makes a write that needs more disk.ErrNoSpace; 0 is endless.
	Capacity int64
	// Fail is asked before each operation; its error is the operation's. A failed Sync loses track of what was dirty, as Linux
	// does: the next one succeeds and syncs nothing of it.
	Fail func(Op) error
	// FailRead is asked before each read.
	FailRead func(name string, off int64) error
	// Before is called before each operation, without the disk's lock: to wait, or to cut the power.
	Before func(Op)
}

// Inject replaces the switches.
func (d *Disk) Inject(f Faults) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = f
}

// Ops is how many operations there were.
func (d *Disk) Ops() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ops
}

// Corrupt changes one byte of a file, platter included.
func (d *Disk) Corrupt(name string, off int64, change func(byte) byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.present[name]
	if f == nil {
		return fmt.Errorf("corrupt %s: no such file", name)
	}
	for _, sectors := range []map[int64][]byte{f.mem, f.dur} {
		s := make([]byte, SectorSize)
		copy(s, sectors[off/SectorSize])
		s[off%SectorSize] = change(s[off%SectorSize])
		sectors[off/SectorSize] = s
	}
	return nil
}

// opLocked counts an operation and asks the switches about it.
func (d *Disk) opLocked(op Op) error {
	d.ops++
	op.Seq = d.ops
	if before := d.faults.Before; before != nil {
		boot := d.boot
		d.mu.Unlock()
		before(op)
		d.mu.Lock()
		if boot != d.boot {
			return ErrCrashed
		}
	}
	if d.faults.Fail != nil {
		return d.faults.Fail(op)
	}
	return nil
}

// roomLocked says how many of the sectors that a write adds still fit.
func (d *Disk) roomLocked(newSectors int) error {
	if d.faults.Capacity > 0 && newSectors > 0 && d.usedLocked()+int64(newSectors)*SectorSize > d.faults.Capacity {
		return disk.ErrNoSpace
	}
	return nil
}
