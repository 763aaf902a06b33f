package kvconfig

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/plumemq/plume/internal/disk"
)

// maxFileSize bounds what is read into memory.
const maxFileSize = 64 << 20

func readFile(d disk.Disk, name string) (data []byte, err error) {
	f, err := d.OpenFile(name, false, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Size()
	if err != nil {
		return nil, fmt.Errorf("size of %s: %w", name, err)
	}
	if size > maxFileSize {
		return nil, fmt.Errorf("%w: %s: %d bytes", ErrCorrupt, name, size)
	}
	data = make([]byte, size)
	if n, err := f.ReadAt(data, 0); err != nil && !(errors.Is(err, io.EOF) && n == len(data)) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}

// replaceFile gives name new contents in one step; the old ones become name.bak. At any moment one of the two is whole.
func replaceFile(d disk.Disk, name string, data []byte) error {
	folder := path.Dir(name)
	if err := d.MkdirAll(folder); err != nil {
		return fmt.Errorf("make %s: %w", folder, err)
	}
	tmp := name + ".tmp"
	if err := writeFile(d, tmp, data); err != nil {
		return err
	}
	if err := d.Rename(name, name+".bak"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up %s: %w", name, err)
	}
	if err := d.Rename(tmp, name); err != nil {
		return fmt.Errorf("replace %s: %w", name, err)
	}
	if err := d.SyncDir(folder); err != nil {
		return fmt.Errorf("sync %s: %w", folder, err)
	}
	return nil
}

func writeFile(d disk.Disk, name string, data []byte) (err error) {
	f, err := d.OpenFile(name, true, 0)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Truncate(0); err != nil {
		return fmt.Errorf("truncate %s: %w", name, err)
	}
	if _, err := f.WriteAt(data, 0); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", name, err)
	}
	return nil
}
