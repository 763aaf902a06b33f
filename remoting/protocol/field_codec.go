package protocol

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

type codecMode int8

const (
	modeDecode  codecMode = iota // from ExtFields
	modeCollect                  // to ExtFields
	modeJSON                     // to the members of a JSON object
	modeBinary                   // to the entries of a binary header
)

// FieldCodec carries a header's fields to or from the wire. Only this package makes one; it must not be kept.
type FieldCodec struct {
	mode   codecMode
	in     ExtFields
	next   int // where the next lookup starts: fields usually come in order
	out    ExtFields
	buf    []byte
	fields int // written so far
	err    error
}

// codecs holds spare codecs: a header's Fields is called through an interface, so that they would all escape.
var codecs = sync.Pool{New: func() any { return new(FieldCodec) }}

func newCodec(mode codecMode) *FieldCodec {
	c := codecs.Get().(*FieldCodec)
	c.mode = mode
	return c
}

func (c *FieldCodec) release() {
	*c = FieldCodec{}
	codecs.Put(c)
}

// EncodeFields is a header's fields as ext fields.
func EncodeFields(h CustomHeader) ExtFields {
	c := newCodec(modeCollect)
	h.Fields(c)
	out := c.out
	c.release()
	return out
}

// DecodeFields reads ext fields into a header and returns the first error: ErrMissingField or ErrMalformedField.
func DecodeFields(in ExtFields, h CustomHeader) error {
	c := newCodec(modeDecode)
	c.in = in
	h.Fields(c)
	err := c.err
	c.release()
	return err
}

// String carries a string field.
func (c *FieldCodec) String(key string, v *string, p Presence) {
	if c.mode != modeDecode {
		if *v != "" || p != OmitZero {
			c.put(key, *v)
		}
		return
	}
	if s, ok := c.take(key, p); ok {
		*v = s
	}
}

// Int32 carries a 32-bit integer field.
func (c *FieldCodec) Int32(key string, v *int32, p Presence) {
	if c.mode != modeDecode {
		if *v != 0 || p != OmitZero {
			c.putInt(key, int64(*v))
		}
		return
	}
	if n, ok := c.takeInt(key, 32, p); ok {
		*v = int32(n)
	}
}

// Int64 carries a 64-bit integer field.
func (c *FieldCodec) Int64(key string, v *int64, p Presence) {
	if c.mode != modeDecode {
		if *v != 0 || p != OmitZero {
			c.putInt(key, *v)
		}
		return
	}
	if n, ok := c.takeInt(key, 64, p); ok {
		*v = n
	}
}

// Bool carries a boolean field, "true" or "false". As in Java, whatever is not "true" in any case reads as false.
func (c *FieldCodec) Bool(key string, v *bool, p Presence) {
	if c.mode != modeDecode {
		if *v || p != OmitZero {
			c.putBool(key, *v)
		}
		return
	}
	if s, ok := c.take(key, p); ok {
		*v = isTrue(s)
	}
}

// NullInt32 carries a 32-bit integer field that is written only when it is valid.
func (c *FieldCodec) NullInt32(key string, v *NullInt32) {
	if c.mode != modeDecode {
		if v.Valid {
			c.putInt(key, int64(v.Int32))
		}
		return
	}
	if n, ok := c.takeInt(key, 32, Optional); ok {
		*v = SomeInt32(int32(n))
	}
}

// NullInt64 carries a 64-bit integer field that is written only when it is valid.
func (c *FieldCodec) NullInt64(key string, v *NullInt64) {
	if c.mode != modeDecode {
		if v.Valid {
			c.putInt(key, v.Int64)
		}
		return
	}
	if n, ok := c.takeInt(key, 64, Optional); ok {
		*v = SomeInt64(n)
	}
}

// NullBool carries a boolean field that is written only when it is valid.
func (c *FieldCodec) NullBool(key string, v *NullBool) {
	if c.mode != modeDecode {
		if v.Valid {
			c.putBool(key, v.Bool)
		}
		return
	}
	if s, ok := c.take(key, Optional); ok {
		*v = SomeBool(isTrue(s))
	}
}

// take finds key, starting behind the field found last.
func (c *FieldCodec) take(key string, p Presence) (string, bool) {
	n := len(c.in)
	for i := 0; i < n; i++ {
		j := c.next + i
		if j >= n {
			j -= n
		}
		if c.in[j].Key == key {
			c.next = j + 1
			return c.in[j].Value, true
		}
	}
	if p == Required {
		c.fail(fmt.Errorf("%w: %s", ErrMissingField, key))
	}
	return "", false
}

// takeInt is take for an integer. An empty one is absent: that is how a null arrives in the binary encoding.
func (c *FieldCodec) takeInt(key string, bits int, p Presence) (int64, bool) {
	s, ok := c.take(key, p)
	if !ok {
		return 0, false
	}
	if s == "" && p != Required {
		return 0, false
	}
	if n, ok := digits(s); ok {
		return n, true
	}
	n, err := strconv.ParseInt(s, 10, bits)
	if err != nil {
		c.fail(fmt.Errorf("%w: %s: %w", ErrMalformedField, key, err))
		return 0, false
	}
	return n, true
}

// isTrue reads a boolean as Java does.
func isTrue(s string) bool {
	return s == "true" || len(s) == len("true") && strings.EqualFold(s, "true")
}

// digits is the value of one to nine digits: what numbers nearly always are.
func digits(s string) (n int64, ok bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

func (c *FieldCodec) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}
