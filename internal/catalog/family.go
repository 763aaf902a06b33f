package catalog

import (
	"strings"

	"github.com/plumemq/plume/internal/observ"
)

// Family is a step's id with a request code at its end replaced by "*": the steps of one function that differ in the code alone
// are one family, "remoting.client.*". Other steps are a family of their own.
func Family(id string) string {
	dot := strings.LastIndexByte(id, '.') + 1
	code := id[dot:]
	if len(code) > 1 && code == strings.ToUpper(code) {
		return id[:dot] + "*"
	}
	return id
}

// Families are the steps with one of each family, by id.
func (c *Catalog) Families() []*observ.Op {
	var out []*observ.Op
	seen := map[string]bool{}
	for _, op := range c.steps {
		if f := Family(op.ID); !seen[f] {
			seen[f] = true
			out = append(out, op)
		}
	}
	return out
}
