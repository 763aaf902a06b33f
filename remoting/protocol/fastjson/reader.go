package fastjson

import (
	"fmt"
	"unsafe"
)

// The bounds of what a Reader accepts.
const (
	// MaxDepth is how deep objects and arrays may nest.
	MaxDepth = 32
	// MaxEntries is how many members and elements a whole document may have, unless Reader.Limit says otherwise.
	MaxEntries = 1 << 20
)

// Reader reads one document from front to back. Each method reads the next value and returns the zero value once anything
// has failed; End tells what. Not safe for concurrent use.
type Reader struct {
	data    []byte
	pos     int
	depth   int
	entries int // how many more members are allowed
	alias   bool
	scratch []byte
	err     error
}

// NewReader reads data and leaves it alone; the strings it returns are copies.
func NewReader(data []byte) Reader { return Reader{data: data, entries: MaxEntries} }

// NewAliasingReader reads data and takes it over: the strings it returns are parts of data, and escape sequences are
// resolved in place. The caller must not use data any more.
func NewAliasingReader(data []byte) Reader {
	return Reader{data: data, entries: MaxEntries, alias: true}
}

// Limit sets how many members and elements the document may have.
func (r *Reader) Limit(entries int) { r.entries = entries }

// Err is the first error so far.
func (r *Reader) Err() error { return r.err }

// Fail records an error of the caller's, if there is none yet, and ends the reading.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = fmt.Errorf("at byte %d: %w", r.pos, err)
	}
	r.pos = len(r.data)
}

// End is called after the document's value: it returns the first error, or an error if something follows.
func (r *Reader) End() error {
	if r.err == nil && r.peek() != 0 {
		r.Fail(ErrSyntax)
	}
	return r.err
}

// Object reads an object and calls member for each of its members, whose value it has to read; a value that it leaves alone is
// skipped. The name is only valid during the call. null is an object without members.
func (r *Reader) Object(member func(name string)) {
	if !r.open('{') {
		return
	}
	for first := true; r.more('}', first); first = false {
		name, ok := r.plainKey()
		if !ok {
			if name = r.name(); !r.colon() {
				return
			}
		}
		before := r.pos
		member(name)
		if r.pos == before {
			r.Skip()
		}
	}
}

// Entries reads an object whose keys are values of any kind: key reads the key, value the value.
func (r *Reader) Entries(key, value func()) {
	if !r.open('{') {
		return
	}
	for first := true; r.more('}', first); first = false {
		key()
		if !r.colon() {
			return
		}
		value()
	}
}

// Array reads an array and calls element for each of its elements. null is an array without elements.
func (r *Reader) Array(element func()) {
	if !r.open('[') {
		return
	}
	for first := true; r.more(']', first); first = false {
		before := r.pos
		element()
		if r.pos == before {
			r.Skip()
		}
	}
}

// Skip reads any value and drops it.
func (r *Reader) Skip() {
	switch c := r.peek(); c {
	case '{':
		r.Entries(r.Skip, r.Skip)
	case '[':
		r.Array(r.Skip)
	case '"', '\'':
		r.quoted()
	default:
		r.bare()
	}
}

// Raw reads any value and returns its text as it stands, a part of the data.
func (r *Reader) Raw() []byte {
	r.peek()
	alias := r.alias
	r.alias = false // so that the text is not changed
	start := r.pos
	r.Skip()
	r.alias = alias
	if r.err != nil {
		return nil
	}
	return r.data[start:r.pos]
}

// IsNull tells whether the next value is null, and then reads it.
func (r *Reader) IsNull() bool {
	if r.peek() != 'n' || len(r.data)-r.pos < 4 || string(r.data[r.pos:r.pos+4]) != "null" {
		return false
	}
	r.pos += 4
	return true
}

// IsComposite tells whether the next value is an object or an array; it reads nothing.
func (r *Reader) IsComposite() bool {
	c := r.peek()
	return c == '{' || c == '['
}

// open reads the opening bracket; it returns false for null and when that fails.
func (r *Reader) open(bracket byte) bool {
	if r.peek() != bracket {
		if !r.IsNull() {
			r.Fail(ErrSyntax)
		}
		return false
	}
	if r.depth++; r.depth > MaxDepth {
		r.Fail(ErrDepth)
		return false
	}
	r.pos++
	return true
}

// more moves to the next member, over the comma before it unless it is the first; at the closing bracket it reads that and
// returns false.
func (r *Reader) more(closing byte, first bool) bool {
	c := r.peek()
	comma := c == ',' && !first
	if comma {
		if r.pos++; r.pos < len(r.data) && r.data[r.pos] == '"' && r.entries > 0 { // as nearly all peers write it
			r.entries--
			return true
		}
		c = r.peek()
	}
	switch {
	case c == closing:
		r.pos++
		r.depth--
		return false
	case c == 0, c == ',', !first && !comma:
		r.Fail(ErrSyntax)
		return false
	}
	if r.entries--; r.entries < 0 {
		r.Fail(ErrEntries)
		return false
	}
	return true
}

func (r *Reader) colon() bool {
	if r.peek() != ':' {
		r.Fail(ErrSyntax)
		return false
	}
	r.pos++
	return true
}

// peek skips white space and is the next byte, or 0 at the end.
func (r *Reader) peek() byte {
	if r.pos < len(r.data) && r.data[r.pos] > ' ' {
		return r.data[r.pos]
	}
	return r.skipSpace()
}

func (r *Reader) skipSpace() byte {
	for ; r.pos < len(r.data); r.pos++ {
		c := r.data[r.pos]
		if c > ' ' {
			return c
		}
		if c == 0 { // would look like the end
			r.Fail(ErrSyntax)
		}
	}
	return 0
}

// name reads a member's name, quoted or not, as a part of the data.
func (r *Reader) name() string {
	var b []byte
	switch r.peek() {
	case '"', '\'':
		b = r.quoted()
	default:
		b = r.bare()
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}
