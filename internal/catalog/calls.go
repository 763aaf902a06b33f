package catalog

import (
	"regexp"
	"slices"
	"strings"
)

var call = regexp.MustCompile(`\b([A-Za-z_]\w*)\(`)

// CallsIn are the names that a line of Go calls, in order; none for a comment.
func CallsIn(line string) []string {
	if strings.HasPrefix(strings.TrimSpace(line), "//") {
		return nil
	}
	var names []string
	for _, m := range call.FindAllStringSubmatch(line, -1) {
		names = append(names, m[1])
	}
	return names
}

// reaches looks at every function of a package that is called name.
func reaches(funcs map[string]Function, name, target string, depth int) bool {
	for _, f := range funcs {
		if f.Name != name {
			continue
		}
		var names []string
		for _, line := range strings.Split(f.Text, "\n")[f.Start-f.DocLine:] {
			names = append(names, CallsIn(line)...)
		}
		names = slices.DeleteFunc(names, func(n string) bool { return n == name }) // its own declaration
		if slices.Contains(names, target) {
			return true
		}
		if depth > 0 && slices.ContainsFunc(names, func(n string) bool { return reaches(funcs, n, target, depth-1) }) {
			return true
		}
	}
	return false
}
