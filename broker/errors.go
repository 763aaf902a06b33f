package broker

import "errors"

var (
	// ErrConfig is what Validate and the parser wrap: the message names the key.
	ErrConfig = errors.New("broker configuration")
	// ErrPortBusy says that a port is taken: the message names it and the key that sets it.
	ErrPortBusy = errors.New("port is already in use")
	// ErrStarted says that Start was called twice, or after Shutdown.
	ErrStarted = errors.New("broker was already started")
)
