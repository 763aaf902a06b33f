package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

func isNoSpace(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

func syncFile(f *os.File) error { return f.Sync() }

// syncDir does nothing: Windows has no such call, and NTFS journals names.
func syncDir(string) error { return nil }

func usage(name string) (float64, error) {
	free, total, err := space(name)
	if err != nil || total == 0 {
		return 0, err
	}
	return 1 - float64(free)/float64(total), nil
}

func usedBytes(name string) (int64, error) {
	free, total, err := space(name)
	return int64(total - free), err
}

func space(name string) (free, total uint64, err error) {
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, 0, err
	}
	if err := windows.GetDiskFreeSpaceEx(p, &free, &total, nil); err != nil {
		return 0, 0, &os.PathError{Op: "GetDiskFreeSpaceEx", Path: name, Err: err}
	}
	return free, total, nil
}

func lock(f *os.File) error {
	flags := uint32(windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY)
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return ErrLocked
	}
	return err
}
