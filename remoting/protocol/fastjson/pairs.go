package fastjson

import (
	"bytes"
	"unsafe"
)

// Pairs reads an object whose values are strings: pair gets each member. Any other value, null included, is left to other, which
// has to read it. It is Entries for the most frequent kind of object, and reads members without white space in one go.
func (r *Reader) Pairs(pair func(key, value string), other func(key string)) {
	if !r.open('{') {
		return
	}
	for first := true; r.more('}', first); first = false {
		key, ok := r.plainKey()
		if !ok {
			key = r.String()
			if !r.colon() {
				return
			}
		}
		switch r.peek() {
		case '"', '\'':
			pair(key, r.text(r.quoted()))
		default:
			other(key)
		}
	}
}

// plainKey reads a key as nearly all are written, "key": with neither white space nor escape sequence. With ok false nothing was
// read.
func (r *Reader) plainKey() (key string, ok bool) {
	rest := r.data[r.pos:]
	if !r.alias || len(rest) == 0 || rest[0] != '"' {
		return "", false
	}
	for i := 1; i < len(rest)-1; i++ {
		switch rest[i] {
		case '"':
			if rest[i+1] != ':' {
				return "", false
			}
			r.pos += i + 2
			return unsafe.String(unsafe.SliceData(rest[1:i]), i-1), true
		case '\\':
			return "", false
		}
	}
	return "", false
}

// until is the index of the next quote or backslash in b, or -1.
func until(b []byte, quote byte) int {
	for i := range min(len(b), 16) { // most strings are shorter than a search is worth
		if c := b[i]; c == quote || c == '\\' {
			return i
		}
	}
	if len(b) <= 16 {
		return -1
	}
	end := bytes.IndexByte(b[16:], quote)
	before := b[16:]
	if end >= 0 {
		before = before[:end]
	}
	if escape := bytes.IndexByte(before, '\\'); escape >= 0 {
		return 16 + escape
	}
	if end < 0 {
		return -1
	}
	return 16 + end
}
