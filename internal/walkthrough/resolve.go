package walkthrough

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/observ"
)

// resolve finds the step that made each span. A golden tree shows names, and a few steps share one ("processRequest"): the side on
// which the span was made decides, then the company it keeps in the tree.
func (t *Tree) resolve(cat *catalog.Catalog) error {
	candidates := make([][]*observ.Op, len(t.Lines))
	for i := range t.Lines {
		candidates[i] = t.candidates(cat, i)
	}
	for i, ops := range candidates {
		if up := t.Lines[i].Parent; up >= 0 { // no step calls itself
			ops = slices.DeleteFunc(ops, func(op *observ.Op) bool { return op == t.Lines[up].Op })
			candidates[i] = ops
		}
		if len(ops) > 1 {
			ops = t.nearest(candidates, i)
		}
		switch {
		case len(ops) == 1:
			t.Lines[i].Op = ops[0]
		case len(ops) == 0 && t.Lines[i].Name == "request": // a test's own, in place of a request off the wire
		default:
			return fmt.Errorf("%w %s: %q is a span of %d steps", ErrTree, t.File, t.Lines[i].Text, len(ops))
		}
	}
	return nil
}

// candidates are the steps whose spans look like line i and are made on its side of the wire.
func (t *Tree) candidates(cat *catalog.Catalog, i int) []*observ.Op {
	l := &t.Lines[i]
	first, _, _ := strings.Cut(l.Name, " ")
	var out []*observ.Op
	for _, op := range cat.Steps() {
		kind := op.Kind.String()
		if op.Kind == observ.Internal {
			kind = ""
		}
		if kind == l.Kind && (op.Name == l.Name || op.Name == first || t.renamed(op, i, first)) && onSide(op, l.Service) {
			out = append(out, op)
		}
	}
	return out
}

// renamed knows the spans that are called by their operation, as OpenTelemetry's conventions want, rather than by their step.
func (t *Tree) renamed(op *observ.Op, i int, first string) bool {
	for _, a := range t.Lines[i].Attrs {
		if a.Key == "messaging.operation.name" && a.Value == first {
			return op.ID == map[string]string{
				"send": "producer.send", "process": "consumer.process", "pull": "consumer.pullMessage", "nack": "consumer.sendMessageBack", "commit": "consumer.commit",
			}[first]
		}
	}
	return false
}

// onSide says whether a step can run in a service: the client's in clients, the broker's in brokers, remoting's in all.
func onSide(op *observ.Op, service string) bool {
	side := op.Func[:strings.IndexAny(op.Func, "/.")]
	switch {
	case side == "remoting":
		return true
	case strings.HasPrefix(service, "broker"):
		return side == "broker"
	case service == "namesrv":
		return side == "namesrv"
	}
	return side == "client"
}

// nearest are those candidates whose ids begin like those of the spans around it.
func (t *Tree) nearest(candidates [][]*observ.Op, i int) []*observ.Op {
	var around []*observ.Op
	for j := range t.Lines {
		if (t.Lines[j].Parent == i || j == t.Lines[i].Parent) && t.Lines[j].Name != t.Lines[i].Name {
			around = append(around, candidates[j]...)
		}
	}
	for _, prefix := range []func(string) string{allButLast, firstPart} {
		near := slices.DeleteFunc(slices.Clone(candidates[i]), func(op *observ.Op) bool {
			return !slices.ContainsFunc(around, func(o *observ.Op) bool { return prefix(o.ID) == prefix(op.ID) })
		})
		if len(near) == 1 {
			return near
		}
	}
	return t.answering(candidates[i], i)
}

// answering are those candidates whose processor is called after the request above: SendMessageProcessor answers SEND_MESSAGE_V2. What no
// processor is called after is an administrator's request.
func (t *Tree) answering(ops []*observ.Op, i int) []*observ.Op {
	if t.Lines[i].Parent < 0 {
		return ops
	}
	request := t.Lines[t.Lines[i].Parent].Name
	var admin, named []*observ.Op
	for _, op := range ops {
		_, processor, _ := strings.Cut(op.ID, ".")
		what := strings.ToUpper(processor[:strings.IndexFunc(processor[1:], unicode.IsUpper)+1])
		switch {
		case what == "ADMIN":
			admin = append(admin, op)
		case what != "" && strings.Contains(request, what):
			named = append(named, op)
		}
	}
	if len(named) > 0 {
		return named
	}
	if len(admin) > 0 {
		return admin
	}
	return ops
}

func allButLast(id string) string { return id[:strings.LastIndexByte(id, '.')+1] }

func firstPart(id string) string {
	first, _, _ := strings.Cut(id, ".")
	return first
}
