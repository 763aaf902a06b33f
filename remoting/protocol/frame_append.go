package protocol

import (
	"encoding/binary"
	"strconv"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// The bounds of a frame.
const (
	// MaxFrameLength is the length of the longest frame that peers accept, in bytes, its own length field included.
	MaxFrameLength = 16777216
	// maxBinaryKey is the longest key of a binary ext field, in bytes: its length is a signed 16-bit integer in Java.
	maxBinaryKey = 1<<15 - 1
	// lengthFields is what precedes a frame's header.
	lengthFields = 8
)

// AppendFrame appends a whole frame, its length field included, in the encoding that cmd.Serialize names:
//
//	0        4      5              8
//	+--------+------+--------------+----------+--------+
//	| length | type | header length|  header  |  body  |
//	| int32  | byte |    uint24    |          |        |
//	+--------+------+--------------+----------+--------+
//
// All integers are big endian; length counts everything behind itself; type 0 is JSON, 1 is ROCKETMQ.
// It only reads cmd and allocates nothing but what dst needs to grow. Fields of cmd.ExtFields follow those of cmd.Header, whose keys
// they must not repeat. It does not check the length: a frame beyond MaxFrameLength is for the caller to refuse.
//
// Java: remoting.protocol.RemotingCommand#encode (5.5.0).
func AppendFrame(dst []byte, cmd *RemotingCommand) []byte {
	return append(AppendFrameHeader(dst, cmd, len(cmd.Body)), cmd.Body...)
}

// AppendFrameHeader appends a frame up to its body, of which bodyLength bytes are to follow; cmd.Body is not looked at.
//
// Java: remoting.protocol.RemotingCommand#encodeHeader (5.5.0).
func AppendFrameHeader(dst []byte, cmd *RemotingCommand, bodyLength int) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	if cmd.Serialize == RocketMQ {
		dst = appendBinaryHeader(dst, cmd)
	} else {
		dst = appendJSONHeader(dst, cmd)
	}
	headerLength := len(dst) - start - lengthFields
	binary.BigEndian.PutUint32(dst[start:], uint32(4+headerLength+bodyLength))
	binary.BigEndian.PutUint32(dst[start+4:], uint32(cmd.Serialize)<<24|uint32(headerLength)&0xFFFFFF)
	return dst
}

// appendJSONHeader writes the members in the order of their names, as Java does, which the order of these lines is.
func appendJSONHeader(dst []byte, cmd *RemotingCommand) []byte {
	dst = append(dst, `{"code":`...)
	dst = strconv.AppendInt(dst, int64(cmd.Code), 10)
	if cmd.Header != nil || len(cmd.ExtFields) > 0 {
		dst = append(dst, `,"extFields":{`...)
		dst = appendFields(dst, cmd, modeJSON)
		dst = append(dst, '}')
	}
	dst = append(dst, `,"flag":`...)
	dst = strconv.AppendInt(dst, int64(cmd.Flag), 10)
	if cmd.Language != UnknownLanguage {
		dst = append(dst, `,"language":"`...)
		dst = append(dst, cmd.Language.String()...)
		dst = append(dst, '"')
	}
	dst = append(dst, `,"opaque":`...)
	dst = strconv.AppendInt(dst, int64(cmd.Opaque), 10)
	if cmd.Remark != "" {
		dst = append(dst, `,"remark":`...)
		dst = fastjson.AppendString(dst, cmd.Remark)
	}
	dst = append(dst, `,"serializeTypeCurrentRPC":"JSON","version":`...)
	dst = strconv.AppendInt(dst, int64(cmd.Version), 10)
	return append(dst, '}')
}

// appendBinaryHeader writes the ROCKETMQ encoding, big endian:
//
//	0      2      3        5        9      13           17
//	+------+------+--------+--------+------+------------+--------+------------+------------+
//	| code | lang | version| opaque | flag | remark len | remark | ext length | ext fields |
//	| int16| int8 | int16  | int32  | int32|   int32    | UTF-8  |   int32    |            |
//	+------+------+--------+--------+------+------------+--------+------------+------------+
//
// A code beyond 16 bits loses its upper half, in Java too: such requests have to be sent as JSON.
//
// Java: remoting.protocol.RocketMQSerializable#rocketMQProtocolEncode (5.5.0).
func appendBinaryHeader(dst []byte, cmd *RemotingCommand) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(cmd.Code))
	dst = append(dst, byte(cmd.Language))
	dst = binary.BigEndian.AppendUint16(dst, uint16(cmd.Version))
	dst = binary.BigEndian.AppendUint32(dst, uint32(cmd.Opaque))
	dst = binary.BigEndian.AppendUint32(dst, uint32(cmd.Flag))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(cmd.Remark)))
	dst = append(dst, cmd.Remark...)
	length := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = appendFields(dst, cmd, modeBinary)
	binary.BigEndian.PutUint32(dst[length:], uint32(len(dst)-length-4))
	return dst
}

// appendFields writes the fields of the header and then the ext fields.
func appendFields(dst []byte, cmd *RemotingCommand, mode codecMode) []byte {
	c := newCodec(mode)
	c.buf = dst
	if cmd.Header != nil {
		cmd.Header.Fields(c)
	}
	c.putAll(cmd.ExtFields)
	dst = c.buf
	c.release()
	return dst
}
