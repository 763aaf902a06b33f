package remoting

import (
	"context"
	"errors"
	"fmt"

	"github.com/plumemq/plume/remoting/protocol"
)

// The ways in which a call fails without an answer. They arrive wrapped in a [CallError]; test with errors.Is.
var (
	// ErrTimeout says that the deadline passed before the response came.
	ErrTimeout = errors.New("timeout")
	// ErrConnect says that no connection to the address could be made.
	ErrConnect = errors.New("connect failed")
	// ErrSendRequest says that the connection broke, or refused the request, before the response came. Whether the peer has
	// handled the request is unknown.
	ErrSendRequest = errors.New("send request failed")
	// ErrTooMuchRequest says that no permit for another asynchronous or one-way call came free in time.
	ErrTooMuchRequest = errors.New("too many requests in flight")
	// ErrClosed says that the client or server has been shut down.
	ErrClosed = errors.New("remoting is shut down")
)

// The reasons for which a connection is closed.
var (
	errIdle         = errors.New("connection idle")
	errFrameLength  = errors.New("bad frame length")
	errFrameTooLong = errors.New("frame exceeds the maximum length")
	errBacklog      = errors.New("peer does not read: too many bytes pending")
	errStalled      = errors.New("peer does not read: write made no progress")
	errSilent       = errors.New("peer silent until a request's deadline")
	errClosedByUser = errors.New("connection closed by request")
	errNoAddress    = errors.New("no name server address")
	errOpaqueTaken  = errors.New("opaque is in flight already")
)

// CallError is a call that got no answer: where it went, what it was, and why. Kind is one of the package's sentinels or
// context.Canceled; Cause says
// more and may be nil. errors.Is and errors.As see both.
type CallError struct {
	Op     string // "invokeSync", "invokeAsync" or "invokeOneway"
	Addr   string // as the caller gave it; empty for a name server that was never chosen
	Code   protocol.RequestCode
	Opaque int32
	Kind   error
	Cause  error
}

// Error is "invokeSync 10.0.0.3:10911 SEND_MESSAGE_V2 opaque=42: timeout: ...".
func (e *CallError) Error() string {
	head := fmt.Sprintf("%s %s opaque=%d: %v", e.Op, e.Code, e.Opaque, e.Kind)
	if e.Addr != "" {
		head = fmt.Sprintf("%s %s %s opaque=%d: %v", e.Op, e.Addr, e.Code, e.Opaque, e.Kind)
	}
	if e.Cause == nil {
		return head
	}
	return head + ": " + e.Cause.Error()
}

// Unwrap gives errors.Is and errors.As the kind and the cause.
func (e *CallError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// ErrorType is the span attribute error.type: a response code's name if a response is the cause, else a word for the kind.
func (e *CallError) ErrorType() string {
	var answered *protocol.ResponseError
	if errors.As(e.Cause, &answered) {
		return answered.ErrorType()
	}
	switch {
	case errors.Is(e.Kind, ErrTimeout):
		return "timeout"
	case errors.Is(e.Kind, ErrConnect):
		return "connect"
	case errors.Is(e.Kind, ErrTooMuchRequest):
		return "too_much_request"
	case errors.Is(e.Kind, ErrClosed):
		return "closed"
	case errors.Is(e.Kind, context.Canceled):
		return "canceled"
	default:
		return "send_request"
	}
}

// callError says how a call failed. The kind that the caller names gives way to what err is by itself: a shutdown, a deadline, a
// cancellation.
func callError(op, addr string, req *protocol.RemotingCommand, kind, err error) error {
	switch {
	case errors.Is(err, ErrClosed):
		kind = ErrClosed
	case errors.Is(err, ErrConnect):
		kind = ErrConnect
	case errors.Is(kind, ErrTooMuchRequest):
	case errors.Is(err, context.DeadlineExceeded):
		kind = ErrTimeout
	case errors.Is(err, context.Canceled):
		kind = context.Canceled
	}
	if err == kind { //nolint:errorlint // the bare sentinel would be said twice
		err = nil
	}
	return &CallError{Op: op, Addr: addr, Code: protocol.RequestCode(req.Code), Opaque: req.Opaque, Kind: kind, Cause: err}
}

// connectError is a dial that failed, for whatever reason; a dial that took too long is not the caller's timeout.
type connectError struct{ err error }

func (e *connectError) Error() string { return e.err.Error() }

func (e *connectError) Unwrap() error { return e.err }

// ErrorType is what spans say of it.
func (e *connectError) ErrorType() string { return "connect" }

// Is makes it an ErrConnect.
func (e *connectError) Is(target error) bool { return target == ErrConnect }
