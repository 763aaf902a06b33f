package fastjson

import "errors"

// What can be wrong with a document. The errors returned wrap one of these and say at which byte.
var (
	ErrSyntax  = errors.New("malformed document")
	ErrDepth   = errors.New("nested too deeply")
	ErrEntries = errors.New("too many entries")
)
