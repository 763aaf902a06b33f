package properties

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Parse reads Java's properties text: "key=value", "key: value" or "key value" a line, # and ! comments, backslash escapes
// and continued lines. A key given twice keeps its last value. An escape that is not one is an error that names the line.
//
// Java: java.util.Properties#load.
func Parse(text string) (map[string]string, error) {
	out := make(map[string]string)
	for l := (lines{rest: text}); l.next(); {
		rawKey, rawValue := split(l.text)
		key, err := unescape(rawKey)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", l.first, err)
		}
		value, err := unescape(rawValue)
		if err != nil {
			return nil, fmt.Errorf("line %d: key %s: %w", l.first, key, err)
		}
		out[key] = value
	}
	return out, nil
}

// Format writes key=value lines in key order and, as Apache's tools do, without escapes.
//
// Java: common.MixAll#properties2String (5.5.0).
func Format(values map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(values)) {
		b.WriteString(key)
		b.WriteByte('=')
		b.WriteString(values[key])
		b.WriteByte('\n')
	}
	return b.String()
}

// lines walks the logical lines of a text: comments and blank lines left out, continued ones joined.
type lines struct {
	rest  string
	line  int
	text  string // the present logical line, still escaped, without leading blanks
	first int    // its number, from 1
}

func (l *lines) next() bool {
	for {
		physical, ok := l.physical()
		if !ok {
			return false
		}
		if physical == "" || physical[0] == '#' || physical[0] == '!' {
			continue
		}
		l.first, l.text = l.line, physical
		for continued(l.text) {
			more, ok := l.physical()
			l.text = l.text[:len(l.text)-1] + more
			if !ok {
				break
			}
		}
		return true
	}
}

// physical takes one line off the rest, without its end and its leading blanks.
func (l *lines) physical() (string, bool) {
	if l.rest == "" {
		return "", false
	}
	l.line++
	line := l.rest
	if i := strings.IndexAny(l.rest, "\r\n"); i >= 0 {
		line, l.rest = l.rest[:i], strings.TrimPrefix(l.rest[i:], "\r")
		l.rest = strings.TrimPrefix(l.rest, "\n")
	} else {
		l.rest = ""
	}
	return strings.TrimLeft(line, " \t\f"), true
}

// continued says that a line ends in an odd number of backslashes.
func continued(line string) bool {
	return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1
}

// split cuts a logical line at its first unescaped separator.
func split(line string) (key, value string) {
	end := len(line)
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' {
			i++
		} else if strings.IndexByte("=: \t\f", line[i]) >= 0 {
			end = i
			break
		}
	}
	value = strings.TrimLeft(line[end:], " \t\f")
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimLeft(value[1:], " \t\f")
	}
	return line[:end], value
}

func unescape(s string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if s[i] != 'u' {
			b.WriteByte(plainEscape(s[i]))
			continue
		}
		r, n, err := unicodeEscape(s[i+1:])
		if err != nil {
			return "", err
		}
		b.WriteRune(r)
		i += n
	}
	return b.String(), nil
}

func plainEscape(c byte) byte {
	switch c {
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 'f':
		return '\f'
	}
	return c
}

// unicodeEscape reads the hex digits behind a backslash and u, and those of the other half of a surrogate pair. n is how
// many bytes it took.
func unicodeEscape(s string) (r rune, n int, err error) {
	first, err := hex4(s)
	if err != nil {
		return 0, 0, err
	}
	if !utf16.IsSurrogate(first) {
		return first, 4, nil
	}
	if len(s) >= 10 && s[4] == '\\' && s[5] == 'u' {
		if second, err := hex4(s[6:]); err == nil {
			if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
				return r, 10, nil
			}
		}
	}
	return utf8.RuneError, 4, nil
}

func hex4(s string) (rune, error) {
	if len(s) < 4 {
		return 0, fmt.Errorf("malformed \\u escape %q", s)
	}
	v, err := strconv.ParseUint(s[:4], 16, 16)
	if err != nil {
		return 0, fmt.Errorf("malformed \\u escape %q", s[:4])
	}
	return rune(v), nil
}
