package fastjson

// AppendList writes an array of values that write themselves.
func AppendList[T any, P interface {
	*T
	Appender
}](w *Writer, list []T) {
	w.BeginArray()
	for i := range list {
		P(&list[i]).AppendJSON(w)
	}
	w.EndArray()
}

// ReadList reads an array of values that read themselves; null is nil, an empty array is not.
func ReadList[T any, P interface {
	*T
	Readable
}](r *Reader) []T {
	if r.IsNull() {
		return nil
	}
	list := []T{}
	r.Array(func() {
		var v T
		P(&v).ReadJSON(r)
		list = append(list, v)
	})
	return list
}

// AppendTable writes an object whose values write themselves.
func AppendTable[T any, P interface {
	*T
	Appender
}](w *Writer, table map[string]T) {
	w.BeginObject()
	for _, key := range SortedKeys(table) {
		w.Key(key)
		v := table[key]
		P(&v).AppendJSON(w)
	}
	w.EndObject()
}

// ReadTable reads an object whose values read themselves; null is an empty table.
func ReadTable[T any, P interface {
	*T
	Readable
}](r *Reader) map[string]T {
	table := make(map[string]T)
	var key string
	r.Entries(func() { key = r.String() }, func() {
		var v T
		P(&v).ReadJSON(r)
		table[key] = v
	})
	return table
}
