package message

import (
	"iter"
	"strings"
)

// RecordProperties are the names and values in the wire form of properties, as they come: of a name that repeats itself the last value
// counts. They are substrings of wire.
func RecordProperties(wire string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for rest := wire; rest != ""; {
			var pair string
			pair, rest, _ = strings.Cut(rest, "\x02")
			name, value, _ := strings.Cut(pair, "\x01")
			if name != "" && value != "" && !yield(name, value) {
				return
			}
		}
	}
}

// RecordProperty finds the value of name in the wire form of properties without parsing the others: the last one, as
// ParseProperties keeps; "" when missing. It is a substring of wire.
func RecordProperty(wire, name string) (value string) {
	for wire != "" {
		var pair string
		pair, wire, _ = strings.Cut(wire, "\x02")
		if len(pair) > len(name)+1 && pair[len(name)] == nameValueSeparator && pair[:len(name)] == name {
			value = pair[len(name)+1:]
		}
	}
	return value
}
