package simdisk

import (
	"io"
	"io/fs"
	"time"
)

// inode is a file's content, whatever its names.
type inode struct {
	size, durSize int64
	mem, dur      map[int64][]byte // sectors by number, immutable; a missing one is zeros
	dirty         map[int64]struct{}
	modified      time.Time
}

func newInode(now time.Time) *inode {
	return &inode{mem: map[int64][]byte{}, dur: map[int64][]byte{}, dirty: map[int64]struct{}{}, modified: now}
}

// file is an open file.
type file struct {
	disk  *Disk
	inode *inode
	name  string
	boot  int
}

// enter locks the disk, unless the file died in a crash.
func (f *file) enter() error {
	f.disk.mu.Lock()
	if f.boot != f.disk.boot {
		f.disk.mu.Unlock()
		return pathError("use", f.name, ErrCrashed)
	}
	return nil
}

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	if err := f.enter(); err != nil {
		return 0, err
	}
	defer f.disk.mu.Unlock()
	if fail := f.disk.faults.FailRead; fail != nil {
		if err := fail(f.name, off); err != nil {
			return 0, pathError("read", f.name, err)
		}
	}
	n := int(max(min(int64(len(p)), f.inode.size-off), 0))
	for done := 0; done < n; {
		at := off + int64(done)
		part := p[done:min(n, done+int(SectorSize-at%SectorSize))]
		if s := f.inode.mem[at/SectorSize]; s != nil {
			copy(part, s[at%SectorSize:])
		} else {
			clear(part)
		}
		done += len(part)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	if err := f.enter(); err != nil {
		return 0, err
	}
	defer f.disk.mu.Unlock()
	if err := f.disk.opLocked(Op{Kind: Write, Name: f.name}); err != nil {
		return 0, pathError("write", f.name, err)
	}
	n := 0
	for n < len(p) {
		at := off + int64(n)
		sector := at / SectorSize
		part := p[n:min(len(p), n+int(SectorSize-at%SectorSize))]
		old, ok := f.inode.mem[sector]
		if !ok {
			if err := f.disk.roomLocked(1); err != nil {
				return n, pathError("write", f.name, err)
			}
		}
		s := make([]byte, SectorSize)
		copy(s, old)
		copy(s[at%SectorSize:], part)
		f.inode.mem[sector] = s
		f.inode.dirty[sector] = struct{}{}
		n += len(part)
		f.inode.size = max(f.inode.size, off+int64(n))
	}
	return n, nil
}

func (f *file) Sync() error {
	if err := f.enter(); err != nil {
		return err
	}
	defer f.disk.mu.Unlock()
	if err := f.disk.opLocked(Op{Kind: Sync, Name: f.name}); err != nil {
		clear(f.inode.dirty) // the pages count as clean from now on, though the platter has the old ones
		return pathError("sync", f.name, err)
	}
	for s := range f.inode.dirty {
		if sector, ok := f.inode.mem[s]; ok {
			f.inode.dur[s] = sector
		} else {
			delete(f.inode.dur, s)
		}
	}
	clear(f.inode.dirty)
	f.inode.durSize = f.inode.size
	return nil
}

func (f *file) Truncate(size int64) error {
	if err := f.enter(); err != nil {
		return err
	}
	defer f.disk.mu.Unlock()
	if err := f.disk.opLocked(Op{Kind: Truncate, Name: f.name}); err != nil {
		return pathError("truncate", f.name, err)
	}
	for s, old := range f.inode.mem {
		switch {
		case s*SectorSize >= size:
			delete(f.inode.mem, s)
			f.inode.dirty[s] = struct{}{}
		case (s+1)*SectorSize > size:
			cut := make([]byte, SectorSize)
			copy(cut, old[:size-s*SectorSize])
			f.inode.mem[s] = cut
			f.inode.dirty[s] = struct{}{}
		}
	}
	f.inode.size = size
	return nil
}

func (f *file) Size() (int64, error) {
	if err := f.enter(); err != nil {
		return 0, err
	}
	defer f.disk.mu.Unlock()
	return f.inode.size, nil
}

func (f *file) Close() error { return nil }

// info describes a file or, without an inode, a folder.
type info struct {
	name  string
	inode *inode
}

func (i info) Name() string { return i.name }

func (i info) Size() int64 {
	if i.inode == nil {
		return 0
	}
	return i.inode.size
}

func (i info) Mode() fs.FileMode {
	if i.inode == nil {
		return fs.ModeDir | 0o755
	}
	return 0o644
}

func (i info) ModTime() time.Time {
	if i.inode == nil {
		return time.Time{}
	}
	return i.inode.modified
}

func (i info) IsDir() bool { return i.inode == nil }

func (i info) Sys() any { return nil }
