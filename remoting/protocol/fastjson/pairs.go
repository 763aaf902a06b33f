package fastjson

import "unsafe"

// Pairs reads an object whose values are strings: pair gets each member. Any other value, null included, is left to other, which
// has to read it. It is Entries for the most frequent kind of object.
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
		if value, ok := r.plainText(); ok {
			pair(key, value)
			continue
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
// read. So with plainText and plainInt.
func (r *Reader) plainKey() (key string, ok bool) {
	n := r.plainQuoted()
	if n < 0 || r.pos+n+2 >= len(r.data) || r.data[r.pos+n+2] != ':' {
		return "", false
	}
	key = unsafe.String(&r.data[r.pos+1], n)
	r.pos += n + len(`"":`)
	return key, true
}

// plainText reads a string without escape sequences.
func (r *Reader) plainText() (text string, ok bool) {
	n := r.plainQuoted()
	if n < 0 {
		return "", false
	}
	text = unsafe.String(&r.data[r.pos+1], n)
	r.pos += n + len(`""`)
	return text, true
}

// plainQuoted is the length of the string that begins here, or -1 if none does, if it has escape sequences, or if strings are to be copies.
func (r *Reader) plainQuoted() int {
	if !r.alias || r.pos+1 >= len(r.data) || r.data[r.pos] != '"' {
		return -1
	}
	rest := r.data[r.pos+1:]
	n := until(rest, '"')
	if n < 0 || rest[n] != '"' {
		return -1
	}
	return n
}

// plainInt reads up to nine digits before a comma or the object's end.
func (r *Reader) plainInt() (n int64, ok bool) {
	for i := r.pos; i < len(r.data) && i-r.pos <= 9; i++ {
		switch c := r.data[i]; {
		case c >= '0' && c <= '9':
			n = n*10 + int64(c-'0')
		case i > r.pos && (c == ',' || c == '}'):
			r.pos = i
			return n, true
		default:
			return 0, false
		}
	}
	return 0, false
}
