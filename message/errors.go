package message

import "errors"

// What can be wrong outside of a record. The errors returned wrap one of these and add the facts.
var (
	// ErrMalformedID says that a text is no message id of that kind.
	ErrMalformedID = errors.New("malformed message id")
	// ErrMalformedBatch says that the body of a batch breaks its format.
	ErrMalformedBatch = errors.New("malformed batch")
	// ErrPropertiesTooLong says that properties exceed MaxPropertiesSize.
	ErrPropertiesTooLong = errors.New("properties too long")
	// ErrUnknownCompression says that a body is compressed in a way that is not known.
	ErrUnknownCompression = errors.New("unknown compression")
	// ErrBodyTooLong says that a body grows beyond its limit when it is decompressed.
	ErrBodyTooLong = errors.New("decompressed body too long")
	// ErrInvalidName says that a topic or a group cannot be named so.
	ErrInvalidName = errors.New("invalid name")
)
