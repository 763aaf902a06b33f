package protocol

import (
	"encoding/binary"
	"fmt"
	"unsafe"
)

// fixedBinaryHeader is the length of a binary header without remark and ext fields, in bytes.
const fixedBinaryHeader = 21

// decodeBinaryHeader reads the encoding drawn at appendBinaryHeader.
//
// Java: remoting.protocol.RocketMQSerializable#rocketMQProtocolDecode (5.5.0).
func decodeBinaryHeader(header []byte, m *CommandMemory) (*RemotingCommand, error) {
	if len(header) < fixedBinaryHeader {
		return nil, fmt.Errorf("%w: binary header of %d bytes", ErrMalformedFrame, len(header))
	}
	remark, b, ok := cutString(header[13:])
	if !ok {
		return nil, fmt.Errorf("%w: binary header: remark too long", ErrMalformedFrame)
	}
	if len(b) < 4 {
		return nil, fmt.Errorf("%w: binary header: no length of ext fields", ErrMalformedFrame)
	}
	length := int32(binary.BigEndian.Uint32(b))
	b = b[4:]
	if length < 0 || int(length) > len(b) {
		return nil, fmt.Errorf("%w: binary header: ext fields of %d bytes, %d there", ErrMalformedFrame, length, len(b))
	}
	cmd, room := m.command()
	if cmd == nil {
		cmd, room = newCommand(countBinaryFields(b[:length]))
	}
	var err error
	if cmd.ExtFields, err = decodeBinaryFields(b[:length], room); err != nil {
		return nil, err
	}
	cmd.Code = int32(int16(binary.BigEndian.Uint16(header)))
	cmd.Language = knownLanguage(int8(header[2]))
	cmd.Version = int32(int16(binary.BigEndian.Uint16(header[3:])))
	cmd.Opaque = int32(binary.BigEndian.Uint32(header[5:]))
	cmd.Flag = int32(binary.BigEndian.Uint32(header[9:]))
	cmd.Remark = remark
	return cmd, nil
}

func decodeBinaryFields(b []byte, room ExtFields) (ExtFields, error) {
	collected := fieldCollector{fields: room}
	for len(b) > 0 {
		if len(b) < 2 {
			return nil, fmt.Errorf("%w: binary header: ext field cut off", ErrMalformedFrame)
		}
		keyLength := int(int16(binary.BigEndian.Uint16(b)))
		b = b[2:]
		if keyLength < 0 || keyLength > len(b) {
			return nil, fmt.Errorf("%w: binary header: key of %d bytes", ErrMalformedFrame, keyLength)
		}
		key := aliasString(b[:keyLength])
		value, rest, ok := cutString(b[keyLength:])
		if !ok {
			return nil, fmt.Errorf("%w: binary header: value too long", ErrMalformedFrame)
		}
		if !collected.add(key, value) {
			return nil, fmt.Errorf("%w: binary header: more than %d ext fields", ErrMalformedFrame, maxExtFields)
		}
		b = rest
	}
	return collected.taken(), nil
}

// countBinaryFields is how many fields there are, as far as their lengths make sense.
func countBinaryFields(b []byte) int {
	n := 0
	for len(b) >= 2 {
		key := 2 + int(binary.BigEndian.Uint16(b))
		if len(b) < key+4 {
			break
		}
		field := key + 4 + int(binary.BigEndian.Uint32(b[key:]))
		if len(b) < field {
			break
		}
		b = b[field:]
		n++
	}
	return n
}

// cutString reads a length of 32 bits and that many bytes, and returns what follows.
func cutString(b []byte) (s string, rest []byte, ok bool) {
	if len(b) < 4 {
		return "", b, false
	}
	n := int32(binary.BigEndian.Uint32(b))
	b = b[4:]
	if n < 0 || int(n) > len(b) {
		return "", b, false
	}
	return aliasString(b[:n]), b[n:], true
}

func aliasString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
