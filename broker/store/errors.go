package store

import (
	"errors"

	"github.com/plumemq/plume/broker/store/commitlog"
)

var (
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("message store is closed")
	// ErrDiskFull says that the disk is fuller than the store may fill it; reads go on.
	ErrDiskFull = errors.New("disk is full")
	// ErrInUse says that another process has the store open.
	ErrInUse = errors.New("message store is in use")
	// ErrNotFound says that there is no message where one was asked for.
	ErrNotFound = errors.New("no such message")
)

// CorruptRecordError tells of a damaged record below the offset up to which the log is known to have been durable.
type CorruptRecordError = commitlog.CorruptRecordError
