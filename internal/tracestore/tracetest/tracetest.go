// Package tracetest writes traces down as text, for tests of what shows them.
//
//	producer | send TopicTest | producer | 0+8200 | rocketmq.step=producer.send #root
//	  broker-a | SEND_MESSAGE_V2 | server | 400+900 | !response@600 ^#root
//
// One span per line: service, name, kind, start+duration in microseconds, then attributes (key=value, whole numbers become
// integers), a label (#label), events (!name@microseconds), links to labels (^#label) and "error" for a failed span. Two spaces of indent
// make a span the child of the one above; a blank line starts another trace. Underscores in attribute values stand for blanks.
package tracetest

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/plumemq/plume/internal/tracestore"
)

// Parse reads spans that start at base. Ids count up from 1, so that they are the same in every run.
func Parse(text string, base time.Time) ([]*tracestore.Span, error) {
	p := &parser{base: base.UnixNano(), labels: map[string]*tracestore.Span{}, resources: map[string]*tracestore.Resource{}}
	p.nextTrace()
	for n, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			p.nextTrace()
			continue
		}
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	p.link()
	return p.spans, nil
}

type parser struct {
	base      int64
	trace     uint64
	spans     []*tracestore.Span
	above     []*tracestore.Span // the open path in the tree
	labels    map[string]*tracestore.Span
	resources map[string]*tracestore.Resource
	links     []pending
}

type pending struct {
	from *tracestore.Span
	to   string
}

func (p *parser) nextTrace() {
	p.trace++
	p.above = nil
}

func (p *parser) line(line string) error {
	trimmed := strings.TrimLeft(line, " ")
	depth := (len(line) - len(trimmed)) / 2
	fields := strings.Split(trimmed, " | ")
	if len(fields) < 4 || depth > len(p.above) {
		return fmt.Errorf("want service | name | kind | start+duration at most one level deeper: %q", line) //nolint:err113 // tests only
	}
	span := &tracestore.Span{Name: fields[1], Kind: tracestore.Kind(fields[2]), Resource: p.resource(fields[0]), Scope: "tracetest"}
	binary.BigEndian.PutUint64(span.TraceID[8:], p.trace)
	binary.BigEndian.PutUint64(span.SpanID[:], uint64(len(p.spans)+1))
	if depth > 0 {
		span.Parent = p.above[depth-1].SpanID
	}
	start, length, _ := strings.Cut(fields[3], "+")
	span.Start = p.at(start)
	span.End = span.Start + p.at(length) - p.base
	p.above = append(p.above[:depth], span)
	p.spans = append(p.spans, span)
	if len(fields) > 4 {
		for _, word := range strings.Fields(fields[4]) {
			p.word(span, word)
		}
	}
	return nil
}

func (p *parser) at(micros string) int64 {
	n, _ := strconv.ParseInt(micros, 10, 64)
	return p.base + n*1000
}

func (p *parser) resource(service string) *tracestore.Resource {
	if p.resources[service] == nil {
		p.resources[service] = &tracestore.Resource{Service: service}
	}
	return p.resources[service]
}

func (p *parser) word(span *tracestore.Span, word string) {
	switch word[0] {
	case '#':
		p.labels[word] = span
	case '^':
		p.links = append(p.links, pending{span, word[1:]})
	case '!':
		name, at, _ := strings.Cut(word[1:], "@")
		span.Events = append(span.Events, tracestore.Event{Name: name, Time: p.at(at)})
	default:
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			span.Failed, span.Status = true, "it failed"
			return
		}
		attr := tracestore.Attr{Key: key, Value: strings.ReplaceAll(value, "_", " ")}
		if strings.ToUpper(value) == value || strings.Contains(key, "step") || strings.Contains(key, "code.") || key == "error.type" {
			attr.Value = value // constants, step ids, symbols and types keep their underscores
		}
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			attr.Value = n
		}
		span.Attrs = append(span.Attrs, attr)
	}
}

func (p *parser) link() {
	for _, l := range p.links {
		if to := p.labels[l.to]; to != nil {
			l.from.Links = append(l.from.Links, tracestore.Link{TraceID: to.TraceID, SpanID: to.SpanID})
		}
	}
}
