package disk

import (
	"errors"
	"fmt"
	"io"
	"path"
)

// ReadFile reads all of a file.
func ReadFile(d Disk, name string) ([]byte, error) {
	f, err := d.OpenFile(name, false, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	if n, err := f.ReadAt(data, 0); err != nil && !(errors.Is(err, io.EOF) && int64(n) == size) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}

// WriteFile replaces a file as one step that survives a crash at any point: it writes and syncs "<name>.tmp", renames it and
// syncs the folder. A reader sees the old content or the new, never a part.
func WriteFile(d Disk, name string, data []byte) error {
	tmp := name + ".tmp"
	if err := writeSynced(d, tmp, data); err != nil {
		return err
	}
	if err := d.Rename(tmp, name); err != nil {
		return err
	}
	return d.SyncDir(path.Dir(name))
}

func writeSynced(d Disk, name string, data []byte) (err error) {
	f, err := d.OpenFile(name, true, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Truncate(0); err != nil {
		return err
	}
	if _, err := f.WriteAt(data, 0); err != nil {
		return err
	}
	return f.Sync()
}
