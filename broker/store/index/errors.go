package index

import "errors"

// ErrForeignFile says that the folder holds something that is not an index file of this store.
var ErrForeignFile = errors.New("not an index file of this store, please check it manually")
