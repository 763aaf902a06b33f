package commitlog

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed says that the log was closed.
	ErrClosed = errors.New("commit log is closed")
	// ErrFenced says that the log refuses writes after an I/O error. It wraps that error.
	ErrFenced = errors.New("commit log refuses writes after an I/O error")
	// ErrFlushTimeout says that a sync took longer than the put may wait.
	ErrFlushTimeout = errors.New("flush to disk timed out")
	// ErrTooLarge says that a message exceeds a limit.
	ErrTooLarge = errors.New("message is too large")
	// ErrMalformedMessage says that a message lacks what it must have.
	ErrMalformedMessage = errors.New("malformed message")
	// ErrMalformedBatch says that a batch body is not in the batch encoding.
	ErrMalformedBatch = errors.New("malformed batch")
	// ErrMisplaced says that a record lies where another one was written.
	ErrMisplaced = errors.New("record is not where it was written")
	// ErrMissing says that the files of a log that was not empty are gone.
	ErrMissing = errors.New("the files are missing")
	// ErrBusy says that the writer has been stuck for too long.
	ErrBusy = errors.New("the disk is busy")
)

// CorruptRecordError tells of a damaged record below the offset up to which the log is known to have been durable.
type CorruptRecordError struct {
	// File is the path; Position the byte in it; Offset the physical offset.
	File     string
	Position int64
	Offset   int64
	// Durable is the offset up to which the log was on disk.
	Durable int64
	Err     error
}

// Error names the file, the position and the ways out.
func (e *CorruptRecordError) Error() string {
	return fmt.Sprintf("commit log %s is damaged at byte %d (physical offset %d, durable up to %d): %v; nothing was changed: "+
		"restore the file, or start once with the quarantine policy to skip the damaged record", e.File, e.Position, e.Offset, e.Durable, e.Err)
}

// Unwrap is the cause.
func (e *CorruptRecordError) Unwrap() error { return e.Err }
