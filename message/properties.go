package message

import "strings"

// The separators of the properties string: name, nameValueSeparator, value, propertySeparator.
const (
	nameValueSeparator = '\x01'
	propertySeparator  = '\x02'
)

// Property is one name and its value.
type Property struct{ Name, Value string }

// Properties are a message's properties in the order in which they were set; names are unique. The zero value is empty and
// ready. Not safe for concurrent writes.
type Properties []Property

// Get is the value of name, or "" when it is not set.
func (p Properties) Get(name string) string {
	v, _ := p.Lookup(name)
	return v
}

// Lookup is the value of name and whether it is set.
func (p Properties) Lookup(name string) (string, bool) {
	for i := range p {
		if p[i].Name == name {
			return p[i].Value, true
		}
	}
	return "", false
}

// Set gives name a value, in its old place if it had one.
func (p *Properties) Set(name, value string) {
	for i := range *p {
		if (*p)[i].Name == name {
			(*p)[i].Value = value
			return
		}
	}
	*p = append(*p, Property{name, value})
}

// Delete removes name.
func (p *Properties) Delete(name string) {
	for i := range *p {
		if (*p)[i].Name == name {
			*p = append((*p)[:i], (*p)[i+1:]...)
			return
		}
	}
}

// Clone is a copy that shares nothing.
func (p Properties) Clone() Properties { return append(Properties(nil), p...) }

// AppendTo appends the wire form "name\x01value\x02..." with a trailing separator, as 5.x writes it. Pairs with an empty name or
// value are left out, as the reader would drop them.
//
// Java: common.message.MessageDecoder#messageProperties2String (5.5.0).
func (p Properties) AppendTo(dst []byte) []byte {
	for i := range p {
		if p[i].Name == "" || p[i].Value == "" {
			continue
		}
		dst = AppendProperty(dst, p[i].Name, p[i].Value)
	}
	return dst
}

// AppendProperty appends a pair in its wire form. Neither name nor value may be empty.
func AppendProperty[Text string | []byte](dst []byte, name string, value Text) []byte {
	dst = append(append(dst, name...), nameValueSeparator)
	return append(append(dst, value...), propertySeparator)
}

// String is the wire form.
func (p Properties) String() string { return string(p.AppendTo(nil)) }

// ParseProperties reads the wire form, with or without the trailing separator (4.x writes none). The pairs are substrings of s.
// Malformed pairs are skipped, as Java does; a repeated name keeps its last value. Time and memory are in proportion to s.
//
// Java: common.message.MessageDecoder#string2messageProperties (5.5.0).
func ParseProperties(s string) Properties {
	if s == "" {
		return nil
	}
	p := make(Properties, 0, min(strings.Count(s, string(propertySeparator))+1, manyProperties))
	var index map[string]int // where each name is, once there are many
	for name, value := range RecordProperties(s) {
		if len(p) < manyProperties {
			p.Set(name, value)
		} else {
			index = p.setIndexed(index, name, value)
		}
	}
	return p
}

// manyProperties is from how many on looking for a name takes an index: hardly any message has a tenth of them.
const manyProperties = 64

// setIndexed is Set with the help of an index, which it makes if there is none yet.
func (p *Properties) setIndexed(index map[string]int, name, value string) map[string]int {
	if index == nil {
		index = make(map[string]int, 2*len(*p))
		for i := range *p {
			index[(*p)[i].Name] = i
		}
	}
	if i, ok := index[name]; ok {
		(*p)[i].Value = value
		return index
	}
	index[name] = len(*p)
	*p = append(*p, Property{name, value})
	return index
}
