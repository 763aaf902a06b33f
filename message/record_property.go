package message

import "strings"

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
