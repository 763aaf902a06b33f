package protocol

// Field is one ext field.
type Field struct{ Key, Value string }

// ExtFields are a command's header fields in wire order; keys are unique. They implement observ.Carrier by method set.
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
// Writing a header only reads it, so several goroutines may send the same one. Field names are plain ASCII.
//
// Java: remoting.CommandCustomHeader.
type CustomHeader interface{ Fields(c *FieldCodec) }

// Presence says when a field is written, and whether its absence is an error when read.
type Presence int

// The presences. A field that is absent keeps the value that it had in the header read into: zero in a new one.
const (
	Optional Presence = iota // always written; may be absent
	Required                 // always written; absent is an error
	OmitZero                 // not written when zero (Java: null); may be absent
)

// NullInt32 is a 32-bit integer that can be absent, where that means something else than 0.
type NullInt32 struct {
	Int32 int32
	Valid bool
}

// SomeInt32 is an integer that is there.
func SomeInt32(n int32) NullInt32 { return NullInt32{n, true} }

// Or is the integer, or otherwise when there is none.
func (n NullInt32) Or(otherwise int32) int32 {
	if n.Valid {
		return n.Int32
	}
	return otherwise
}

// NullInt64 is a 64-bit integer that can be absent, where that means something else than 0.
type NullInt64 struct {
	Int64 int64
	Valid bool
}

// SomeInt64 is an integer that is there.
func SomeInt64(n int64) NullInt64 { return NullInt64{n, true} }

// Or is the integer, or otherwise when there is none.
func (n NullInt64) Or(otherwise int64) int64 {
	if n.Valid {
		return n.Int64
	}
	return otherwise
}

// NullBool is a boolean that can be absent, where that means something else than false.
type NullBool struct{ Bool, Valid bool }

// SomeBool is a boolean that is there.
func SomeBool(b bool) NullBool { return NullBool{b, true} }

// Or is the boolean, or otherwise when there is none.
func (b NullBool) Or(otherwise bool) bool {
	if b.Valid {
		return b.Bool
	}
	return otherwise
}
