package spanmsg

import (
	"encoding/binary"
	"slices"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
)

// Template is what many spans have in common, written once. It never changes, but for what is remembered with it.
type Template struct {
	Within atomic.Int32 // how many spans there were within the last one, for whoever makes room for those of the next

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

// identity is what tells a span from all others, and when it began.
type identity struct {
	traceID    trace.TraceID
	id, parent trace.SpanID // parent is not valid if there is none
	start      uint64
	flags      uint32
}

func identityOf(own, parent *trace.SpanContext, start int64) identity {
	return identity{own.TraceID(), own.SpanID(), parent.SpanID(), nanos(start), flags(own.TraceFlags(), parent.IsRemote())}
}

// fill puts into a head, which w begins with, what is known at a span's start.
func (w Wire) fill(i *identity) {
	copy(w[traceIDAt:], i.traceID[:])
	copy(w[spanIDAt:], i.id[:])
	binary.LittleEndian.PutUint64(w[startAt:], i.start)
	binary.LittleEndian.PutUint32(w[flagsAt:], i.flags)
	if i.parent.IsValid() {
		copy(w[parentAt:], i.parent[:])
	}
}

// ends puts into a head when the span ended.
func (w Wire) ends(at int64) { binary.LittleEndian.PutUint64(w[endAt:], nanos(at)) }
