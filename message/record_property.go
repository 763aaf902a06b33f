package message

import (
	"iter"
	"strings"
)

// RecordProperties are the names and values in the wire form of properties, as they come: of a name that repeats itself the last value
// counts. Malformed pairs are skipped. They are substrings of wire.
func RecordProperties(wire string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for rest := wire; rest != ""; {
			var pair string
			pair, rest, _ = strings.Cut(rest, string(propertySeparator))
			name, value, _ := strings.Cut(pair, string(nameValueSeparator))
			if name != "" && value != "" && !yield(name, value) {
				return
			}
		}
	}
}

// RecordProperty finds the value of name in the wire form of properties without parsing the others: the last one, as
// ParseProperties keeps; "" when missing. It is a substring of wire.
func RecordProperty(wire, name string) (value string) {
	for n, v := range RecordProperties(wire) {
		if n == name {
			value = v
		}
	}
	return value
}
