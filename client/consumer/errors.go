package consumer

import "errors"

// Errors of this package's own, for errors.Is. Those that producers share are in package client: client.ErrNoNameServer,
// client.ErrAlreadyStarted, client.ErrNotRunning, client.ErrInvalidConfig.
var (
	// ErrHandlerPanic means that the handler panicked; the message is retried like after any other error.
	ErrHandlerPanic = errors.New("handler panicked")
	// ErrHandlersStillRunning means that a shutdown did not wait any longer; what those handlers finish is not committed.
	ErrHandlersStillRunning = errors.New("handlers still running")
)

var (
	errNotSubscribed = errors.New("topic is not subscribed")
	errNoRoute       = errors.New("no route for the topic yet")
	errNotListed     = errors.New("the broker does not list this member yet")
)
