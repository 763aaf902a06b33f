package fastjson

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// String reads a string. A bare number, true or false is returned as it is written; null is "".
func (r *Reader) String() string { return r.text(r.token()) }

// text is b as a string: the same memory when aliasing.
func (r *Reader) text(b []byte) string {
	if r.alias {
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	return string(b)
}

// Int64 reads an integer, bare or in quotes; null and "" are 0.
func (r *Reader) Int64() int64 { return r.integer(64) }

// Int32 reads an integer of 32 bits, bare or in quotes; null and "" are 0.
func (r *Reader) Int32() int32 { return int32(r.integer(32)) }

func (r *Reader) integer(bits int) int64 {
	if n, ok := r.plainInt(); ok {
		return n
	}
	b := r.token()
	if n, ok := digits(b); ok {
		return n
	}
	n, err := strconv.ParseInt(unsafe.String(unsafe.SliceData(b), len(b)), 10, bits)
	if err != nil {
		r.Fail(fmt.Errorf("%w: not an integer of %d bits", ErrSyntax, bits))
		return 0
	}
	return n
}

// digits is the value of up to nine digits: what numbers nearly always are, 0 if there are none.
func digits(b []byte) (n int64, ok bool) {
	if len(b) > 9 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// Float64 reads a number, bare or in quotes; null and "" are 0.
func (r *Reader) Float64() float64 {
	b := r.token()
	if len(b) == 0 {
		return 0
	}
	f, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(b), len(b)), 64)
	if err != nil {
		r.Fail(fmt.Errorf("%w: not a number", ErrSyntax))
		return 0
	}
	return f
}

// Bool reads true or false, bare, in quotes or as 1 or 0; null and "" are false.
func (r *Reader) Bool() bool {
	switch string(r.token()) {
	case "true", "TRUE", "True", "1":
		return true
	case "false", "FALSE", "False", "0", "":
		return false
	}
	r.Fail(fmt.Errorf("%w: not a boolean", ErrSyntax))
	return false
}

// token reads a quoted string or a bare word; null is empty. What it returns is only valid until the next call.
func (r *Reader) token() []byte {
	switch r.peek() {
	case '"', '\'':
		return r.quoted()
	}
	b := r.bare()
	if string(b) == "null" {
		return nil
	}
	return b
}

// bare reads a word without quotes: a number, a literal or a name.
func (r *Reader) bare() []byte {
	start := r.pos
	for r.pos < len(r.data) && isBare(r.data[r.pos]) {
		r.pos++
	}
	if r.pos == start {
		r.Fail(ErrSyntax)
		return nil
	}
	return r.data[start:r.pos]
}

func isBare(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c >= utf8.RuneSelf:
		return true
	}
	return c == '-' || c == '_' || c == '.' || c == '+' || c == '$' || c == '@'
}

// quoted reads a string in quotes. Without escape sequences, and when aliasing, the result is a part of the data.
func (r *Reader) quoted() []byte {
	if r.pos >= len(r.data) {
		r.Fail(ErrSyntax)
		return nil
	}
	quote, start := r.data[r.pos], r.pos+1
	n := until(r.data[start:], quote)
	switch {
	case n < 0:
		r.Fail(fmt.Errorf("%w: string without end", ErrSyntax))
		return nil
	case r.data[start+n] == '\\':
		return r.escaped(quote, start, start+n)
	}
	r.pos = start + n + 1
	return r.data[start : start+n]
}

// escaped continues quoted at the first backslash. When aliasing, the resolved text overwrites the string in the data, for
// it is never longer.
func (r *Reader) escaped(quote byte, start, i int) []byte {
	out := r.scratch[:0]
	if r.alias {
		out = r.data[start:start]
	}
	out = append(out, r.data[start:i]...)
	for r.data[i] != quote {
		var n int
		if out, n = appendEscape(out, r.data[i+1:]); n == 0 {
			r.pos = i
			r.Fail(fmt.Errorf("%w: escape sequence", ErrSyntax))
			return nil
		}
		i += 1 + n
		if n = until(r.data[i:], quote); n < 0 {
			r.Fail(fmt.Errorf("%w: string without end", ErrSyntax))
			return nil
		}
		out = append(out, r.data[i:i+n]...)
		i += n
	}
	r.pos = i + 1
	if !r.alias {
		r.scratch = out
	}
	return out
}

// appendEscape appends the character for which the escape sequence in (after its backslash) stands, and returns the
// sequence's length: 0 if it is none.
func appendEscape(out, in []byte) ([]byte, int) {
	if len(in) == 0 {
		return out, 0
	}
	switch in[0] {
	case '"', '\'', '\\', '/':
		return append(out, in[0]), 1
	case 'b':
		return append(out, '\b'), 1
	case 'f':
		return append(out, '\f'), 1
	case 'n':
		return append(out, '\n'), 1
	case 'r':
		return append(out, '\r'), 1
	case 't':
		return append(out, '\t'), 1
	case 'u':
		return appendUnicode(out, in)
	}
	return out, 0
}

// appendUnicode resolves uXXXX, and a pair of them where they are surrogates; half a pair becomes U+FFFD.
func appendUnicode(out, in []byte) ([]byte, int) {
	u, ok := hex4(in)
	if !ok {
		return out, 0
	}
	if !utf16.IsSurrogate(u) {
		return utf8.AppendRune(out, u), 5
	}
	if len(in) >= 11 && in[5] == '\\' && in[6] == 'u' {
		if low, ok := hex4(in[6:]); ok {
			if pair := utf16.DecodeRune(u, low); pair != utf8.RuneError {
				return utf8.AppendRune(out, pair), 11
			}
		}
	}
	return utf8.AppendRune(out, utf8.RuneError), 5
}

// hex4 reads the four digits after the u.
func hex4(in []byte) (rune, bool) {
	if len(in) < 5 {
		return 0, false
	}
	var u rune
	for _, c := range in[1:5] {
		switch {
		case c >= '0' && c <= '9':
			u = u<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			u = u<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			u = u<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return u, true
}
