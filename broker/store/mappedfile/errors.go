package mappedfile

import "errors"

var (
	// ErrOutOfRange says that a read asked for bytes that are not there: before the first file, or not written.
	ErrOutOfRange = errors.New("offset is outside the files")
	// ErrForeignFile says that a folder holds something that is not one of its files, or one of the wrong size.
	ErrForeignFile = errors.New("not a file of this store, please check it manually")
)
