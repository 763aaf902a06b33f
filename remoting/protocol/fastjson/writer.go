package fastjson

import "strconv"

// Writer writes one document, as compactly as fastjson does, or with Pretty as Apache writes its files. The zero value is ready.
// Objects have to be given their members in the order in which fastjson writes them: sorted by name. Not safe for concurrent
// use.
type Writer struct {
	// Pretty breaks lines and indents with tabs.
	Pretty bool
	// Standard makes it strict JSON that a browser understands: keys that are numbers stand in quotes, and so do integers
	// that a double cannot hold.
	Standard bool

	buf    []byte
	depth  int
	filled bool // the object or array being written has a member already
	inKey  bool // a key's colon was written last: its value follows on the line
}

// Bytes is what was written so far.
func (w *Writer) Bytes() []byte { return w.buf }

// BeginObject opens an object.
func (w *Writer) BeginObject() { w.begin('{') }

// EndObject closes it.
func (w *Writer) EndObject() { w.end('}') }

// BeginArray opens an array.
func (w *Writer) BeginArray() { w.begin('[') }

// EndArray closes it.
func (w *Writer) EndArray() { w.end(']') }

// Key begins a member with a name; its value has to follow.
func (w *Writer) Key(name string) {
	w.next()
	w.buf = AppendString(w.buf, name)
	w.colon()
}

// IntKey begins a member with a bare number as its key, as a Map<Integer, V> has it.
func (w *Writer) IntKey(n int64) {
	w.next()
	w.appendInt(n, w.Standard)
	w.colon()
}

// ObjectKey begins a member whose key is the value that key writes, as a Map<MessageQueue, V> has it.
func (w *Writer) ObjectKey(key func()) {
	key()
	w.colon()
}

// String writes a string.
func (w *Writer) String(s string) {
	w.next()
	w.buf = AppendString(w.buf, s)
}

// Int writes an integer.
func (w *Writer) Int(n int64) {
	w.next()
	w.appendInt(n, w.Standard && (n > maxExact || n < -maxExact))
}

// maxExact is the largest integer up to which a double holds every one.
const maxExact = 1<<53 - 1

func (w *Writer) appendInt(n int64, quoted bool) {
	if quoted {
		w.buf = append(w.buf, '"')
	}
	w.buf = strconv.AppendInt(w.buf, n, 10)
	if quoted {
		w.buf = append(w.buf, '"')
	}
}

// Bool writes true or false.
func (w *Writer) Bool(b bool) {
	w.next()
	w.buf = strconv.AppendBool(w.buf, b)
}

// Double writes a floating-point number as Java prints it: 0.0, 12.5, 1.0E-4.
func (w *Writer) Double(f float64) {
	w.next()
	w.buf = appendDouble(w.buf, f)
}

// Raw writes a value that is a document already.
func (w *Writer) Raw(document []byte) {
	w.next()
	w.buf = append(w.buf, document...)
}

// StringMember writes a member whose value is a string.
func (w *Writer) StringMember(name, s string) {
	w.Key(name)
	w.String(s)
}

// OptionalString writes a member whose value is a string, or nothing where that is empty: null in Java.
func (w *Writer) OptionalString(name, s string) {
	if s != "" {
		w.StringMember(name, s)
	}
}

// IntMember writes a member whose value is an integer.
func (w *Writer) IntMember(name string, n int64) {
	w.Key(name)
	w.Int(n)
}

// BoolMember writes a member whose value is a boolean.
func (w *Writer) BoolMember(name string, b bool) {
	w.Key(name)
	w.Bool(b)
}

// DoubleMember writes a member whose value is a floating-point number.
func (w *Writer) DoubleMember(name string, f float64) {
	w.Key(name)
	w.Double(f)
}

// Strings writes an array of strings.
func (w *Writer) Strings(list []string) {
	w.BeginArray()
	for _, s := range list {
		w.String(s)
	}
	w.EndArray()
}

// next prepares for a key, an element or a value.
func (w *Writer) next() {
	if w.inKey {
		w.inKey = false
		return
	}
	if w.filled {
		w.buf = append(w.buf, ',')
	}
	w.filled = true
	if w.depth > 0 {
		w.newline()
	}
}

func (w *Writer) colon() {
	w.buf = append(w.buf, ':')
	w.inKey = true
}

func (w *Writer) begin(bracket byte) {
	w.next()
	w.buf = append(w.buf, bracket)
	w.depth++
	w.filled = false
}

func (w *Writer) end(bracket byte) {
	w.depth--
	if w.filled {
		w.newline()
	}
	w.buf = append(w.buf, bracket)
	w.filled = true
}

func (w *Writer) newline() {
	if !w.Pretty {
		return
	}
	w.buf = append(w.buf, '\n')
	for range w.depth {
		w.buf = append(w.buf, '\t')
	}
}
