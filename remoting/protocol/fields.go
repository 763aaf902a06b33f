package protocol

import (
	"fmt"
	"strconv"
)

// Field is one ext field.
type Field struct{ Key, Value string }

// ExtFields are a command's header fields in wire order. They implement observ.Carrier by method set.
type ExtFields []Field

// Get is the value of key, or "".
func (f ExtFields) Get(key string) string {
	v, _ := f.Lookup(key)
	return v
}

// Lookup is the value of key and whether it is there.
func (f ExtFields) Lookup(key string) (string, bool) {
	for i := range f {
		if f[i].Key == key {
			return f[i].Value, true
		}
	}
	return "", false
}

// Set gives key a value, in its old place if it had one.
func (f *ExtFields) Set(key, value string) {
	for i := range *f {
		if (*f)[i].Key == key {
			(*f)[i].Value = value
			return
		}
	}
	*f = append(*f, Field{key, value})
}

// CustomHeader is a typed header of one request or response code. Its Fields method names every field once, for both
// directions:
//
//	func (h *GetRouteInfoRequestHeader) Fields(c *protocol.FieldCodec) {
//		c.String("topic", &h.Topic, protocol.Required)
//		c.Bool("acceptStandardJsonOnly", &h.AcceptStandardJSONOnly, protocol.OmitZero)
//	}
//
// Java: remoting.CommandCustomHeader.
type CustomHeader interface{ Fields(c *FieldCodec) }

// Presence says when a field is written, and whether its absence is an error when read.
type Presence int

// The presences.
const (
	Optional Presence = iota // always written; absent reads as the zero value
	Required                 // always written; absent is an error
	OmitZero                 // not written when zero (Java: null); absent reads as the zero value
)

type codecMode int8

const (
	modeDecode codecMode = iota
	modeCollect
	modeJSON
	modeBinary
)

// FieldCodec carries a header's fields to or from the wire. Only this package makes one.
type FieldCodec struct {
	mode   codecMode
	in     ExtFields
	next   int // where the next lookup starts: fields usually come in order
	out    ExtFields
	buf    []byte
	fields int // written so far
	err    error
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
	n := int64(*v)
	c.integer(key, &n, 32, p)
	*v = int32(n)
}

// Int64 carries a 64-bit integer field.
func (c *FieldCodec) Int64(key string, v *int64, p Presence) { c.integer(key, v, 64, p) }

// Bool carries a boolean field, "true" or "false".
func (c *FieldCodec) Bool(key string, v *bool, p Presence) {
	if c.mode != modeDecode {
		if *v || p != OmitZero {
			c.put(key, strconv.FormatBool(*v))
		}
		return
	}
	if s, ok := c.take(key, p); ok {
		*v = s == "true" || s == "TRUE" || s == "True" // Java's Boolean.parseBoolean ignores case
	}
}

func (c *FieldCodec) integer(key string, v *int64, bits int, p Presence) {
	if c.mode != modeDecode {
		if *v != 0 || p != OmitZero {
			c.putInt(key, *v)
		}
		return
	}
	s, ok := c.take(key, p)
	if !ok {
		return
	}
	n, err := strconv.ParseInt(s, 10, bits)
	if err != nil {
		c.fail(fmt.Errorf("ext field %s: %w", key, err))
		return
	}
	*v = n
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

func (c *FieldCodec) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// EncodeFields is a header's fields as ext fields.
func EncodeFields(h CustomHeader) ExtFields {
	c := FieldCodec{mode: modeCollect}
	h.Fields(&c)
	return c.out
}

// DecodeFields reads ext fields into a header and returns the first error.
func DecodeFields(in ExtFields, h CustomHeader) error {
	c := FieldCodec{mode: modeDecode, in: in}
	h.Fields(&c)
	return c.err
}
