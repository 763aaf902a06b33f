package spanmsg

import (
	"encoding/binary"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// Template is what many spans have in common, written once. It never changes.
type Template struct {
	root, child heads
	attrs       *Prepared
}

// heads are the beginning of spans that have a parent, or of those that have none: alone, and with the attributes.
type heads struct{ bare, full Wire }

// NewTemplate makes a template. A nil attrs means none.
func NewTemplate(name string, kind trace.SpanKind, attrs *Prepared) *Template {
	if attrs == nil {
		attrs = &Prepared{}
	}
	t := &Template{attrs: attrs}
	for _, h := range []*heads{&t.root, &t.child} {
		h.bare = Wire(nil).head(name, kind, h == &t.child)
		h.full = slices.Concat(h.bare, attrs.encoded)
	}
	return t
}

// heads are those for a span below parent.
func (t *Template) heads(parent *trace.SpanContext) *heads {
	if parent.HasSpanID() {
		return &t.child
	}
	return &t.root
}

// Where a span's message has what differs from span to span, counted from its first byte. What comes before each is its tag and length.
const (
	traceIDAt = spanTagLength + spanLength + 2
	spanIDAt  = traceIDAt + 16 + 2
	startAt   = spanIDAt + 8 + 1
	endAt     = startAt + 8 + 1
	flagsAt   = endAt + 8 + 2
	parentAt  = flagsAt + 4 + 2
)

// head begins the message of a span, with room for its ids and times.
func (w Wire) head(name string, kind trace.SpanKind, parent bool) Wire {
	var none [16]byte
	w = w.Open(scopeSpansSpan, spanLength).raw(spanTraceID, none[:]).raw(spanID, none[:8]).
		fixed64(spanStart, 0).fixed64(spanEnd, 0).fixed32(spanFlags, 0)
	if parent {
		w = w.raw(spanParent, none[:8])
	}
	return w.Open(spanStatus, 1).Text(spanName, name).number(spanKind, uint64(kindOf(kind)))
}

// fill puts into a head, which w begins with, what is known at a span's start.
func (w Wire) fill(own, parent *trace.SpanContext, start int64) {
	traceID, id := own.TraceID(), own.SpanID()
	copy(w[traceIDAt:], traceID[:])
	copy(w[spanIDAt:], id[:])
	binary.LittleEndian.PutUint64(w[startAt:], nanos(start))
	binary.LittleEndian.PutUint32(w[flagsAt:], flags(own.TraceFlags(), parent.IsRemote()))
	if parent.HasSpanID() {
		id = parent.SpanID()
		copy(w[parentAt:], id[:])
	}
}

// ends puts into a head when the span ended.
func (w Wire) ends(at int64) { binary.LittleEndian.PutUint64(w[endAt:], nanos(at)) }
