package fastjson

import (
	"maps"
	"slices"
	"strconv"
)

// Appender is what can write itself.
type Appender interface{ AppendJSON(w *Writer) }

// Readable is what can read itself.
type Readable interface{ ReadJSON(r *Reader) }

// Marshal is v as it goes over the wire.
func Marshal(v Appender) []byte {
	var w Writer
	v.AppendJSON(&w)
	return w.Bytes()
}

// MarshalPretty is v as it stands in a file.
func MarshalPretty(v Appender) []byte {
	w := Writer{Pretty: true}
	v.AppendJSON(&w)
	return w.Bytes()
}

// Unmarshal reads the whole of data into v; members that data has not stay as they are in v. It keeps nothing of data. The
// error wraps ErrSyntax, ErrDepth or ErrEntries; v is then read in part.
func Unmarshal(data []byte, v Readable) error {
	r := NewReader(data)
	v.ReadJSON(&r)
	return r.End()
}

// SortedKeys is how maps are written: in the order of their keys, so that equal maps are equal documents.
func SortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// StringMap writes a map of strings.
func (w *Writer) StringMap(m map[string]string) {
	w.BeginObject()
	for _, key := range SortedKeys(m) {
		w.StringMember(key, m[key])
	}
	w.EndObject()
}

// Ints writes an array of integers: a Java long[], which stays on one line in files too.
func (w *Writer) Ints(list []int64) {
	w.next()
	w.buf = append(w.buf, '[')
	for i, n := range list {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = strconv.AppendInt(w.buf, n, 10)
	}
	w.buf = append(w.buf, ']')
}

// Strings reads an array of strings; null is nil.
func (r *Reader) Strings() []string {
	var list []string
	r.Array(func() { list = append(list, r.String()) })
	return list
}

// StringMap reads an object whose values are strings; null is an empty map.
func (r *Reader) StringMap() map[string]string {
	m := make(map[string]string)
	var key string
	r.Entries(func() { key = r.String() }, func() { m[key] = r.String() })
	return m
}
