package disk

import "errors"

// ErrLocked says that somebody else holds the lock.
var ErrLocked = errors.New("file is locked by another process")

// ErrNoSpace is satisfied by the error of a write on a full file system.
var ErrNoSpace = errors.New("no space left on disk")

// noSpaceError makes the platform's error satisfy ErrNoSpace.
type noSpaceError struct{ error }

func (e noSpaceError) Unwrap() error { return e.error }

func (e noSpaceError) Is(target error) bool { return target == ErrNoSpace }
