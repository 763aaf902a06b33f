package protocol

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// SerializeType says how a frame's header is written.
type SerializeType byte

// The two header encodings.
const (
	JSON     SerializeType = 0
	RocketMQ SerializeType = 1
)

// String is the name that Apache's configuration has for it.
func (s SerializeType) String() string {
	switch s {
	case JSON:
		return "JSON"
	case RocketMQ:
		return "ROCKETMQ"
	}
	return strconv.Itoa(int(s))
}

// ParseSerializeType is the encoding with that name, JSON or ROCKETMQ.
func ParseSerializeType(name string) (SerializeType, error) {
	switch name {
	case "JSON":
		return JSON, nil
	case "ROCKETMQ":
		return RocketMQ, nil
	}
	return JSON, fmt.Errorf("%w: %q", ErrUnknownSerializeType, name)
}

// SerializeTypeEnv is the variable that says in which encoding a program writes headers: JSON or ROCKETMQ. Every program reads both.
//
// Java: RemotingCommand.SERIALIZE_TYPE_ENV (5.5.0).
const SerializeTypeEnv = "ROCKETMQ_SERIALIZE_TYPE"

// SerializeTypeFromEnv is what the environment says, or otherwise if it says nothing.
func SerializeTypeFromEnv(otherwise SerializeType) (SerializeType, error) {
	name := strings.TrimSpace(os.Getenv(SerializeTypeEnv))
	if name == "" {
		return otherwise, nil
	}
	t, err := ParseSerializeType(name)
	if err != nil {
		return otherwise, fmt.Errorf("%s: %w, want JSON or ROCKETMQ", SerializeTypeEnv, err)
	}
	return t, nil
}

// The bits of RemotingCommand.Flag.
const (
	flagResponse = 1 << 0
	flagOneway   = 1 << 1
)

// CurrentVersion is the version Plume states: that of Apache RocketMQ 5.5.0.
const CurrentVersion = 513

// RemotingCommand is one request or response: the unit on the wire.
//
// Java: remoting.protocol.RemotingCommand (5.5.0).
type RemotingCommand struct {
	// Code is a RequestCode in a request and a ResponseCode in a response.
	Code     int32
	Language Language
	Version  int32
	// Opaque matches a response to its request; unique among a connection's outstanding requests. The sender sets it.
	Opaque int32
	Flag   int32
	Remark string
	// ExtFields are the header's fields as read from the wire. When sending they follow those of Header.
	ExtFields ExtFields
	// Header, when sending, is encoded straight into the frame without a detour through ExtFields.
	Header CustomHeader
	Body   []byte
	// Serialize is the encoding: that of the frame it was read from, or the one to be written.
	Serialize SerializeType
}

// NewRequest is a request with a header, which may be nil.
func NewRequest(code RequestCode, header CustomHeader) *RemotingCommand {
	return &RemotingCommand{Code: int32(code), Language: Go, Version: CurrentVersion, Header: header}
}

// NewResponse is a response with a code and a remark, not yet matched to a request.
func NewResponse(code ResponseCode, remark string) *RemotingCommand {
	return &RemotingCommand{Code: int32(code), Language: Go, Version: CurrentVersion, Flag: flagResponse, Remark: remark}
}

// IsResponse tells a response from a request.
func (c *RemotingCommand) IsResponse() bool { return c.Flag&flagResponse != 0 }

// IsOneway says that the sender wants no response.
func (c *RemotingCommand) IsOneway() bool { return c.Flag&flagOneway != 0 }

// MarkOneway asks for no response.
func (c *RemotingCommand) MarkOneway() { c.Flag |= flagOneway }

// MarkResponse makes this the answer to request opaque.
func (c *RemotingCommand) MarkResponse(opaque int32) {
	c.Flag |= flagResponse
	c.Opaque = opaque
}

// MaterializeHeader moves Header's fields into ExtFields, for those who must see every field (the ACL signature).
func (c *RemotingCommand) MaterializeHeader() {
	if c.Header == nil {
		return
	}
	fields := EncodeFields(c.Header)
	c.ExtFields = append(fields, c.ExtFields...)
	c.Header = nil
}

// DecodeHeader reads ExtFields into h. A missing required field or a malformed number is an error.
func (c *RemotingCommand) DecodeHeader(h CustomHeader) error { return DecodeFields(c.ExtFields, h) }
