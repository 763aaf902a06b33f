package protocol

import (
	"encoding/binary"
	"strconv"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// put writes one field in the codec's mode:
//
//	JSON    "key":"value"           after a comma, unless it is the first
//	binary  +--------+-----+--------+-------+
//	        | int16  | key | int32  | value |   lengths in bytes, big endian
//	        +--------+-----+--------+-------+
func (c *FieldCodec) put(key, value string) {
	switch c.mode {
	case modeJSON:
		c.jsonKey(key)
		c.buf = fastjson.AppendString(c.buf, value)
	case modeBinary:
		c.binaryKey(key)
		c.buf = binary.BigEndian.AppendUint32(c.buf, uint32(len(value)))
		c.buf = append(c.buf, value...)
	default:
		c.out = append(c.out, Field{key, value})
	}
}

// putInt writes a number as its decimal digits, without making a string of them.
func (c *FieldCodec) putInt(key string, n int64) {
	switch c.mode {
	case modeJSON:
		c.jsonKey(key)
		c.buf = append(c.buf, '"')
		c.buf = strconv.AppendInt(c.buf, n, 10)
		c.buf = append(c.buf, '"')
	case modeBinary:
		c.binaryKey(key)
		length := len(c.buf)
		c.buf = append(c.buf, 0, 0, 0, 0)
		c.buf = strconv.AppendInt(c.buf, n, 10)
		binary.BigEndian.PutUint32(c.buf[length:], uint32(len(c.buf)-length-4))
	default:
		c.out = append(c.out, Field{key, strconv.FormatInt(n, 10)})
	}
}

func (c *FieldCodec) putBool(key string, b bool) {
	if b {
		c.put(key, "true")
		return
	}
	c.put(key, "false")
}

func (c *FieldCodec) jsonKey(key string) {
	if c.fields > 0 {
		c.buf = append(c.buf, ',')
	}
	c.fields++
	c.buf = append(c.buf, '"')
	c.buf = append(c.buf, key...)
	c.buf = append(c.buf, '"', ':')
}

func (c *FieldCodec) binaryKey(key string) {
	c.buf = binary.BigEndian.AppendUint16(c.buf, uint16(len(key)))
	c.buf = append(c.buf, key...)
}

// putAll writes ext fields. Unlike a header's, their keys may need escaping; in binary, a key that is too long for its length
// is left out.
func (c *FieldCodec) putAll(fields ExtFields) {
	for i := range fields {
		f := &fields[i]
		switch {
		case c.mode == modeJSON:
			if c.fields > 0 {
				c.buf = append(c.buf, ',')
			}
			c.fields++
			c.buf = fastjson.AppendString(c.buf, f.Key)
			c.buf = append(c.buf, ':')
			c.buf = fastjson.AppendString(c.buf, f.Value)
		case len(f.Key) <= maxBinaryKey:
			c.put(f.Key, f.Value)
		}
	}
}
