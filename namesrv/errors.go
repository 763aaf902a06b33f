package namesrv

import "errors"

var (
	// ErrConfig says that a configuration value cannot work; the error names its key.
	ErrConfig = errors.New("bad name server configuration")

	// ErrUnknownKey says that a configuration key is none of the name server's.
	ErrUnknownKey = errors.New("unknown name server configuration key")

	// ErrImmutable says that a configuration key cannot change while the name server runs.
	ErrImmutable = errors.New("configuration key cannot be updated")
)
