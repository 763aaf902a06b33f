package consumer

import "errors"

// Errors that callers can tell apart with errors.Is.
var (
	// ErrState means that the call does not fit the consumer's state: started twice, or used after its shutdown.
	ErrState = errors.New("consumer is not in the state for this")
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
