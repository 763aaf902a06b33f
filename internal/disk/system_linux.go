package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncFile waits for data and for the metadata needed to read it back.
func syncFile(f *os.File) error {
	if err := unix.Fdatasync(int(f.Fd())); err != nil {
		return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
	}
	return nil
}

// lock takes an open-file-description lock: it conflicts with the record locks that Java takes, and with a second holder in
// the same process.
func lock(f *os.File) error {
	err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Len: 1})
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return ErrLocked
	}
	return err
}
