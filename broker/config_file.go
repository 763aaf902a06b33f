package broker

import (
	"fmt"
	"strings"
)

// Property is one key of a broker.conf and its value.
type Property struct{ Name, Value string }

// ParseProperties reads the lines of a Java properties file: "key = value" or "key: value", comments by # or !, a backslash
// joining lines or escaping one character. Unlike Java it refuses a line without a key.
func ParseProperties(text string) ([]Property, error) {
	var props []Property
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimLeft(lines[i], " \t\f")
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		start := i
		for continued(line) && i+1 < len(lines) {
			i++
			line = line[:len(line)-1] + strings.TrimLeft(lines[i], " \t\f")
		}
		name, value := splitProperty(line)
		if name == "" {
			return nil, fmt.Errorf("%w: line %d has no key: %q", ErrConfig, start+1, lines[start])
		}
		props = append(props, Property{name, strings.TrimRight(value, " \t")})
	}
	return props, nil
}

// continued says that line ends in an odd number of backslashes.
func continued(line string) bool {
	return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1
}

// splitProperty cuts at the first unescaped separator and resolves escapes on both sides.
func splitProperty(line string) (name, value string) {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '=', ':', ' ', '\t', '\f':
			rest := strings.TrimLeft(line[i:], " \t\f")
			if rest != "" && (rest[0] == '=' || rest[0] == ':') {
				rest = strings.TrimLeft(rest[1:], " \t\f")
			}
			return unescape(line[:i]), unescape(rest)
		}
	}
	return unescape(line), ""
}

func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			if r := strings.IndexByte("tnrf", s[i]); r >= 0 {
				b.WriteByte("\t\n\r\f"[r])
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Apply sets the fields that props name and returns the keys that this broker does not know, which callers report but
// tolerate: Apache's broker.conf has some four hundred, most of them for features that do not exist here.
func (c *Config) Apply(props []Property) (unknown []string, err error) {
	byName := map[string]key{}
	for _, k := range c.keys() {
		byName[k.name] = k
	}
	for _, p := range props {
		k, ok := byName[p.Name]
		if !ok {
			unknown = append(unknown, p.Name)
			continue
		}
		if err := k.set(p.Value); err != nil {
			return unknown, err
		}
	}
	return unknown, nil
}

// ParseConfig reads the text of a broker.conf over [DefaultConfig]. The keys it does not know come back for a warning.
func ParseConfig(text string) (c Config, unknown []string, err error) {
	props, err := ParseProperties(text)
	if err != nil {
		return Config{}, nil, err
	}
	c = DefaultConfig()
	unknown, err = c.Apply(props)
	return c, unknown, err
}

// Format lists every known key and its value, as request 26 answers.
func (c *Config) Format() string {
	var b strings.Builder
	for _, k := range c.keys() {
		b.WriteString(k.name)
		b.WriteByte('=')
		b.WriteString(strings.ReplaceAll(k.get(), `\`, `\\`))
		b.WriteByte('\n')
	}
	return b.String()
}
