package routeinfo

import "errors"

var (
	// ErrFirstRegistrationPartial refuses a broker that the name server does not know and that registers exactly one topic: that
	// is a change to a table which it has yet to bring whole.
	ErrFirstRegistrationPartial = errors.New("an unknown broker must register its whole topic table first")

	// ErrQueueFull says that too many unregistrations wait to be carried out.
	ErrQueueFull = errors.New("the unregistration queue is full")
)
