package protocol

import (
	"errors"
	"strconv"
)

// What can be wrong with a frame or a header. The errors returned wrap one of these and add the facts.
var (
	// ErrMissingField says that a required ext field is absent.
	ErrMissingField = errors.New("missing ext field")
	// ErrMalformedField says that an ext field is not of its type.
	ErrMalformedField = errors.New("malformed ext field")
	// ErrMalformedFrame says that a frame or its header breaks the format.
	ErrMalformedFrame = errors.New("malformed frame")
	// ErrFrameTooLong says that a frame exceeds MaxFrameLength.
	ErrFrameTooLong = errors.New("frame too long")
	// ErrUnknownSerializeType says that a frame's header is in neither of the two encodings.
	ErrUnknownSerializeType = errors.New("unknown serialize type")
)

// ResponseError is a response whose code is not Success, as an error. errors.Is matches it with its ResponseCode.
//
// Java: client.exception.MQBrokerException.
type ResponseError struct {
	Code   ResponseCode
	Remark string
	// Addr is who answered, or "" where that is not known.
	Addr string
	// ExtFields are what a server answers beside code and remark; read only.
	ExtFields ExtFields
}

// NewResponseError is the error for a code and a remark, from whoever answers.
func NewResponseError(code ResponseCode, remark string) *ResponseError {
	return &ResponseError{Code: code, Remark: remark}
}

// Error says code, number, remark and address.
func (e *ResponseError) Error() string {
	s := e.Code.String() + " (" + strconv.Itoa(int(e.Code)) + ")"
	if e.Remark != "" {
		s += ": " + e.Remark
	}
	if e.Addr != "" {
		s += " [" + e.Addr + "]"
	}
	return s
}

// ErrorType is the code's name, which spans carry as error.type.
func (e *ResponseError) ErrorType() string { return e.Code.String() }

// Is matches the error's own ResponseCode.
func (e *ResponseError) Is(target error) bool {
	code, ok := target.(ResponseCode)
	return ok && code == e.Code
}

// Error is the code's name, so that a ResponseCode can be the target of errors.Is.
func (c ResponseCode) Error() string { return c.String() }
