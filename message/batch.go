package message

import (
	"encoding/binary"
	"fmt"
)

// batchItemOverhead is an item's length without its body and properties, in bytes.
const batchItemOverhead = 22

// EncodeBatch is the body of SEND_BATCH_MESSAGE: the messages one behind the other. Topics are not part of it.
//
//	0        4       8       12     16         20       20+n       22+n
//	+--------+-------+-------+------+----------+--------+----------+------------+
//	| length | magic | crc   | flag | n        | body   | m        | properties |
//	| int32  | 0     | 0     | int32| int32    | n bytes| int16    | m bytes    |
//	+--------+-------+-------+------+----------+--------+----------+------------+
//
// All integers are big endian; length is that of the whole item. Properties beyond MaxPropertiesSize are
// ErrPropertiesTooLong.
//
// Java: common.message.MessageDecoder#encodeMessages (5.5.0).
func EncodeBatch(msgs []*Message) ([]byte, error) {
	size := 0
	for _, m := range msgs {
		size += batchItemOverhead + len(m.Body) + propertiesLength(m.Properties)
	}
	dst := make([]byte, 0, size)
	for i, m := range msgs {
		n := propertiesLength(m.Properties)
		if n > MaxPropertiesSize {
			return nil, fmt.Errorf("batch item %d: %w: %d bytes", i, ErrPropertiesTooLong, n)
		}
		dst = appendBatchItem(dst, m, n)
	}
	return dst, nil
}

func appendBatchItem(dst []byte, m *Message, properties int) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(batchItemOverhead+len(m.Body)+properties))
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, uint32(m.Flag))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(m.Body)))
	dst = append(dst, m.Body...)
	dst = binary.BigEndian.AppendUint16(dst, uint16(properties))
	return m.Properties.AppendTo(dst)
}

func propertiesLength(p Properties) int {
	n := 0
	for i := range p {
		if p[i].Name != "" && p[i].Value != "" {
			n += len(p[i].Name) + len(p[i].Value) + 2
		}
	}
	return n
}

// DecodeBatch reads what EncodeBatch writes. Bodies are parts of data; anything else is ErrMalformedBatch.
//
// Java: common.message.MessageDecoder#decodeMessages (5.5.0).
func DecodeBatch(data []byte) ([]*Message, error) {
	var msgs []*Message
	for rest := data; len(rest) > 0; {
		m, n := decodeBatchItem(rest)
		if n == 0 {
			return nil, fmt.Errorf("%w: item %d at byte %d", ErrMalformedBatch, len(msgs), len(data)-len(rest))
		}
		msgs = append(msgs, m)
		rest = rest[n:]
	}
	return msgs, nil
}

// decodeBatchItem reads the first item and returns how long it is: 0 if it is none. Like Java it trusts the inner lengths, and asks of
// the outer one that it agrees.
func decodeBatchItem(b []byte) (*Message, int) {
	if len(b) < batchItemOverhead {
		return nil, 0
	}
	total := int32(binary.BigEndian.Uint32(b))
	if total < batchItemOverhead || int(total) > len(b) {
		return nil, 0
	}
	b = b[:total]
	bodyLength := int32(binary.BigEndian.Uint32(b[16:]))
	if bodyLength < 0 || int(bodyLength) > len(b)-batchItemOverhead {
		return nil, 0
	}
	behind := b[20+bodyLength:]
	properties := int(int16(binary.BigEndian.Uint16(behind)))
	if properties != len(behind)-2 {
		return nil, 0
	}
	return &Message{
		Flag:       int32(binary.BigEndian.Uint32(b[12:])),
		Body:       b[20 : 20+bodyLength : 20+bodyLength],
		Properties: ParseProperties(string(behind[2:])),
	}, int(total)
}
