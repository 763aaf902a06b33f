package protocol

import (
	"encoding/binary"
	"fmt"
)

// maxExtFields bounds how many ext fields a frame may have. Apache's headers have at most some twenty.
const maxExtFields = 1024

// DecodeFrame reads a frame: everything behind its length field, as drawn at AppendFrame. It takes the frame over: the
// command's strings and Body are parts of it, and escape sequences are resolved in place, so the caller must not use it any
// more.
//
// A frame that breaks the format is an error that wraps ErrMalformedFrame, ErrFrameTooLong or ErrUnknownSerializeType; after
// it the connection cannot be trusted.
//
// Java: remoting.protocol.RemotingCommand#decode (5.5.0).
func DecodeFrame(frame []byte) (*RemotingCommand, error) { return decodeFrame(frame, nil) }

// CommandMemory is room for one command that is read, with the ext fields of the frequent requests. It can be used again once nobody
// has the command any more; what its strings and body are parts of is the frame, not this.
type CommandMemory struct {
	cmd  RemotingCommand
	room [requestFields]Field
}

// DecodeFrame is [DecodeFrame] for a command that lies in m.
func (m *CommandMemory) DecodeFrame(frame []byte) (*RemotingCommand, error) {
	return decodeFrame(frame, m)
}

// decodeFrame puts the command into m, or into memory of its own if m is nil.
func decodeFrame(frame []byte, m *CommandMemory) (*RemotingCommand, error) {
	if len(frame) > MaxFrameLength-4 {
		return nil, fmt.Errorf("%w: %d bytes", ErrFrameTooLong, len(frame))
	}
	if len(frame) < 4 {
		return nil, fmt.Errorf("%w: %d bytes", ErrMalformedFrame, len(frame))
	}
	word := binary.BigEndian.Uint32(frame)
	headerLength := int(word & 0xFFFFFF)
	if headerLength > len(frame)-4 {
		return nil, fmt.Errorf("%w: header of %d bytes in a frame of %d", ErrMalformedFrame, headerLength, len(frame))
	}
	header := frame[4 : 4+headerLength : 4+headerLength]
	var cmd *RemotingCommand
	var err error
	serialize := SerializeType(word >> 24)
	switch serialize {
	case JSON:
		cmd, err = decodeJSONHeader(header, m)
	case RocketMQ:
		cmd, err = decodeBinaryHeader(header, m)
	default:
		err = fmt.Errorf("%w: %d", ErrUnknownSerializeType, serialize)
	}
	if err != nil {
		return nil, err
	}
	cmd.Serialize = serialize
	if body := frame[4+headerLength:]; len(body) > 0 {
		cmd.Body = body
	}
	return cmd, nil
}

// The ext fields that requests to store or pull a message have, and those of their answers.
const (
	requestFields = 14
	answerFields  = 6
)

// newCommand is a command and room for about so many ext fields, in one piece of memory for the frequent numbers.
func newCommand(fields int) (*RemotingCommand, ExtFields) {
	switch {
	case fields <= 0:
		return new(RemotingCommand), nil
	case fields <= answerFields:
		return newAnswer()
	case fields <= requestFields:
		c := new(struct {
			RemotingCommand
			room [requestFields]Field
		})
		return &c.RemotingCommand, c.room[:0]
	}
	return new(RemotingCommand), make(ExtFields, 0, min(fields, 32))
}

// command is m's command, empty, and the room for its ext fields; nil without an m.
func (m *CommandMemory) command() (*RemotingCommand, ExtFields) {
	if m == nil {
		return nil, nil
	}
	m.cmd = RemotingCommand{}
	return &m.cmd, m.room[:0]
}

// fieldCollector gathers a frame's ext fields with unique keys; a repeated one keeps its last value, as in Java's map. Two
// readers of a header can therefore never see different values.
type fieldCollector struct {
	fields ExtFields
	seen   uint64 // a bit for the first and last letters of each key: only where it is set can the key be a repetition
}

// add stores a field; it returns false when there are too many.
func (f *fieldCollector) add(key, value string) bool {
	bit := keyBit(key)
	if f.seen&bit != 0 {
		f.fields.Set(key, value)
	} else {
		f.seen |= bit
		f.fields = append(f.fields, Field{key, value})
	}
	return len(f.fields) <= maxExtFields
}

// taken is what was gathered, nil if that is nothing.
func (f *fieldCollector) taken() ExtFields {
	if len(f.fields) == 0 {
		return nil
	}
	return f.fields
}

func keyBit(key string) uint64 {
	if key == "" {
		return 1
	}
	last := key[len(key)-1]
	return 1 << ((key[0] ^ last<<3 + byte(len(key))) & 63)
}
