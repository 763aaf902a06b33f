package configfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"

	"github.com/plumemq/plume/internal/disk"
)

// maxSize bounds what is read into memory: far above any real table, far below a mistake.
const maxSize = 1 << 30

// File is one config file and its .bak. Safe for concurrent use.
type File struct {
	disk disk.Disk
	name string

	mu   sync.Mutex
	last []byte // what the file holds, as far as this process knows
}

// New is the file name on d; nothing is read or written yet.
func New(d disk.Disk, name string) *File { return &File{disk: d, name: name} }

// Name is the file's path.
func (f *File) Name() string { return f.name }

// Load hands the contents to decode, or those of the .bak when the file is absent, empty or refused by decode. Neither file is
// a new store: (false, nil). A file that is there while nothing usable is found is [ErrCorrupt] with both reasons.
//
// Java: common.ConfigManager#load (5.5.0).
func (f *File) Load(decode func([]byte) error) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	main, mainErr := f.tryLocked(f.name, decode)
	if main {
		return true, nil
	}
	bak, bakErr := f.tryLocked(f.bak(), decode)
	if bak {
		return true, nil
	}
	if mainErr == nil && bakErr == nil {
		return false, nil
	}
	return false, fmt.Errorf("%w: %s: %w", ErrCorrupt, f.name, errors.Join(mainErr, bakErr))
}

// tryLocked reads and decodes one of the two files; (false, nil) when it is absent or empty.
func (f *File) tryLocked(name string, decode func([]byte) error) (bool, error) {
	data, err := readFile(f.disk, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return false, nil
	}
	if err := decode(data); err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	f.last = data
	return true, nil
}

// Store replaces the contents, and does nothing when they are those of the last Load or Store. data must not be changed
// afterwards. After an error the old contents still stand.
//
// Java: common.ConfigManager#persist (5.5.0).
func (f *File) Store(data []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last != nil && bytes.Equal(f.last, data) {
		return nil
	}
	if f.last != nil {
		if err := replace(f.disk, f.bak(), f.last); err != nil {
			return err
		}
	}
	if err := replace(f.disk, f.name, data); err != nil {
		return err
	}
	f.last = data
	return nil
}

func (f *File) bak() string { return f.name + ".bak" }

// replace writes name through a synced temporary file.
func replace(d disk.Disk, name string, data []byte) error {
	tmp := name + ".tmp"
	if err := writeSynced(d, tmp, data); err != nil {
		return fmt.Errorf("write %s: %w", tmp, err)
	}
	if err := d.Rename(tmp, name); err != nil {
		return fmt.Errorf("rename %s: %w", tmp, err)
	}
	if err := d.SyncDir(path.Dir(name)); err != nil {
		return fmt.Errorf("sync folder of %s: %w", name, err)
	}
	return nil
}

func writeSynced(d disk.Disk, name string, data []byte) (err error) {
	file, err := d.OpenFile(name, true, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := file.Truncate(0); err != nil {
		return err
	}
	if _, err := file.WriteAt(data, 0); err != nil {
		return err
	}
	return file.Sync()
}

func readFile(d disk.Disk, name string) (data []byte, err error) {
	file, err := d.OpenFile(name, false, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	size, err := file.Size()
	if err != nil {
		return nil, err
	}
	if size > maxSize {
		return nil, fmt.Errorf("%s: %d bytes are too many for a config file", name, size)
	}
	data = make([]byte, size)
	n, err := file.ReadAt(data, 0)
	if int64(n) == size {
		return data, nil
	}
	return nil, err
}
