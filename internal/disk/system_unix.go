//go:build unix

package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func isNoSpace(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// syncDir makes the names in a folder durable.
func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// usage counts as df does: blocks reserved for root are neither used nor free.
func usage(name string) (float64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(name, &st); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: name, Err: err}
	}
	used := float64(st.Blocks) - float64(st.Bfree)
	if total := used + float64(st.Bavail); total > 0 {
		return used / total, nil
	}
	return 0, nil
}

// usedBytes counts what is not free, whoever may have it.
func usedBytes(name string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(name, &st); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: name, Err: err}
	}
	return int64(st.Blocks-st.Bfree) * int64(st.Bsize), nil //nolint:unconvert // 32 bits elsewhere than on Linux
}
