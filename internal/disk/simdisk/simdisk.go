package simdisk

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/plumemq/plume/internal/disk"
)

// SectorSize is what a crash keeps or loses as a whole, in bytes.
const SectorSize = 512

// ErrCrashed is what files and locks of before the last Crash or Kill give.
var ErrCrashed = errors.New("simulated disk: the machine went down")

// Disk is a simulated disk. It is safe for concurrent use.
type Disk struct {
	mu      sync.Mutex
	random  *rand.Rand
	present map[string]*inode // names as programs see them; folders are nil
	platter map[string]*inode // names that survive a crash
	changed []nameChange      // not synced yet, in order
	locks   map[string]bool
	boot    int // counts crashes: files opened before are dead
	faults  Faults
	ops     int // writes and syncs so far
	now     time.Time
}

// nameChange is a name given to a file, or taken away (inode nil).
type nameChange struct {
	name  string
	file  *inode
	mkdir bool
}

var _ disk.Disk = (*Disk)(nil)

// New is an empty disk whose chance comes from seed.
func New(seed uint64) *Disk {
	return &Disk{
		random:  rand.New(rand.NewPCG(seed, 0x706C756D65)),
		present: map[string]*inode{}, platter: map[string]*inode{}, locks: map[string]bool{},
		now: time.Unix(1700000000, 0),
	}
}

// OpenFile is disk.Disk's.
func (d *Disk) OpenFile(name string, create bool, size int64) (disk.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name = path.Clean(name)
	f, ok := d.present[name]
	switch {
	case ok && f == nil:
		return nil, pathError("open", name, errors.New("is a folder"))
	case !ok && !create:
		return nil, pathError("open", name, fs.ErrNotExist)
	case !ok:
		if err := d.opLocked(Op{Kind: Create, Name: name}); err != nil {
			return nil, pathError("create", name, err)
		}
		f = newInode(d.now)
		d.renameLocked(name, f)
	}
	if create && f.size == 0 {
		f.size = size
	}
	return &file{disk: d, inode: f, name: name, boot: d.boot}, nil
}

// renameLocked gives a file a name, or takes the name away.
func (d *Disk) renameLocked(name string, f *inode) {
	if f == nil {
		delete(d.present, name)
	} else {
		d.present[name] = f
	}
	d.changed = append(d.changed, nameChange{name: name, file: f})
}

// Rename is disk.Disk's.
func (d *Disk) Rename(oldName, newName string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	oldName, newName = path.Clean(oldName), path.Clean(newName)
	f, ok := d.present[oldName]
	if !ok {
		return pathError("rename", oldName, fs.ErrNotExist)
	}
	if err := d.opLocked(Op{Kind: Rename, Name: newName}); err != nil {
		return pathError("rename", oldName, err)
	}
	d.renameLocked(newName, f)
	d.renameLocked(oldName, nil)
	return nil
}

// Remove is disk.Disk's.
func (d *Disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	name = path.Clean(name)
	if _, ok := d.present[name]; !ok {
		return pathError("remove", name, fs.ErrNotExist)
	}
	for other := range d.present {
		if strings.HasPrefix(other, name+"/") {
			return pathError("remove", name, errors.New("folder is not empty"))
		}
	}
	if err := d.opLocked(Op{Kind: Remove, Name: name}); err != nil {
		return pathError("remove", name, err)
	}
	d.renameLocked(name, nil)
	return nil
}

// MkdirAll is disk.Disk's.
func (d *Disk) MkdirAll(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for dir := path.Clean(name); dir != "/" && dir != "."; dir = path.Dir(dir) {
		if f, ok := d.present[dir]; ok {
			if f != nil {
				return pathError("mkdir", dir, fs.ErrExist)
			}
			continue
		}
		d.present[dir] = nil
		d.changed = append(d.changed, nameChange{name: dir, mkdir: true})
	}
	return nil
}

// ReadDir is disk.Disk's.
func (d *Disk) ReadDir(name string) ([]fs.DirEntry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name = path.Clean(name)
	if f, ok := d.present[name]; !ok || f != nil {
		return nil, pathError("readdir", name, fs.ErrNotExist)
	}
	var entries []fs.DirEntry
	for child, f := range d.present {
		if path.Dir(child) == name && child != name {
			entries = append(entries, fs.FileInfoToDirEntry(info{path.Base(child), f}))
		}
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	return entries, nil
}

// Stat is disk.Disk's.
func (d *Disk) Stat(name string) (fs.FileInfo, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, ok := d.present[path.Clean(name)]
	if !ok {
		return nil, pathError("stat", name, fs.ErrNotExist)
	}
	return info{path.Base(name), f}, nil
}

// SyncDir is disk.Disk's.
func (d *Disk) SyncDir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	name = path.Clean(name)
	if err := d.opLocked(Op{Kind: SyncDir, Name: name}); err != nil {
		return pathError("syncdir", name, err)
	}
	rest := d.changed[:0]
	for _, c := range d.changed {
		if path.Dir(c.name) == name {
			d.keepLocked(c)
		} else {
			rest = append(rest, c)
		}
	}
	d.changed = rest
	return nil
}

// keepLocked puts a change of names on the platter. A folder is made for whatever lies in it: losing a folder with synced files
// in it is a crime that journals do not commit.
func (d *Disk) keepLocked(c nameChange) {
	switch {
	case c.mkdir:
		d.platter[c.name] = nil
	case c.file == nil:
		delete(d.platter, c.name)
		return
	default:
		d.platter[c.name] = c.file
	}
	for dir := path.Dir(c.name); dir != "/" && dir != "."; dir = path.Dir(dir) {
		d.platter[dir] = nil
	}
}

// Usage is disk.Disk's: bytes written against the capacity, 0 without one.
func (d *Disk) Usage(string) (float64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.faults.Capacity == 0 {
		return 0, nil
	}
	return float64(d.usedLocked()) / float64(d.faults.Capacity), nil
}

// Files are the names of all files, in order.
func (d *Disk) Files() (names []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, f := range d.present {
		if f != nil {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// Used is how many bytes the files occupy, holes left out.
func (d *Disk) Used() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.usedLocked()
}

// usedLocked is how many bytes the files occupy.
func (d *Disk) usedLocked() int64 {
	var sectors int
	for _, f := range d.present {
		if f != nil {
			sectors += len(f.mem)
		}
	}
	return int64(sectors) * SectorSize
}

// Lock is disk.Disk's.
func (d *Disk) Lock(name string) (func() error, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name = path.Clean(name)
	if d.locks[name] {
		return nil, pathError("lock", name, disk.ErrLocked)
	}
	d.locks[name] = true
	boot := d.boot
	return func() error {
		d.mu.Lock()
		defer d.mu.Unlock()
		if boot == d.boot {
			delete(d.locks, name)
		}
		return nil
	}, nil
}

func pathError(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// String tells how big the disk is, for logs of failing tests.
func (d *Disk) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return fmt.Sprintf("simdisk: %d names, %d bytes, %d operations", len(d.present), d.usedLocked(), d.ops)
}
